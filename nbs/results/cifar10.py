"""The experiment of the paper's Table 1: BEGAN on CIFAR-10 without labels, and its inception score.

usage: python nbs/results/cifar10.py [--download] [--root FOLDER] [--steps 100000] [--samples 50000] [--out runs/cifar10]

A run goes on where it was stopped. At its end the score of 50,000 samples, in ten parts, is printed among the rows of the table,
and written to cifar10.csv beside this file with what it was made with. The Inception net comes with pip install 'began_nb[metrics]' and is
downloaded when it is first used; where it cannot be had, the score is marked as not measured, and the model is kept.
"""
import argparse, csv
from pathlib import Path
import began_nb, torch
from began_nb.data import named
from began_nb.features import inception_features
from began_nb.metrics import inception_score
from began_nb.models import BEGAN
from began_nb.processes import pick_device
from began_nb.training import Trainer
from tqdm.auto import tqdm

# the score of BEGAN is the paper's; the others are those that are usually cited with it
TABLE = {'real images': 11.24, 'DFM': 7.72, 'BEGAN, the paper': 5.62, 'ALI': 5.34, 'Improved GANs': 4.36, 'MIX + WGAN': 4.04, 'WGAN': 3.82}

def score_of(model, n, batch=100):
    "Mean and standard deviation of the inception score of n samples."
    starts = tqdm(range(0, n, batch), desc='samples before Inception')
    g = torch.Generator().manual_seed(0)
    device = next(model.G.parameters()).device
    with torch.no_grad():
        draw = lambda i: model.G(model.G.draw_z(min(batch, n - i), g).to(device)).clamp(-1, 1).float()
        return inception_score(torch.cat([inception_features(draw(i))[1] for i in starts]))

def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument('--download', action='store_true', help='fetch CIFAR-10 where it is not there')
    args.add_argument('--root', default='~/.cache/began_nb/datasets', help='where it is')
    args.add_argument('--steps', type=int, default=100_000)
    args.add_argument('--samples', type=int, default=50_000)
    args.add_argument('--n', type=int, default=64, help='filters')
    args.add_argument('--gamma', type=float, default=0.5)
    args.add_argument('--seed', type=int, default=0)
    args.add_argument('--out', default='runs/cifar10')
    a = args.parse_args()
    out = Path(a.out)
    run = Trainer(BEGAN('paper32', n=a.n, seed=a.seed), named('cifar10', 32, a.root, a.download, augment='flip'), gamma=a.gamma,
                  seed=a.seed, device=pick_device(), out=out, resume=(out/'checkpoint.safetensors').exists(), on_collapse='rollback',
                  on_explosion='rollback')
    if run.step < a.steps: run.fit(a.steps)
    try: mean, deviation = score_of(run.model.eval(), a.samples)
    except (ImportError, OSError) as e: mean, said = None, f'not measured: {e}'
    else: said = f'{mean:.2f} +- {deviation:.2f}'
    rows = {name: f'{score:.2f}' for name, score in TABLE.items()} | {f'this run, {run.step:,} steps': said}
    for name, score in rows.items(): print(f'{name:28}{score}')
    if mean is None: raise SystemExit(1)
    with open(Path(__file__).with_name('cifar10.csv'), 'w', newline='') as f:
        about = dict(score=round(mean, 4), deviation=round(deviation, 4), samples=a.samples, steps=run.step, n=a.n, gamma=a.gamma, seed=a.seed,
                     device=str(run.device), version=began_nb.__version__)
        csv.writer(f).writerows([about.keys(), about.values()])

if __name__ == '__main__': main()
