"""BEGANs that differ in gamma and seed alone, at one fixed rate: trained and measured, into gammas.csv.

usage: python nbs/results/gammas.py [--runs FOLDER] [--steps 3500] [--seeds 0 1 2 3 4]

Drawn faces, the network tiny32, Adam at one rate from the first step to the last. Each run is measured on the average
of its weights, and once more on the last weights. What is done is kept in the folder of the runs; the same command goes
on where it was stopped, and several may share the seeds: the tables are written by whoever finds all runs done. A run of
3,500 steps takes three to six minutes of one CPU thread.
"""
import argparse, json, shutil
from pathlib import Path
import began_nb, harness, torch
from harness import Clock, commit, curve, samples, write
from began_nb.evaluation import RESULTS_FORMAT
from began_nb.metrics import evaluate
from began_nb.models import BEGAN
from began_nb.toyfaces import ToyFaces
from began_nb.training import Trainer
from began_nb.vision import ImageGrid

GAMMAS, SEEDS = (0.3, 0.5, 0.6, 0.7, 0.9), (0, 1, 2, 3, 4)
LAST = 1000                                                              # the steps whose losses make the ratio

def train(gamma, seed, steps, folder):
    "One run, or the rest of one that was stopped: its row, its samples and its history are left in `folder`."
    if (file := folder/'row.json').exists(): return json.loads(file.read_text())
    clock, resume = Clock(), (folder/'checkpoint.safetensors').exists()
    run = Trainer(BEGAN('tiny32', seed=seed), ToyFaces(32, 4096), gamma=gamma, window=10**6, fall=0, precision='fp32',
                  seed=seed, device='cpu', out=folder, resume=resume, callbacks=[clock], on_collapse='warn')
    if run.step < steps: run.fit(steps)
    h, c = run.history, run.config
    means = {name: h[name][-LAST:].mean().item() for name in ('loss_real', 'loss_fake', 'k', 'M')}
    assert h['lr'].min() == h['lr'].max() == c['lr']
    row = dict(gamma=gamma, seed=seed, data='toyfaces', steps=run.step, batch=c['batch_size'], lr=c['lr'],
               lambda_k=c['lambda_k'], eta=c['eta'], ema=c['ema'], clip=c['clip'],
               ratio=means['loss_fake'] / means['loss_real'], **means, **evaluate(run.model))
    row |= {f'raw_{name}': value for name, value in evaluate(run.raw).items()}
    events = '; '.join(f'{name} at step {step}' for step, name, _ in run.events)
    row |= dict(events=events, seconds=round(clock.seconds, 1), version=began_nb.__version__, commit=commit(),
                torch=torch.__version__, threads=torch.get_num_threads(), device='cpu', format=RESULTS_FORMAT)
    h.save(folder/'history.csv')
    ImageGrid(samples(run.model, seed=0, n=16), cols=4).save(folder/'samples.png')
    file.write_text(json.dumps(row))
    return row

def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument('--runs', type=Path, default=Path('runs/gammas'), help='where runs are kept')
    args.add_argument('--steps', type=int, default=3500)
    args.add_argument('--seeds', type=int, nargs='+', default=SEEDS)
    args = args.parse_args()
    def folder(gamma, seed): return args.runs/f'gamma{gamma}-seed{seed}'
    for seed in args.seeds:
        for gamma in GAMMAS: train(gamma, seed, args.steps, folder(gamma, seed))
    every = [(gamma, seed) for gamma in GAMMAS for seed in SEEDS]
    if not all((folder(*key)/'row.json').exists() for key in every): return
    rows = {key: train(*key, args.steps, folder(*key)) for key in every}
    write('gammas.csv', list(rows.values()), 'toyfaces')
    write('gammas_curves.csv', [part | dict(data='toyfaces', gamma=gamma) for gamma in GAMMAS
                                for part in curve(folder(gamma, 0), rows[gamma, 0])], 'toyfaces')
    (harness.HERE/'gammas').mkdir(exist_ok=True)
    for gamma in GAMMAS: shutil.copy(folder(gamma, 0)/'samples.png', harness.HERE/f'gammas/gamma{gamma}.png')

if __name__ == '__main__': main()
