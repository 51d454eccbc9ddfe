"""Run notebooks anew, and say which stored outputs are no longer what their cells give.

usage: python .ci/stale.py [--slow] [nbs/course/NN_name.ipynb or a folder ...]     (without names: all of them; takes as long as the tests)

It works in a copy, nothing here is changed. Cells that are skipped in a test keep what is stored, and are not compared.
With --slow the slow ones run too, which takes hours; left out are those that need photos or kept runs, what is made
from them, and those that measure the machine.
Another machine rounds otherwise, and a training carries that on: so numbers may differ by a fifth, pictures by a little
in their rough looks, and lines that speak of time by any amount. Ends with 1 where an output is stale, or a notebook fails.
"""
import ast, base64, io, json, math, os, re, shutil, subprocess, sys, tempfile
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
        if image := data.get('image/png', data.get('image/jpeg')): pictures.append(image)
        elif o.get('name') != 'stderr':
            lines += ''.join(o.get('text', data.get('text/markdown', data.get('text/plain', '')))).splitlines()
    return [line for line in lines if ' at 0x' not in line], pictures

def differences(old, new):
    "What differs between the outputs of a cell: a line of text for each thing."
    (lines, pictures), (new_lines, new_pictures) = shown(old), shown(new)
    for a, b in zip_longest(lines, new_lines, fillvalue=''):
        if line_differs(a, b): yield f'- {a}\n      + {b}'
    if len(pictures) != len(new_pictures): yield f'{len(pictures)} pictures before, {len(new_pictures)} now'
    elif any(picture_differs(a, b) for a, b in zip(pictures, new_pictures)): yield 'another picture'

def cells(path): return [c for c in json.loads(path.read_text(encoding='utf-8'))['cells'] if c['cell_type'] == 'code']

def leave_out(path):
    """Mark the slow cells of a notebook that are not to run, and count them: they read a folder that the environment names,
    use what such a cell makes, or are those of `speed`, which measure the machine."""
    nb, missing, left = json.loads(path.read_text(encoding='utf-8')), set(), 0
    for c in nb['cells']:
        if c['cell_type'] != 'code': continue
        code = ''.join(c['source'])
        names = [n for n in ast.walk(ast.parse(re.sub(r'^\s*[!%].*', '', code, flags=re.M))) if isinstance(n, ast.Name)]
        made = {n.id for n in names if isinstance(n.ctx, ast.Store)}
        used = {n.id for n in names} - made
        if re.search(r'^#\|\s*slow\b', code, re.M) and (path.stem == 'speed' or re.search(r'\bBEGAN_[A-Z]+', code) or used & missing):
            missing, left = missing | made, left + 1
            c['source'] = ['#| cuda\n', *c['source']]                      # the flag that nobody asks for
        else: missing -= made
    path.write_text(json.dumps(nb), encoding='utf-8')
    return left

def main(args):
    slow, names = '--slow' in args, [a for a in args if a != '--slow']
    files = subprocess.run(['git', 'ls-files', '-z'], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    stale = 0
    with tempfile.TemporaryDirectory() as tmp:
        tmp = Path(tmp).resolve()
        for f in filter(None, files.split('\0')):
            (tmp/f).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT/f, tmp/f, follow_symlinks=False)
        notebooks = [f for f in files.split('\0') if f.endswith('.ipynb') and f.startswith(tuple(names or ['nbs/']))]
        if slow: print(sum(leave_out(tmp/name) for name in notebooks), 'slow cells left out')
        asked = ['--flags', 'slow', '--cell-timeout', '0'] if slow else []
        failed = [subprocess.run(['nbdev-test', *filter(None, [name]), '--save', '--n-workers', str(os.cpu_count()), *asked], cwd=tmp,
                                 env=os.environ | dict(PYTHONPATH=str(tmp))).returncode
                  for name in names or ['']]                             # one at a time: `nbdev-test` takes one path
        for name in notebooks:
            for i, (old, new) in enumerate(zip(cells(ROOT/name), cells(tmp/name), strict=True)):
                for what in differences(old, new):
                    stale += 1
                    first = next((line for line in old['source'] if line.strip() and not line.startswith('#|')), '')
                    print(f'{name}, code cell {i} ({first.strip()[:60]}):\n      {what}')
    print(f'{stale} differences in {len(notebooks)} notebooks')
    return stale > 0 or any(failed)

if __name__ == '__main__': sys.exit(main(sys.argv[1:]))
