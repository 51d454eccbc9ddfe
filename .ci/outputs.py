"""Make the stored outputs of notebooks what a terminal would show: a progress bar is its last line, not every line that it once was.

usage: python .ci/outputs.py nbs/NN_name.ipynb ...     (after nbdev-test --save)
"""
import json, sys
from pathlib import Path

def shown(text):
    "What is left on the screen: of each line, what follows its last carriage return."
    lines = [line.rstrip('\r').rpartition('\r')[2].rstrip() for line in text.split('\n')]
    return '\n'.join(line for line in lines if line)

def tidy(cell):
    outputs = []
    for o in cell['outputs']:
        if o['output_type'] == 'stream' and o['name'] == 'stderr' and '\r' in (text := ''.join(o['text'])):
            if not (text := shown(text)): continue
            o['text'] = (text + '\n').splitlines(True)
        outputs.append(o)
    cell['outputs'] = outputs

for path in map(Path, sys.argv[1:]):
    nb = json.loads(path.read_text(encoding='utf-8'))
    for cell in nb['cells']:
        if cell['cell_type'] == 'code': tidy(cell)
    path.write_text(json.dumps(nb, indent=1, sort_keys=True, ensure_ascii=False) + '\n', encoding='utf-8')
