"""Make the stored outputs of notebooks small: progress bars go, and a large picture has 256 colours.

usage: python .ci/outputs.py nbs/course/NN_name.ipynb ...     (after nbdev-test --save)
"""
import base64, io, json, re, sys
from pathlib import Path
from PIL import Image

LARGE = 60_000   # bytes of a PNG

def shown(text):
    "What is left to say when the bars are gone: of each line, what follows its last carriage return."
    lines = [line.replace('\x1b[A', '').rstrip('\r').rpartition('\r')[2].rstrip() for line in text.split('\n')]
    return '\n'.join(line for line in lines if line and not re.search(r'\d%\|', line))

def smaller(png):
    "A PNG in base64; with a palette of 256 colours where it is large."
    data = base64.b64decode(''.join(png))
    image = Image.open(io.BytesIO(data))
    if len(data) <= LARGE or image.mode == 'P': return png
    buffer = io.BytesIO()
    palette = dict(method=Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE)   # the default loses rare colours
    image.convert('RGB').quantize(256, **palette).save(buffer, 'png', optimize=True)
    return base64.b64encode(buffer.getvalue()).decode() + '\n'

def tidy(cell):
    outputs = []
    for o in cell['outputs']:
        if 'image/png' in o.get('data', {}): o['data']['image/png'] = smaller(o['data']['image/png'])
        if o['output_type'] == 'stream' and o['name'] == 'stderr':
            if not (text := shown(''.join(o['text']))): continue
            o['text'] = (text + '\n').splitlines(True)
        outputs.append(o)
    cell['outputs'] = outputs

for path in map(Path, sys.argv[1:]):
    nb = json.loads(path.read_text(encoding='utf-8'))
    for cell in nb['cells']:
        if cell['cell_type'] == 'code': tidy(cell)
    path.write_text(json.dumps(nb, indent=1, sort_keys=True, ensure_ascii=False) + '\n', encoding='utf-8')
