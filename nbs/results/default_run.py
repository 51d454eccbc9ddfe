"""What could make the first command's run better? Runs of about the same time, into default_run.csv.

usage: python nbs/results/default_run.py [NAME ...] [--runs FOLDER] [--seeds 0 1 2]

Drawn faces, 16 filters, 4,500 steps of 16 (fewer where a step costs more, more where it costs less). Each run is measured
on the average of its weights. What is done is kept in the folder of the runs; the same command goes on where it was
stopped; the table gets a line for each run that is done there, and keeps its others. A run takes four to eight minutes
of one CPU thread.
"""
import argparse, json, math, shutil
from pathlib import Path
import began_nb, harness, torch
from harness import Clock, commit, table, write
from began_nb.evaluation import RESULTS_FORMAT
from began_nb.loop import Callback
from began_nb.metrics import evaluate
from began_nb.models import BEGAN
from began_nb.toyfaces import ToyFaces
from began_nb.training import Trainer, judge_first
from began_nb.vision import ImageGrid

class Cosine(Callback):
    "Lets the rate fall to a tenth along half a cosine, from the first step on."
    def before_step(self, loop): loop.use_rate(loop.lr * (0.55 + 0.45 * math.cos(math.pi * loop.step / loop.planned)))

SMALL = dict(eta=2, batch_size=8, steps=7000)
# steps of the game, and of D alone before it
LATER = dict(eta=2, batch_size=8, steps=3000, first=8000, lambda_k=0.1, fall=1)
# what differs from the usual run: settings of the trainer, and of the networks (net), the number of faces, the steps
# those with 30,000 faces differ from `more faces` in one thing each (but for gamma 1, which has the higher rate as well);
# the next five differ from `squared, batch 8`: four in how the rate falls, one smooths maps that were up-sampled;
# in the last three D learns alone first
KINDS = {
    'absolute': {}, 'squared': dict(eta=2), 'squared, k x2': dict(eta=2, lambda_k=0.12),
    'squared, k x5': dict(eta=2, lambda_k=0.3), 'squared, batch 8': SMALL,
    'squared, batch 4': dict(eta=2, batch_size=4, steps=11_000),
    'absolute, gamma 0.95, batch 8': SMALL | dict(eta=1, gamma=0.95),
    'more faces': dict(faces=30_000), 'higher rate': dict(lr=0.002, faces=30_000),
    'higher rate, gamma 1': dict(lr=0.002, gamma=1., faces=30_000), 'other betas': dict(betas=(0.9, 0.99), faces=30_000),
    'wider': dict(net=dict(n=24), lr=0.001, steps=2600, faces=30_000),
    'falls all along': SMALL | dict(fall=1), 'steady rate': SMALL | dict(fall=0), 'stall rule': SMALL | dict(fall=0, window=500),
    'cosine': SMALL | dict(fall=0, callbacks=[Cosine]), 'squared, batch 8, blur': SMALL | dict(net=dict(blur=True)),
    'judge first': LATER | dict(lr=1.5e-4), 'judge first, 0.0003': LATER | dict(lr=3e-4),
    'judge first, usual rate': dict(eta=2, batch_size=8, steps=3000, first=8000)}

def black_hair(images):
    "The share of images in which a tenth of the rows 3 to 9, across a head of 32 pixels, is black."
    black = images[:, :, 3:10].amax(1) < 90 / 127.5 - 1                  # at most 90 of 255 in each colour
    return (black.float().mean((1, 2)) > 0.1).float().mean().item()

def train(kind, seed, folder):
    "One run, or the rest of one that was stopped: its row and a picture are left in `folder`."
    if (file := folder/'row.json').exists(): return json.loads(file.read_text())
    settings, clock = dict(KINDS[kind]), Clock()
    net, faces, steps = settings.pop('net', {}), settings.pop('faces', 4096), settings.pop('steps', 4500)
    own, first = [kind() for kind in settings.pop('callbacks', ())], settings.pop('first', 0)
    model, data = BEGAN('tiny32', seed=seed, **net), ToyFaces(32, faces)
    resume = (folder/'checkpoint.safetensors').exists()
    if first and not resume:
        alone = {name: settings[name] for name in ('eta', 'batch_size')}
        judge_first(model, data, first, seed=seed, device='cpu', callbacks=[clock], **alone)
    run = Trainer(model, data, seed=seed, device='cpu', out=folder, resume=resume, callbacks=[clock, *own],
                  on_collapse='rollback', on_explosion='rollback', **settings)
    if run.step < steps: run.fit(steps)
    h, c, new = run.history, run.config, ToyFaces(32, 500, start=10**6)[:]
    with torch.no_grad(): held_out = (run.model.D(new) - new).abs().mean().item()
    means = {name: h[name][-500:].mean().item() for name in ('loss_real', 'loss_fake', 'k', 'M')}
    row = dict(kind=kind, seed=seed, data='toyfaces', faces=faces, first=first, steps=run.step,
               n=c['model']['n'], batch=c['batch_size'], lr=c['lr'],
               betas=' '.join(map(str, c['betas'])), gamma=c['gamma'], lambda_k=c['lambda_k'], eta=c['eta'],
               **means, held_out=held_out, **evaluate(run.model), black=black_hair(run.model.images(512, seed=0)))
    row |= dict(events='; '.join(f'{name} at step {step}' for step, name, _ in run.events), seconds=round(clock.seconds, 1),
                version=began_nb.__version__, commit=commit(), torch=torch.__version__, threads=torch.get_num_threads(),
                device='cpu', format=RESULTS_FORMAT)
    ImageGrid(run.model.images(64, seed=0), cols=16).save(folder/'samples.png')
    file.write_text(json.dumps(row))
    return row

def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument('kinds', nargs='*', metavar='NAME', help=f'some of: {", ".join(KINDS)} (without any: all)')
    args.add_argument('--runs', type=Path, default=Path('runs/default_run'), help='where runs are kept')
    args.add_argument('--seeds', type=int, nargs='+', default=[0])
    args = args.parse_args()
    if unknown := [kind for kind in args.kinds if kind not in KINDS]:
        raise SystemExit(f'unknown: {", ".join(unknown)}; known: {", ".join(KINDS)}')
    if not all(0 <= seed < 100 for seed in args.seeds): raise SystemExit(f'seeds go from 0 to 99, got {args.seeds}')
    def folder(kind, seed): return args.runs/f'{kind.replace(", ", "-").replace(" ", "_")}-seed{seed}'
    for kind in args.kinds or KINDS:
        for seed in args.seeds: train(kind, seed, folder(kind, seed))
    done = [json.loads((folder(kind, seed)/'row.json').read_text()) for kind in KINDS for seed in range(100)
            if (folder(kind, seed)/'row.json').exists()]
    here = {(row['kind'], str(row['seed'])) for row in done}             # rows of other folders of runs stay
    rows = [row for row in table('default_run.csv') if (row['kind'], row['seed']) not in here] + done
    write('default_run.csv', sorted(rows, key=lambda row: ([*KINDS].index(row['kind']), int(row['seed']))), 'toyfaces')
    (harness.HERE/'default_run').mkdir(exist_ok=True)
    for row in done:
        if row['seed'] == 0: shutil.copy(folder(row['kind'], 0)/'samples.png',
                                         harness.HERE/f'default_run/{folder(row["kind"], 0).name}.png')

if __name__ == '__main__': main()
