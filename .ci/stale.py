"""Run notebooks anew, and say which stored outputs are no longer what their cells give.

usage: python .ci/stale.py [nbs/NN_name.ipynb ...]     (without names: all of them; takes as long as the tests)

It works in a copy, nothing here is changed. Cells that are skipped in a test keep what is stored, and are not compared.
Another machine rounds otherwise, and a training carries that on: so numbers may differ by a fifth, pictures by a little
in their rough looks, and lines that speak of time by any amount. Ends with 1 where an output is stale.
"""
import base64, io, json, math, os, re, shutil, subprocess, sys, tempfile
from itertools import zip_longest
from pathlib import Path
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
NUMBER = re.compile(r'(?<![\w.])[-+]?\d[\d,]*\.?\d*(?:e[-+]?\d+)?')
OF_TIME = re.compile(r'\b(ms|(?<!\')s|us|µs|seconds?|minutes?|hours?|times as (?:fast|long)|a second|steps?/s|images/s|[GM]FLOP\S*|[KMG]i?B)\b')
CLOSE, ALIKE = 0.2, 12          # numbers: as a share; pictures: mean distance of thumbnails, of 255

def numbers(line): return [float(n.replace(',', '')) for n in NUMBER.findall(line) if n.strip('+-')]

def line_differs(a, b):
    "Whether two lines say different things."
    if a == b: return False
    words = [re.sub(r'\s*#\s*', '#', NUMBER.sub('#', line)).split() for line in (a, b)]
    if words[0] != words[1]: return True
    if OF_TIME.search(a): return False
    return any(not math.isclose(x, y, rel_tol=CLOSE, abs_tol=1e-3) for x, y in zip(numbers(a), numbers(b)))

def thumbnail(png):
    image = Image.open(io.BytesIO(base64.b64decode(''.join(png)))).convert('RGB')
    return image.size, list(image.resize((24, 24), Image.Resampling.BOX).tobytes())

def picture_differs(a, b):
    "Whether two pictures are of other sizes, or look otherwise from afar."
    (size, x), (other, y) = thumbnail(a), thumbnail(b)
    if any(abs(i - j) > 0.05 * i for i, j in zip(size, other)): return True
    return sum(abs(i - j) for i, j in zip(x, y)) / len(x) > ALIKE

def shown(cell):
    "What a cell shows: its lines of text, and its pictures."
    lines, pictures = [], []
    for o in cell['outputs']:
        data = o.get('data', {})
        if 'image/png' in data: pictures.append(data['image/png'])
        elif o.get('name') != 'stderr': lines += ''.join(o.get('text', data.get('text/plain', ''))).splitlines()
    return [line for line in lines if ' at 0x' not in line], pictures

def differences(old, new):
    "What differs between the outputs of a cell: a line of text for each thing."
    (lines, pictures), (new_lines, new_pictures) = shown(old), shown(new)
    for a, b in zip_longest(lines, new_lines, fillvalue=''):
        if line_differs(a, b): yield f'- {a}\n      + {b}'
    if len(pictures) != len(new_pictures): yield f'{len(pictures)} pictures before, {len(new_pictures)} now'
    elif any(picture_differs(a, b) for a, b in zip(pictures, new_pictures)): yield 'another picture'

def cells(path): return [c for c in json.loads(path.read_text(encoding='utf-8'))['cells'] if c['cell_type'] == 'code']

def main(names):
    files = subprocess.run(['git', 'ls-files', '-z'], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    stale = 0
    with tempfile.TemporaryDirectory() as tmp:
        tmp = Path(tmp).resolve()
        for f in filter(None, files.split('\0')):
            (tmp/f).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT/f, tmp/f, follow_symlinks=False)
        for name in names or ['']:                                       # one at a time: `nbdev-test` takes one path
            subprocess.run(['nbdev-test', *filter(None, [name]), '--save', '--n-workers', '2'], cwd=tmp, check=True,
                           env=os.environ | dict(PYTHONPATH=str(tmp)))
        notebooks = names or [f for f in files.split('\0') if f.startswith('nbs/') and f.endswith('.ipynb')]
        for name in notebooks:
            for i, (old, new) in enumerate(zip(cells(ROOT/name), cells(tmp/name), strict=True)):
                for what in differences(old, new):
                    stale += 1
                    first = next((line for line in old['source'] if line.strip() and not line.startswith('#|')), '')
                    print(f'{name}, code cell {i} ({first.strip()[:60]}):\n      {what}')
    print(f'{stale} differences in {len(notebooks)} notebooks')
    return stale > 0

if __name__ == '__main__': sys.exit(main(sys.argv[1:]))
