"""What the comparisons in this folder share: runs that are kept, measured side by side, and written as a table.

A run leaves in its folder its checkpoints, `samples.safetensors` (from codes of its seed, in uint8) and `row.json`: its
settings, how it went, where and with which version it was made. `measure` looks at the samples of all runs of a folder
at once, against the same real images, and writes `NAME.csv` beside this file, a line for each run. Of the runs of seed
0 it also writes `NAME_curves.csv`, their losses in forty parts, and in `NAME/` a picture of their first samples. Photos
are never written. Lines of runs that are not in the folder stay in the table: so it can grow by a seed, as long as the
real images measure as they did.
"""
import csv, json, math, os, shutil, subprocess, time
from contextlib import suppress
from pathlib import Path
import began_nb, torch
from safetensors.torch import load_file, save_file
from began_nb.data import ImagePool
from began_nb.evaluation import RESULTS_FORMAT, compare
from began_nb.loop import Callback, History, Unstable
from began_nb.models import count_parameters
from began_nb.processes import pick_device
from began_nb.toyfaces import ToyFaces
from began_nb.training import Trainer
from began_nb.vision import ImageGrid, to_uint8

HERE, SAMPLES = Path(__file__).parent, 250                               # twice as many real images are held out
KEY = 'objective', 'variant', 'seed', 'data', 'budget'                     # what a run may be called by
FAULTS = 'collapse', 'explosion', 'not finite', 'controller'
now = time.perf_counter if torch.cuda.is_available() else time.process_time        # the CPU's own, whatever else runs

class Clock(Callback):
    "Adds up the seconds that a run has trained, its returns included, from one rest to the next."
    def __init__(self): self.seconds = 0.
    def before_fit(self, loop): self.since = now()
    def at_rest(self, loop):
        self.seconds += now() - self.since
        self.since = now()
    def after_rest(self, loop): self.since = now()         # what guards and files take does not count
    def state_dict(self): return dict(seconds=self.seconds)
    def load_state_dict(self, state): self.seconds = max(self.seconds, state['seconds'])      # also where it went back

def pools(data, size=32, crop=1., n=SAMPLES):
    "Images to learn from, and `2n` others to be compared with; `data` is a folder of photos, or None for drawn faces."
    if data is None: return ToyFaces(size, 30_000), ToyFaces(size, 2 * n, start=10**6).images
    images = ImagePool.from_folder(data, size, crop).images              # by file name: the last ones are held out
    if len(images) < 4 * n: raise SystemExit(f'{data} has {len(images)} pictures, {4 * n} are needed')
    return ImagePool(images[:-2 * n].clone(), 'flip', Path(data).name), images[-2 * n:].clone()

def commit():
    "Which version of the sources this is, where git knows."
    with suppress(OSError, subprocess.CalledProcessError):
        ask = 'git', 'rev-parse', '--short', 'HEAD'
        return subprocess.run(ask, cwd=HERE, capture_output=True, text=True, check=True).stdout.strip()
    return ''

def steps_in(seconds, make):
    "How many steps a run takes in so many seconds; `make` makes one to try it on."
    trial = make()
    for _ in range(5): trial.train_step()
    trial.flush()
    start = now()
    for _ in range(20): trial.train_step()
    trial.flush()
    return max(1, int(seconds * 20 / (now() - start)))

@torch.no_grad()
def samples(model, seed, n=SAMPLES):
    "Images from codes of a seed, `(n,3,s,s)` in uint8."
    z = model.G.draw_z(n, torch.Generator().manual_seed(seed)).to(next(model.G.parameters()))
    return torch.cat([to_uint8(model.G(some)).cpu() for some in z.split(64)])

def train(key, networks, pool, settings, out, steps=None, seconds=None, device=None, every=500):
    """One run, or the rest of one that was stopped: its row and its samples are left in `out`.

    `key` is what the run is called in the table, `networks` makes the players, `settings` what the trainer is told:
    a function too, since each trainer needs callbacks of its own. A run that fails has its row as well.
    """
    out, clock, failure = Path(out), Clock(), ''
    if (out/'row.json').exists(): return json.loads((out/'row.json').read_text())
    def run(**more):
        s = settings()
        callbacks = [*s.pop('callbacks', ()), *more.pop('callbacks', ())]
        return Trainer(networks(), pool, seed=key['seed'], device=pick_device(device), callbacks=callbacks, **s, **more)
    plan, resume = out.parent/f'{out.name}.plan.json', (out/'checkpoint.safetensors').exists()
    if not resume:
        shutil.rmtree(out, ignore_errors=True)                           # ended before its first checkpoint
        out.parent.mkdir(parents=True, exist_ok=True)
        plan.write_text(json.dumps(dict(steps=steps or steps_in(seconds, run))))
    steps = json.loads(plan.read_text())['steps']
    run = run(out=out, resume=resume, callbacks=[clock], checkpoint_every=every,
              on_collapse='rollback', on_explosion='rollback')
    try:
        if run.step < steps: run.fit(steps)
    except (FloatingPointError, Unstable) as e: failure = f'ended at step {run.step}: {e}'
    h, c, model = run.history, run.config, run.model.eval()
    last = {name: h[name][-200:] for name in ('M', 'loss_real', 'loss_fake', 'k')}
    tail = {name: numbers.mean().item() for name, numbers in last.items()}
    spread = (last['k'] - tail['k']).square().mean().sqrt().item()
    config = {name: value for name, value in c['model'].items() if name in ('preset', 'size', 'n', 'n_h', 'n_z')}
    row = key | config | dict(
        parameters_G=count_parameters(model.G), parameters_D=count_parameters(model.D), steps=run.step, planned=steps,
        images=run.step * c['batch_size'] * c['n_d'], batch=c['batch_size'], n_d=c['n_d'], lr=c['lr'],
        betas=' '.join(map(str, c['betas'])), gamma=c['gamma'], lambda_k=c['lambda_k'], eta=c['eta'], fall=c['fall'],
        ema=c['ema'], clip=c['clip'], seconds=round(clock.seconds, 1), step_seconds=clock.seconds / max(1, run.step),
        **tail, k_spread=spread, diversity_last=next(reversed(h.looks.values()), math.nan),
        events='; '.join(f'{name} at step {step}' for step, name, _ in run.events if name in FAULTS), failure=failure,
        version=began_nb.__version__, commit=commit(), torch=torch.__version__, threads=torch.get_num_threads(),
        device='cpu' if run.device.type == 'cpu' else torch.cuda.get_device_name(), format=RESULTS_FORMAT)
    h.save(out/'history.csv')
    save_file(dict(samples=samples(model, key['seed']).contiguous()), out/'samples.safetensors')
    (out/'row.json').write_text(json.dumps(row))
    return row

def short(value): return f'{value:.5g}' if isinstance(value, float) else value

def table(name):
    "The lines of a table of this folder, as texts."
    file = HERE/name
    return list(csv.DictReader(open(file, newline=''))) if file.exists() else []

def write(name, rows, data):
    "Write the rows of `data`; they take the place of earlier ones."
    rows = [row for row in table(name) if row['data'] != data] + rows
    columns = list(dict.fromkeys(column for row in rows for column in row))
    new = HERE/f'{name}.new'
    with open(new, 'w', newline='') as f:
        out = csv.DictWriter(f, columns, lineterminator='\n')
        out.writeheader()
        out.writerows({column: short(value) for column, value in row.items()} for row in rows)
    os.replace(new, HERE/name)

def grow(name, rows, data, real=None):
    "Write rows of `data`, and let those of other runs stay: if the line `real` of the real images has its old numbers."
    def run(row): return [str(short(row.get(column, ''))) for column in (*KEY, 'lr')]
    known, old = [run(row) for row in rows], [row for row in table(name) if row['data'] == data]
    stay = [row for row in old if run(row) not in known]
    if stay and real:
        before = next((row for row in old if run(row) == run(real)), {})
        off = [column for column, value in real.items() if isinstance(value, float) and before.get(column) != short(value)
               and not math.isclose(float(before.get(column) or 'nan'), value, rel_tol=1e-3, abs_tol=1e-5)]
        if off: raise SystemExit(f'{name} has {len(stay)} runs of {data} that are not here, and the real images had other '
                                 f'numbers then ({", ".join(off)}): measure all runs together, or move the table away')
    write(name, sorted(rows + stay, key=lambda row: (run(row) != known[0], run(row))), data)

def curve(folder, row, parts=40):
    "The means of a run's losses over each of its parts."
    h, names = History.load(folder/'history.csv'), ('M', 'loss_real', 'loss_fake', 'k')
    ends = [len(h) * i // parts for i in range(parts + 1)]
    about = {name: row[name] for name in KEY if name in row}
    for start, end in zip(ends, ends[1:]):
        if end == start: continue                                        # a run of fewer steps than parts
        yield about | dict(step=end, format=RESULTS_FORMAT) | {name: h[name][start:end].mean().item() for name in names}

def measure(runs, name, held, data, judge, pool=None):
    "The rows of all runs of a folder that saw `data`, with the measures of their samples; into `NAME.csv` and `NAME/`."
    folders = [file.parent for file in sorted(Path(runs).glob('*/row.json'))]
    made = {folder.name: json.loads((folder/'row.json').read_text()) for folder in folders}
    made = {run: row for run, row in made.items() if row['data'] == data}
    if not made: raise SystemExit(f'no finished run of {data} in {runs}: train one first')
    sets = {run: load_file(Path(runs)/run/'samples.safetensors')['samples'] for run in made}
    n = len(held) // 2
    found = compare(sets, held[:n], held[n:], None if pool is None else pool.images[:2 * n].clone(), judge).rows
    real = dict.fromkeys(next(iter(made.values())), '') | dict(data=data, samples=n, format=RESULTS_FORMAT)
    rows = [real | dict(zip(list(real)[:1], ['real']))]
    for row, numbers in zip([*rows, *made.values()], [found['real'], *(found[run] for run in made)]):
        row |= dict(samples=n)
        for what, e in numbers.items():
            row |= {what + end: float(value) for end, value in zip(('', '_low', '_high'), e)}
    grow(f'{name}.csv', rows + list(made.values()), data, rows[0])
    first = {run: row for run, row in made.items() if row['seed'] == 0}
    if not first: return HERE/f'{name}.csv'
    grow(f'{name}_curves.csv', [part for run, row in first.items() for part in curve(Path(runs)/run, row)], data)
    (HERE/name).mkdir(exist_ok=True)
    for run in first: ImageGrid(sets[run][:8], cols=8).save(HERE/name/f'{run}.png')
    return HERE/f'{name}.csv'
