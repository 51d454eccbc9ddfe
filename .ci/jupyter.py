"""Run notebooks in a Jupyter kernel, and name the cells that raise there.

usage: python .ci/jupyter.py [nbs/course/NN_name.ipynb or a folder ...]     (without names: all of them; takes as long as the tests)

`nbdev-test` runs the same cells without a kernel. Readers have one, and in it a progress bar is a widget, and what a cell prints takes another way.
After a cell that raises the next ones run all the same. Nothing is stored. Needs ipykernel. Ends with 1 where a cell raises, or a kernel dies.
"""
import os, subprocess, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from nbdev.config import get_config
from nbdev.test import nb_test_cells

ROOT = Path(__file__).resolve().parent.parent

def raised(name):
    "A line of text for each cell of a notebook that raises."
    nb, tested = nbformat.read(ROOT/name, 4), {c.id for c in nb_test_cells(ROOT/name, get_config().tst_flags.split())}
    cells = [c for c in nb.cells if c.cell_type == 'code']
    for c in cells:
        if c.id not in tested: c.source = ''
    client = NotebookClient(nb, timeout=None, allow_errors=True, resources=dict(metadata=dict(path=(ROOT/name).parent)))
    try: client.execute()
    except DeadKernelError: return [f'{name}: the kernel died']
    def first(c): return next(line for line in c.source.splitlines() if line.strip() and not line.startswith('#|')).strip()[:60]
    return [f'{name}, code cell {i} ({first(c)}):\n      {o.ename}: {o.evalue}' for i, c in enumerate(cells) if c.source
            for o in c.outputs if o.output_type == 'error']

def main(names):
    os.chdir(ROOT)
    os.environ['PYTHONPATH'] = str(ROOT)
    files = subprocess.run(['git', 'ls-files', '-z', 'nbs/*.ipynb'], capture_output=True, text=True, check=True).stdout
    notebooks = [f for f in files.split('\0') if f and f.startswith(tuple(names or ['nbs/']))]
    with ThreadPoolExecutor(os.cpu_count()) as pool: found = sum(pool.map(raised, notebooks), [])
    print(*found, f'{len(found)} cells raise in {len(notebooks)} notebooks', sep='\n')
    return len(found) > 0

if __name__ == '__main__': sys.exit(main(sys.argv[1:]))
