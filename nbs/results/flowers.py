"""A BEGAN on a few thousand photos of flowers, and two controls: trained, then measured, into flowers.csv.

usage: python nbs/results/flowers.py train RUN --data FOLDER [--seed 0] [--steps 4800]
       python nbs/results/flowers.py measure [--flowers FOLDER] [--faces FOLDER]

RUN is one of

- flowers: each photo mirrored, turned and recoloured by chance
- plain: the same photos, each always as it is
- faces: as many photos of faces, mirrored by chance

The folder of flowers has a folder for each kind; the last hundred of each kind are held out. Of the faces, in the
order of their names, the last 500 are held out, and the first ones learned from, as many as there are flowers.
A run that was stopped goes on with the same command.
Flowers are judged by a small net that `measure` trains first: it learns to name the kind of the photos that the runs
have learned from, and is examined on those held out. Faces are judged by dlib's embedding, which needs
pip install 'began_nb[faces]'.

The runs of the chapter; lines of runs that are not in the folder stay in the tables (see `harness.py`). Seed 1 of the
faces came later, from a faster machine, so its seconds say nothing beside the others':

    for seed in 0 1 2; do for run in flowers plain; do
        python nbs/results/flowers.py train $run --data flowers --seed $seed
    done; done
    for seed in 0 1; do python nbs/results/flowers.py train faces --data celeba --seed $seed; done
    python nbs/results/flowers.py measure --flowers flowers --faces celeba
"""
import argparse, json
from pathlib import Path
import torch, torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import nn
from harness import HERE, curve, grow, train
from began_nb.augment import augmentation
from began_nb.data import ImagePool
from began_nb.equilibrium import reconstruction_loss
from began_nb.evaluation import JUDGES, RESULTS_FORMAT, compare
from began_nb.latent import interpolate
from began_nb.loop import Callback
from began_nb.metrics import baselines
from began_nb.models import BEGAN
from began_nb.vision import ImageGrid, to_float

HELD, COUNT, PARTS = 500, 3811, 80                                   # photos held out, learned from; parts of a curve
IMPOSTORS = 'Gaussian', 'ghosts', '16x16'                                # of `baselines`
RUNS = dict(flowers='flip turn hsv', plain='', faces='flip')             # how the photos of each are varied

def flowers(folder, size=64):
    "Photos to learn from, others, and the kinds of both: `(n,3,s,s)` in uint8, and `(n,)`."
    if not Path(folder).is_dir(): raise SystemExit(f'no folder at {folder}')
    folders = sorted(f for f in Path(folder).iterdir() if f.is_dir())
    if len(folders) < 2: raise SystemExit(f'{folder} must have a folder of photos for each kind, it has {len(folders)}')
    kinds = [ImagePool.from_folder(f, size).images for f in folders]
    n = HELD // len(kinds)
    if min(map(len, kinds)) < 2 * n: raise SystemExit(f'{folder}: each kind needs at least {2 * n} photos')
    parts = [[x[:-n] for x in kinds], [x[-n:] for x in kinds]]
    named = [torch.cat([torch.full((len(x),), i) for i, x in enumerate(part)]) for part in parts]
    first, other = (torch.cat(part) for part in parts)
    mixed = torch.randperm(len(other), generator=torch.Generator().manual_seed(0))    # each half has all kinds
    return first, other[mixed], named[0], named[1][mixed], [f.name for f in folders]

def faces(folder, n, size=64):
    "`n` photos to learn from, and others."
    images = ImagePool.from_folder(folder, size).images
    if len(images) < n + HELD: raise SystemExit(f'{folder} has {len(images)} photos, {n + HELD} are needed')
    return images[:n].clone(), images[-HELD:].clone()

class Known(Callback):
    "D's loss on photos that it has learned from, and on others, along the run."
    def __init__(self, known, new, every):
        self.sets, self.every, self.rows = [to_float(x[::len(x) // 100][:100]) for x in (known, new)], every, []
    @torch.no_grad()
    def at_rest(self, loop):
        if not loop.due(self.every): return
        losses = [reconstruction_loss(x, loop.model.D(x.to(loop.device))).mean().item() for x in self.sets]
        self.rows = [row for row in self.rows if row[0] < loop.step] + [[loop.step, *losses]]
    def state_dict(self): return dict(rows=self.rows)
    def load_state_dict(self, state): self.rows = state['rows']

def new_namer(kinds):
    "A net that will name kinds of flowers; the 64 numbers that its body gives are what flowers are compared by."
    def level(ni, nf, stride=1):
        conv = nn.Conv2d(ni, nf, 3, stride, 1, bias=False)
        return nn.Sequential(conv, nn.BatchNorm2d(nf), nn.ReLU(), nn.AvgPool2d(2))
    body = nn.Sequential(level(3, 32, 2), level(32, 64), level(64, 128), level(128, 128),
                         nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(.1), nn.Linear(128, 64))
    return nn.Sequential(body, nn.ReLU(), nn.Linear(64, kinds))

def namer(file, x, kind, epochs=30, seed=0):
    "The net that names kinds: read back, or trained on photos `x` and their kinds."
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = new_namer(int(kind.max()) + 1)
        if Path(file).exists():
            net.load_state_dict(load_file(file))
            return net.eval()
        g, vary = torch.Generator().manual_seed(seed), augmentation('flip turn')
        steps = epochs * (len(x) // 64)
        opt = torch.optim.AdamW(net.parameters(), 2e-3, weight_decay=1e-2)
        plan = torch.optim.lr_scheduler.OneCycleLR(opt, 4e-3, steps)
        for _ in range(epochs):
            for at in torch.randperm(len(x), generator=g).split(64):
                if len(at) < 64: continue
                loss = F.cross_entropy(net(vary(to_float(x[at]), g)), kind[at], label_smoothing=.05)
                opt.zero_grad()
                loss.backward()
                opt.step()
                plan.step()
    save_file(net.state_dict(), file)
    return net.eval()

@torch.no_grad()
def read(images, net):
    "What `compare` asks of a judge: features, and the shares of the kinds."
    features = torch.cat([net[0](x) for x in (to_float(images) if images.dtype == torch.uint8 else images).split(64)])
    return dict(features=features, probabilities=net[1:](features).softmax(1))

def linear(known, new, code=64):
    "How well the best linear code of so many numbers redraws new photos: mean loss, and share of the variance."
    x, y = (to_float(images).flatten(1) for images in (known, new))
    mean = x.mean(0)
    torch.manual_seed(0)                                                 # svd_lowrank takes no generator
    directions = torch.svd_lowrank(x - mean, code + 16, niter=4)[2][:, :code]
    off = y - mean
    rest = off - off @ directions @ directions.T
    share = 1 - (rest.square().sum() / off.square().sum()).item()
    return dict(linear_loss=rest.abs().mean().item(), linear_share=share, mean_loss=off.abs().mean().item())

def sheet(folder, name):
    "Samples along a run: the same codes in each row, from the pictures that the trainer has left."
    looks = sorted((folder/'samples').glob('step_*.png'))
    steps = [int(look.stem.split('_')[1]) for look in looks]
    wanted = [steps[-1] / 2**i for i in range(7)]
    chosen = sorted({min(range(len(steps)), key=lambda i: abs(steps[i] - w)) for w in wanted})
    cells = []
    for i in chosen:
        with Image.open(looks[i]) as image: side = (image.width - 2) // 8
        cells.append(ImageGrid.open(looks[i]).image.crop((0, 0, image.width, side + 2)))
    whole = Image.new('RGB', (cells[0].width, sum(c.height for c in cells)), 'white')
    for row, cell in enumerate(cells): whole.paste(cell, (0, row * cell.height))
    whole.save(HERE/'flowers'/f'{name}-steps.webp', quality=92)
    return [steps[i] for i in chosen]

def pictures(folder, name):
    "Samples, none chosen, a run's course, and ways from one code to another."
    model = BEGAN.load(folder/'model.safetensors')
    shown = load_file(folder/'samples.safetensors')['samples'][:40]
    ImageGrid(shown, cols=8).image.save(HERE/'flowers'/f'{name}.webp', quality=92)
    z = model.G.draw_z(10, torch.Generator().manual_seed(1))
    interpolate(model.G, z[:5], z[5:], 9).image.save(HERE/'flowers'/f'{name}-ways.webp', quality=92)
    return sheet(folder, name)

def measure(runs, data, learned, held, judge, more=lambda images: {}, **about):
    "The runs that saw `data`, and impostors, against photos that no run has seen; into the tables, and pictures."
    n, mixed = HELD // 2, learned[torch.randperm(len(learned), generator=torch.Generator().manual_seed(0))]
    made = {f.parent.name: json.loads(f.read_text()) for f in sorted(runs.glob('*/row.json'))}
    made = {run: row for run, row in made.items() if row['data'] == data}
    if not made: raise SystemExit(f'no finished run of {data} in {runs}: train one first')
    sets = {run: load_file(runs/run/'samples.safetensors')['samples'][:n] for run in made}
    sets |= {name: x for name, x in baselines(mixed, n, 64).items() if name in IMPOSTORS}
    found, shown = compare(sets, held[:n], held[n:], mixed[:2 * n], judge).rows, dict(real=held[n:]) | sets
    rows, curves = [], []
    for what, numbers in found.items():
        row = made.get(what) or dict(variant=what, data=data)
        row |= dict(samples=n, judge=judge, format=RESULTS_FORMAT) | about | more(shown[what])
        if what == 'real': row |= linear(learned, held)
        for name, e in numbers.items(): row |= {name + end: float(v) for end, v in zip(('', '_low', '_high'), e)}
        rows.append(row)
    (HERE/'flowers').mkdir(exist_ok=True)
    for run, row in made.items():
        asked = json.loads((runs/run/'known.json').read_text())
        for part, (step, known, new) in zip(curve(runs/run, row, PARTS), asked, strict=True):
            assert part['step'] == step, (run, part['step'], step)
            curves.append(part | dict(known=known, new=new))
        if row['seed'] == 0: row['shown'] = ' '.join(map(str, pictures(runs/run, run)))
    grow('flowers.csv', rows, data, rows[0])
    grow('flowers_curves.csv', curves, data)

def measure_flowers(folder, runs):
    "Flowers, by a net that is trained to name their kinds; and as what it takes them."
    known, new, kind, new_kind, names = flowers(folder)
    runs.mkdir(parents=True, exist_ok=True)
    net = namer(runs/'namer.safetensors', known, kind)
    right = (read(new, net)['probabilities'].argmax(1) == new_kind).double().mean().item()
    JUDGES['flowers'] = lambda images: read(images, net)
    def kinds(images):
        says = read(images, net)['probabilities'].argmax(1)
        return {f'is_{name}': (says == i).double().mean().item() for i, name in enumerate(names)}
    measure(runs, 'flowers', known, new, 'flowers', kinds, judge_right=right)

def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument('what', choices=('train', 'measure'))
    args.add_argument('run', nargs='?', choices=RUNS)
    args.add_argument('--data', help='folder of photos to learn from')
    args.add_argument('--flowers', help='folder of flowers')
    args.add_argument('--faces', help='folder of faces')
    args.add_argument('--seed', type=int, default=0)
    args.add_argument('--steps', type=int, default=4800)
    args.add_argument('--gamma', type=float, default=0.7)
    args.add_argument('--device')
    args.add_argument('--runs', default='runs/flowers')
    a = args.parse_args()
    if a.what == 'measure':
        if not (a.flowers or a.faces): args.error('measure needs --flowers, --faces or both')
        if a.flowers: measure_flowers(a.flowers, Path(a.runs))
        if a.faces: measure(Path(a.runs), 'faces', *faces(a.faces, COUNT), 'faces')
        return
    if not (a.run and a.data): args.error('train needs a run and --data')
    if a.steps % PARTS: args.error(f'--steps must be a multiple of {PARTS}')
    if a.run == 'faces': known, new = faces(a.data, COUNT)
    else: known, new, *_ = flowers(a.data)
    out, held = Path(a.runs)/f'{a.run}-seed{a.seed}', Known(known, new, a.steps // PARTS)
    key = dict(variant=a.run, seed=a.seed, data='faces' if a.run == 'faces' else 'flowers')
    def networks(): return BEGAN('tiny32', a.seed, size=64, n=16, n_h=64, n_z=64)
    row = train(key, networks, ImagePool(known, RUNS[a.run], a.run),
                lambda: dict(gamma=a.gamma, precision='fp32', callbacks=[held]), out, a.steps, device=a.device)
    if held.rows: (out/'known.json').write_text(json.dumps(held.rows))
    print(*(f'{name:18}{value}' for name, value in row.items()), sep='\n')

if __name__ == '__main__': main()
