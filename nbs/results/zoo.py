"""The zoo on the same images: one run of one objective, measured, as a line of zoo.csv beside this file.

usage: python nbs/results/zoo.py OBJECTIVE [--seed 0] [--data FOLDER [--crop 0.7]] [--images N | --seconds S] ...

OBJECTIVE is began, or one of the zoo: ebgan, dcgan, lsgan, wgan, wgan-gp. Without --data the images are drawn faces.
A run ends when its D has seen so many real images (--images), or when it has trained for so long (--seconds: a few
steps are timed first, and the run is given as many as will fit). A run that was stopped goes on with the same command.
One that fails, with a number that is not finite or a fault that came back three times, has its line as well: it says
what and when.
The comparison, three seeds:

    for seed in 0 1 2; do for game in began ebgan dcgan lsgan wgan wgan-gp; do
        python nbs/results/zoo.py $game --seed $seed --data photos --crop 0.7 --images 1000000
        python nbs/results/zoo.py $game --seed $seed --data photos --crop 0.7 --seconds 3600
        python nbs/results/zoo.py $game --seed $seed --images 1000000
    done; done
"""
import argparse, csv, json, os, shutil, subprocess, time
from contextlib import suppress
from pathlib import Path
import began_nb, torch
from began_nb.data import ImagePool
from began_nb.evaluation import compare
from began_nb.loop import Callback, Unstable
from began_nb.models import BEGAN, count_parameters
from began_nb.processes import pick_device
from began_nb.toyfaces import ToyFaces
from began_nb.training import Trainer
from began_nb.vision import to_uint8
from began_nb.zoo import FITS, ZOO, Zoo, check_game, zoo_settings

TABLE = Path(__file__).with_name('zoo.csv')

class Clock(Callback):
    "Adds up the seconds that a run has trained, its returns included, from one rest to the next."
    def __init__(self): self.seconds = 0.
    def before_fit(self, loop): self.since = time.perf_counter()
    def at_rest(self, loop):
        self.seconds += time.perf_counter() - self.since
        self.since = time.perf_counter()
    def after_rest(self, loop): self.since = time.perf_counter()         # what guards and files take does not count
    def state_dict(self): return dict(seconds=self.seconds)
    def load_state_dict(self, state): self.seconds = max(self.seconds, state['seconds'])      # also where it went back

def pools(a):
    "Images to learn from, and others to be compared with, twice as many as are measured."
    if a.data is None:
        return ToyFaces(a.size, a.faces), ToyFaces(a.size, 2 * a.n, start=10**6).images, 'toyfaces'
    images = ImagePool.from_folder(a.data, a.size, a.crop).images        # by file name: the last ones are held out
    if len(images) < 4 * a.n: raise SystemExit(f'{a.data} has {len(images)} pictures, {4 * a.n} are needed')
    return ImagePool(images[:-2 * a.n].clone(), 'flip', Path(a.data).name), images[-2 * a.n:].clone(), Path(a.data).name

def networks(a):
    "The pair of players."
    knobs = dict(size=a.size) | ({} if a.filters is None else dict(n=a.filters))
    if a.objective == 'began': return BEGAN(a.preset or 'tiny32', a.seed, **knobs)
    preset = a.preset or f'tiny-{FITS[a.objective][0]}'
    check_game(a.objective, preset)
    return Zoo(preset, a.seed, **knobs)

def settings(a):
    "What the trainer is told; asked for or usual."
    asked = dict(lr=a.lr, batch_size=a.batch, clip=a.clip)
    asked = {name: value for name, value in asked.items() if value is not None} | dict(seed=a.seed, ema=a.ema)
    if a.objective == 'began': return dict(gamma=a.gamma, precision='fp32') | asked
    return zoo_settings(a.objective, **asked)

def trainer(a, pool, out=None, **more):
    "A run, new or gone on with."
    s = settings(a)
    s['callbacks'] = [*s.get('callbacks', ()), *more.pop('callbacks', ())]
    files = dict(on_collapse='rollback', on_explosion='rollback', checkpoint_every=a.checkpoint_every) if out else {}
    return Trainer(networks(a), pool, device=pick_device(a.device), out=out, **s, **files, **more)

def planned(a, pool):
    "How many steps the budget pays for."
    trial = trainer(a, pool)
    if a.images: return max(1, a.images // (trial.batches.batch_size * trial.n_d))
    for _ in range(5): trial.train_step()
    trial.flush()
    start = time.perf_counter()
    for _ in range(20): trial.train_step()
    trial.flush()
    return max(1, int(a.seconds * 20 / (time.perf_counter() - start)))

def commit():
    "Which version of the sources this is, where git knows."
    with suppress(OSError, subprocess.CalledProcessError):
        here = Path(__file__).parent
        ask = 'git', 'rev-parse', '--short', 'HEAD'
        asked = subprocess.run(ask, cwd=here, capture_output=True, text=True, check=True)
        return asked.stdout.strip()
    return ''

def keep(row, path):
    "Write a line of the table; it takes the place of an earlier one of the same run."
    key = 'objective', 'seed', 'data', 'budget', 'size', 'preset'
    rows = list(csv.DictReader(open(path, newline=''))) if path.exists() else []
    rows = [old for old in rows if any(old[name] != str(row[name]) for name in key)] + [row]
    names = list(dict.fromkeys(name for one in rows for name in one))
    with open(path.with_suffix('.new'), 'w', newline='') as f:
        table = csv.DictWriter(f, names, lineterminator='\n')
        table.writeheader()
        table.writerows(sorted(rows, key=lambda one: [str(one[name]) for name in key]))
    os.replace(path.with_suffix('.new'), path)

@torch.no_grad()
def measured(model, held, pool, a):
    "What the judge says of samples, each number with its interval."
    z = model.G.draw_z(a.n, torch.Generator().manual_seed(a.seed)).to(next(model.G.parameters()))
    made = torch.cat([to_uint8(model.G(some)).cpu() for some in z.split(64)])
    judge = 'drawn' if a.data is None else 'faces'
    table = compare(dict(samples=made), held[:a.n], held[a.n:], pool.images[:2 * a.n], judge)
    row = {}
    for name, e in table.rows['samples'].items():
        row |= {name + end: f'{value:.5g}' for end, value in zip(('', '_low', '_high'), e)}
    return row | {f'real_{name}': f'{table.rows["real"][name].value:.5g}' for name in ('frechet', 'coverage')}

def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument('objective', choices=['began', *ZOO])
    args.add_argument('--seed', type=int, default=0)
    args.add_argument('--data', help='folder of photos (without it: drawn faces)')
    args.add_argument('--crop', type=float, default=1.)
    args.add_argument('--size', type=int, default=32)
    args.add_argument('--faces', type=int, default=30_000, help='drawn faces to learn from')
    budget = args.add_mutually_exclusive_group(required=True)
    budget.add_argument('--images', type=int, help='real images that D sees')
    budget.add_argument('--seconds', type=float, help='of training')
    args.add_argument('--preset', help='networks (without it: tiny32, or the tiny ones of the game)')
    args.add_argument('--filters', type=int, help='n of the networks')
    args.add_argument('--batch', type=int)
    args.add_argument('--lr', type=float)
    args.add_argument('--clip', type=float)
    args.add_argument('--ema', type=float, default=0.999)
    args.add_argument('--gamma', type=float, default=0.7, help='of began')
    args.add_argument('--n', type=int, default=250, help='samples to measure; twice as many are held out')
    args.add_argument('--checkpoint-every', type=int, default=500)
    args.add_argument('--device')
    args.add_argument('--out', default='runs/zoo')
    args.add_argument('--table', type=Path, default=TABLE)
    a = args.parse_args()
    pool, held, data = pools(a)
    budget = f'{a.images} images' if a.images else f'{a.seconds:g} seconds'
    out = Path(a.out)/f'{data}-{a.size}-{a.objective}-{a.preset or "tiny"}-{budget.replace(" ", "")}-seed{a.seed}'
    plan, clock, failure = out.with_suffix('.plan.json'), Clock(), ''
    resume = (out/'checkpoint.safetensors').exists()
    if not resume:
        shutil.rmtree(out, ignore_errors=True)                           # ended before its first checkpoint
        out.parent.mkdir(parents=True, exist_ok=True)
        plan.write_text(json.dumps(dict(steps=planned(a, pool))))
    steps = json.loads(plan.read_text())['steps']
    run = trainer(a, pool, out, resume=resume, callbacks=[clock])
    try:
        if run.step < steps: run.fit(steps)
    except (FloatingPointError, Unstable) as e: failure = f'ended at step {run.step}: {e}'
    h, c, model = run.history, run.config, run.model.eval()
    faults = 'collapse', 'explosion', 'not finite', 'controller'
    preset = c['model'].get('preset', a.preset or 'tiny32')
    row = dict(objective=a.objective, seed=a.seed, data=data, budget=budget, size=a.size, preset=preset,
               n=c['model']['n'], parameters=count_parameters(model), steps=run.step, planned=steps,
               images=run.step * c['batch_size'] * c['n_d'], batch=c['batch_size'], n_d=c['n_d'],
               lr=c['lr'], betas=' '.join(map(str, c['betas'])), gamma=c['gamma'], fall=c['fall'], ema=c['ema'],
               clip=c['clip'], crop=a.crop, seconds=round(clock.seconds, 1),
               seconds_per_step=f'{clock.seconds / max(1, run.step):.5g}', M=f'{h["M"][-200:].mean():.5g}',
               events='; '.join(f'{name} at step {step}' for step, name, _ in run.events if name in faults),
               failure=failure, samples=a.n, version=began_nb.__version__, commit=commit(), torch=torch.__version__,
               threads=torch.get_num_threads(),
               device='cpu' if run.device.type == 'cpu' else torch.cuda.get_device_name())
    try: row |= measured(model, held, pool, a)
    except ValueError as e: row['failure'] = '; '.join(filter(None, [failure, f'not measured: {e}']))
    keep(row, a.table)
    print(*(f'{name:18}{value}' for name, value in row.items()), sep='\n')

if __name__ == '__main__': main()
