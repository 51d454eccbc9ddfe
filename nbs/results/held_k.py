"""Is it k that weaves? `faces64-gamma0.5` goes on with k held at one value, into held_k.csv.

usage: python nbs/results/held_k.py PHOTOS [K ...] [--steps 800] [--runs FOLDER]

PHOTOS is the folder of CelebA that weights/make.py learns from; its last 500 photos are not learned from. Each run has
the same photos and codes in the same order, 8 at a time, and the same rate; only k differs, and nothing moves it.
Measured is as in weights/measure.py (extra `faces`), on the averaged weights. A run takes five to ten minutes of a
processor that multiplies in 16 bits; the table and a picture of samples are made of all runs that are in the folder.
"""
import argparse, json, sys
from pathlib import Path
import began_nb, harness, torch
from harness import commit, write
from began_nb.data import ImagePool
from began_nb.evaluation import RESULTS_FORMAT
from began_nb.loop import Callback
from began_nb.models import BEGAN
from began_nb.pretrained import load_pretrained
from began_nb.training import Trainer
from began_nb.vision import ImageGrid

START, HELD_OUT = 'faces64-gamma0.5', 500

class Hold(Callback):
    "Puts k back to one value before each step."
    def __init__(self, k): self.k = k
    def before_step(self, loop): loop.controller.k = torch.full_like(loop.controller.k, self.k)

def train(k, photos, steps, out):
    "One run, or the rest of one that was stopped: its row is left in `out`."
    if (file := out/'row.json').exists(): return json.loads(file.read_text())
    sys.path.insert(0, str(harness.HERE.parent.parent/'weights'))
    from measure import draw, measure                                    # needs the extra `faces`
    images = ImagePool.from_folder(photos, 64).images
    pool = ImagePool(images[:-HELD_OUT], augment='flip')
    run = Trainer(load_pretrained(START).train(), pool, gamma=0.5, lambda_k=1e-9, lr=1e-4, batch_size=8, seed=21,
                  out=out, device='cpu', precision='bf16', compile=True, callbacks=[Hold(k)], on_collapse='warn',
                  resume=(out/'checkpoint.safetensors').exists())
    if run.step < steps: run.fit(steps)
    h = run.history
    late = {name: h[name][-200:].mean().item() for name in ('loss_real', 'loss_fake')}
    row = dict(data=START, held=k, steps=run.step, **late, ratio=late['loss_fake'] / late['loss_real'],
               **measure(draw(run.model), images[-400:]), commit=commit(), version=began_nb.__version__,
               torch=torch.__version__, device='cpu', format=RESULTS_FORMAT)
    file.write_text(json.dumps(row))
    return row

def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument('photos', type=Path)
    args.add_argument('k', nargs='*', type=float, default=[0., 0.05, 0.1, 0.2])
    args.add_argument('--steps', type=int, default=800)
    args.add_argument('--runs', type=Path, default=Path('runs/held_k'), help='where runs are kept')
    args = args.parse_args()
    torch.set_num_threads(1)
    for k in args.k: print(train(k, args.photos, args.steps, args.runs/f'k{k}'), flush=True)
    done = [file.parent for file in sorted(args.runs.glob('k*/row.json'))]
    write('held_k.csv', [json.loads((run/'row.json').read_text()) for run in done], START)
    ImageGrid(torch.cat([BEGAN.load(run).images(12, seed=0) for run in done]), cols=12).save(harness.HERE/'held_k.webp')

if __name__ == '__main__': main()
