"""The runs of the chapter on convergence: train them, look at them 20 times each, measure what was kept.

usage: python nbs/results/convergence.py train   --runs FOLDER --photos PHOTOS
       python nbs/results/convergence.py measure --runs FOLDER --photos PHOTOS    (needs pip install 'began_nb[faces]')

PHOTOS: CelebA's aligned faces, 128 pixels wide; the last 500 by name are held out and judge the others.
`train` keeps in FOLDER, for each of the 12 runs, its numbers and 256 samples at 20 points, and its last weights; a run
that is there already is passed over, so that it can be stopped. `measure` writes convergence.csv beside this file, one
row for each point of the runs that are there. Samples stay in FOLDER; photos are never written.
Half an hour of one CPU thread for the runs, an hour for the measures, nearly all of it for dlib's embedding.
"""
import argparse, csv, time
from functools import cache
from pathlib import Path
import torch
import began_nb
from began_nb.data import ImagePool
from began_nb.equilibrium import reconstruction_loss
from began_nb.features import embed_faces, face_scores, image_features
from began_nb.loop import Callback
from began_nb.metrics import evaluate_images, frechet_distance, prdc
from began_nb.models import BEGAN
from began_nb.toyfaces import ToyFaces
from began_nb.training import Trainer
from began_nb.vision import diversity, to_float, to_uint8

POINTS, STEPS, SAMPLES, HELD_OUT = 20, 1600, 256, 500
N = 250                                                                  # measured, against as many real ones
DATA = dict(
    photos=dict(network=dict(preset='tiny32', n=16, n_h=64, n_z=64), gammas=(0.5, 0.3, 0.7),
                settings=dict(eta=1)),
    drawn=dict(network=dict(preset='tiny32', n=12), gammas=(0.9, 0.5, 0.7),
               settings=dict(eta=2, lambda_k=0.1)))
SEEDS = 0, 1
RUNS = [(data, DATA[data]['gammas'][i], seed) for seed in SEEDS for i in range(3) for data in DATA]

def pools(data, photos):
    "The images to learn from, and those held out, uint8."
    if data == 'drawn': return ToyFaces(32), ToyFaces(32, HELD_OUT, start=10**6).images
    images = ImagePool.from_folder(photos, 32).images
    learn, held_out = images[:-HELD_OUT], images[-HELD_OUT:]
    return ImagePool(learn, augment='flip', source=f'CelebA, {len(learn)} faces'), held_out

@torch.no_grad()
def mean_loss(D, images, eta):
    "How badly D rebuilds images `(n,3,s,s)`, in uint8: the mean of its loss."
    losses = [reconstruction_loss(x, D(x), eta) for x in to_float(images).split(64)]
    return torch.cat(losses).mean().item()

class Collect(Callback):
    "At each point of a run: means over the steps since the last one, and samples of the averaged G."
    def __init__(self, held_out, steps):
        self.held_out, self.every = held_out, steps // POINTS
        self.rows, self.samples = [], []

    def attach(self, loop): self.z = loop.model.G.draw_z(SAMPLES, torch.Generator().manual_seed(0))

    @torch.no_grad()
    def at_rest(self, loop):
        if not loop.due(self.every): return
        part = {name: loop.history[name][-self.every:].mean().item() for name in ('M', 'loss_real', 'loss_fake')}
        k = loop.history['k'][-1].item()
        self.rows.append(dict(step=loop.step, **part, k=k, held_out=mean_loss(loop.model.D, self.held_out, loop.eta)))
        self.samples.append(to_uint8(torch.cat([loop.model.G(z) for z in self.z.split(64)])))

def run_file(runs, data, gamma, seed): return Path(runs)/f'{data}-gamma{gamma}-seed{seed}.pt'

def train(data, gamma, seed, runs, photos, steps=STEPS):
    "One run, kept as rows, samples `(20,256,3,32,32)` and weights."
    recipe, file = DATA[data], run_file(runs, data, gamma, seed)
    pool, held_out = pools(data, photos)
    collect, start = Collect(held_out, steps), time.process_time()
    run = Trainer(BEGAN(seed=seed, **recipe['network']), pool, gamma=gamma, seed=seed, device='cpu', on_collapse='warn',
                  on_explosion='warn', callbacks=[collect], **recipe['settings'])
    run.fit(steps)
    run.model.save(file.with_suffix('.safetensors'))
    used = recipe['network'] | {name: run.config[name] for name in ('eta', 'lr', 'lambda_k', 'fall', 'ema', 'clip')}
    made = dict(version=began_nb.__version__, torch=str(torch.__version__), device=str(run.device),
                settings=' '.join(f'{name}={value}' for name, value in (used | dict(steps=steps)).items()))
    events = [f'{step} {name}' for step, name, _ in run.events]
    torch.save(dict(rows=collect.rows, samples=torch.stack(collect.samples), made=made, events=events), file)
    print(file.name, f'{time.process_time() - start:.0f} s of CPU,', collect.rows[-1], events, flush=True)

def precision_recall(samples, real):
    "Two of the four numbers of `prdc`."
    return {name: value for name, value in prdc(samples, real).items() if name in ('precision', 'recall')}

@cache
def real_images(data, photos):
    "Held-out images: N that are the reference, and N others, which are as good as samples can be."
    images = pools(data, photos)[1] if data == 'photos' else ToyFaces(32, 2 * N, start=10**6).images
    return images[-N:] if data == 'photos' else images[:N], images[:N] if data == 'photos' else images[N:]

def measures(data, images, photos):
    "Of samples `(N,3,32,32)`, in uint8, against as many real images."
    real = real_images(data, photos)[0]
    if data == 'drawn': return evaluate_images(images) | precision_recall(image_features(images), image_features(real))
    score = face_scores(images)                                                            # a face has a score above 0
    a, b = embed_faces(images), embed_faces(real)
    return dict(face=(score > 0).float().mean().item(), score=score.mean().item(), frechet=frechet_distance(a, b),
                diversity=diversity(images) / diversity(real)) | precision_recall(a, b)

def judged(samples, data, gamma, seed, runs):
    "The loss of samples, which a D gives at the end of a run, if there is one."
    file = run_file(runs, data, gamma, seed).with_suffix('.safetensors')
    return mean_loss(BEGAN.load(file).D, samples, DATA[data]['settings']['eta']) if file.exists() else None

def measure_run(data, gamma, seed, runs, photos):
    "The rows of one run: its numbers, its samples measured, and their losses for its last D and the other seed's."
    run = torch.load(run_file(runs, data, gamma, seed))
    for row, samples in zip(run['rows'], run['samples'][:, :N]):
        own, other = (judged(samples, data, gamma, s, runs) for s in (seed, 1 - seed))
        key, losses = dict(data=data, gamma=gamma, seed=seed), dict(last=own, other=other)
        yield key | row | measures(data, samples, photos) | losses | run['made']

COLUMNS = ('data gamma seed step M loss_real loss_fake k held_out last other face score frechet coverage diversity '
           'redraw precision recall version torch device settings').split()

def write(rows, path):
    "Rows as CSV, numbers with five digits."
    short = lambda x: f'{x:.5g}' if isinstance(x, float) else x
    with open(path, 'w', newline='') as f:
        out = csv.DictWriter(f, COLUMNS, lineterminator='\n')
        out.writeheader()
        out.writerows({name: short(value) for name, value in row.items()} for row in rows)

def measure(runs, photos):
    "convergence.csv: first what real images get, then the runs."
    real = dict(version=began_nb.__version__, torch=str(torch.__version__), device='cpu', settings='real images')
    rows = [dict(data=data) | measures(data, real_images(data, photos)[1], photos) | real for data in DATA]
    for run in sorted(run for run in RUNS if run_file(runs, *run).exists()):
        rows += measure_run(*run, runs, photos)
        write(rows, Path(__file__).parent/'convergence.csv')
        print(run_file(runs, *run).name, flush=True)

if __name__ == '__main__':
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument('what', choices=('train', 'measure'))
    args.add_argument('--runs', required=True, help='where runs are kept')
    args.add_argument('--photos', required=True, help='a folder with the faces of CelebA, 128 pixels wide')
    args = args.parse_args()
    torch.set_num_threads(1)
    Path(args.runs).mkdir(parents=True, exist_ok=True)
    if args.what == 'measure':
        measure(args.runs, args.photos)
    else:
        for run in RUNS:
            if not run_file(args.runs, *run).exists(): train(*run, args.runs, args.photos)
