"""The search for late collapse of the page `guards`: small BEGANs on photos at 16 pixels, trained side by side.

python late_search.py PHOTOS FOLDER: writes late_search.csv there; about an hour on one free core.
The step is that of `Loop`, its clipping that of `ClipGradients`, for all runs at once; `--check` compares the two.
"""
import argparse, copy, csv, platform
from pathlib import Path
from unittest import mock
import torch, torch.nn.functional as F
from torch.func import functional_call, stack_module_state, vmap
import began_nb
from began_nb import models
from began_nb.data import Batches, ImagePool, hash_seed
from began_nb.loop import spread_images
from began_nb.models import BEGAN
from began_nb.vision import diversity, to_float

SETTINGS = dict(size=16, n=4, n_h=16, n_z=16)
GAMMA, LAMBDA_K, BATCH, BASE = 0.5, 0.06, 8, 0.002
COLUMNS = 'run rate seed clip step loss_real loss_fake k M M_max diversity saturated long blank'.split()

def join(x, h0):
    "`concat_h0`, without the memory format that `vmap` cannot be asked for."
    return torch.cat([x, F.interpolate(h0, size=x.shape[-2:])], 1)

class Runs:
    "BEGANs that are trained side by side, as one batch, each with a seed, a rate and a limit for its gradients."
    def __init__(self, data, seeds, rates, clips):
        made = [BEGAN(**SETTINGS, seed=seed) for seed in seeds]
        self.nets = {p: copy.deepcopy(getattr(made[0], p)).to('meta') for p in 'GD'}
        self.seeds, self.rates = list(seeds), torch.tensor(rates)
        self.clips = torch.tensor([clip or torch.inf for clip in clips])
        weights = {p: stack_module_state([getattr(model, p) for model in made])[0] for p in 'GD'}
        self.weights = {p: {n: w.detach().requires_grad_() for n, w in ws.items()} for p, ws in weights.items()}
        self.first = {p: {n: torch.zeros_like(w) for n, w in ws.items()} for p, ws in self.weights.items()}
        self.second, self.k, self.t = copy.deepcopy(self.first), torch.zeros(len(made)), 0
        self.usual, self.long = {}, torch.zeros(len(made), dtype=torch.long)
        self.kinds = sorted(set(seeds))
        self.pick = torch.tensor([self.kinds.index(seed) for seed in seeds])
        self.batches = [Batches(data, BATCH, seed, torch.device('cpu')) for seed in self.kinds]
        self.codes = [torch.Generator().manual_seed(hash_seed('codes', seed)) for seed in self.kinds]

    def call(self, player, x):
        "One of the players of every run: a batch of batches in, one out."
        net = self.nets[player]
        with mock.patch.object(models, 'concat_h0', join):
            return vmap(lambda weights, x: functional_call(net, weights, (x,)))(self.weights[player], x)

    def step(self):
        "One step of every run; L(x), L(G(z)), k and M of each."
        x = torch.stack([next(batches) for batches in self.batches])[self.pick]
        z = torch.stack([self.nets['G'].draw_z(BATCH, codes) for codes in self.codes])[self.pick]
        k = self.k.clamp_min(1e-12)
        fake = self.call('G', z)
        leaf = fake.detach().requires_grad_()
        v = torch.cat([x, leaf], 1)
        losses = (v - self.call('D', v)).abs().flatten(2).mean(2)
        real, gen = losses[:, :BATCH].mean(1), losses[:, BATCH:].mean(1)
        (real - k * gen).sum().backward()
        fake.backward(leaf.grad / -k.view(-1, 1, 1, 1, 1))
        self.move()
        real, gen = real.detach(), gen.detach()
        self.k = (self.k + LAMBDA_K * (GAMMA * real - gen)).clamp(0, 1)
        return torch.stack([real, gen, self.k, real + (GAMMA * real - gen).abs()])

    @torch.no_grad()
    def move(self):
        "Both Adams of every run; gradients that are too long for their run are shortened from step 100 on."
        self.t += 1
        for p in 'GD':
            grads = {n: w.grad for n, w in self.weights[p].items()}
            norm = torch.stack([g.flatten(1).norm(dim=1) for g in grads.values()]).norm(dim=0)
            length = norm.nan_to_num(0., 0., 0.)
            usual, scale = self.usual.get(p, length), torch.ones_like(norm)
            if self.t > 100:
                longest = (self.clips * usual).clamp_min(1e-30)
                self.long += norm > (4 * usual).clamp_min(1e-30)         # shortened, or would be
                scale, length = (longest / (norm + 1e-6)).clamp(max=1), torch.minimum(length, longest)
            self.usual[p] = usual.lerp(length, max(0.01, 1 / self.t))
            for n, w in self.weights[p].items():
                each = [-1] + [1] * (w.dim() - 1)
                grad, first, second = grads[n] * scale.view(each), self.first[p][n], self.second[p][n]
                first.lerp_(grad, 0.5)
                second.mul_(0.999).addcmul_(grad, grad, value=0.001)
                rate = self.rates.view(each) / (1 - 0.5**self.t)
                w.addcdiv_(first * rate, (second / (1 - 0.999**self.t)).sqrt() + 1e-8, value=-1)
                w.grad = None

    def state(self):
        "All that a step depends on."
        kept = {name: getattr(self, name) for name in ('weights', 'first', 'second', 'k', 't', 'usual', 'long')}
        return copy.deepcopy(kept) | dict(batches=[batches.state_dict() for batches in self.batches],
                                          codes=[codes.get_state() for codes in self.codes])

    def take(self, state, runs):
        "Go on from some runs of a state; each keeps the rate and the limit that it has here."
        def some(x): return {n: some(y) for n, y in x.items()} if isinstance(x, dict) else x.detach()[runs].clone()
        for name in ('weights', 'first', 'second', 'k', 'usual', 'long'): setattr(self, name, some(state[name]))
        for ws in self.weights.values():
            for w in ws.values(): w.requires_grad_()
        self.t = state['t']
        for batches, kept in zip(self.batches, state['batches']): batches.load_state_dict(kept)
        for codes, kept in zip(self.codes, state['codes']): codes.set_state(kept)

def photos(folder):
    "The photos at 16 pixels, without the last 500."
    pool = ImagePool.from_folder(folder, size=16)
    return ImagePool(pool.images[:-500])

def train(data, cases, steps, table, begun=None, picked=None, keep=None):
    "So many steps of some cases, perhaps from a state; a row for each every 100, and there the state into a folder."
    names, seeds, rates, clips = zip(*cases)
    runs = Runs(data, seeds, rates, clips)
    if begun: runs.take(begun, torch.tensor(picked))
    some, numbers = to_float(spread_images(data)), []
    spread, blank = diversity(some), (some - some.mean(0)).abs().mean().item()          # what the mean image loses
    codes = runs.nets['G'].draw_z(128, torch.Generator().manual_seed(1)).expand(len(cases), -1, -1)
    for _ in range(steps):
        numbers.append(runs.step())
        if runs.t % 100: continue
        (real, gen, _, M), top = torch.stack(numbers).mean(0), torch.stack(numbers)[:, 3].amax(0)
        with torch.no_grad(): images = runs.call('G', codes)
        for i, (name, seed, rate, clip) in enumerate(cases):
            share, saturated = diversity(images[i]) / spread, (images[i].abs() >= 1).float().mean().item()
            row = [real[i], gen[i], runs.k[i], M[i], top[i], share, saturated]
            table.writerow([name, f'{rate:g}', seed, f'{clip or 0:g}', runs.t, *[f'{float(v):.3g}' for v in row],
                            runs.long[i].item(), f'{blank:.4f}'])
        numbers.clear()
        if keep: torch.save(runs.state(), keep/f'state_{runs.t:05d}.pt')

def check(data, steps=10):
    "The largest difference between three runs here and the same three by `Trainer`, in any number of any step."
    from began_nb.training import Trainer
    three = (0, 0.002, None), (1, 0.004, 4.), (0, 0.008, None)
    runs, worst = Runs(data, *zip(*three)), 0.
    mine = torch.stack([runs.step() for _ in range(steps)])
    for i, (seed, rate, clip) in enumerate(three):
        run = Trainer(BEGAN(**SETTINGS, seed=seed), data, gamma=GAMMA, lambda_k=LAMBDA_K, lr=rate, clip=clip, seed=seed,
                      batch_size=BATCH, ema=0, fall=0, device='cpu')
        theirs = torch.tensor(run.fit(steps).history.rows)[:, 1:5]
        worst = max(worst, (mine[:, :, i] - theirs).abs().max().item())
    return worst

def search(folder, out):
    "Four rates and four seeds; the highest with clipping too; then, from step 1,400, what helps."
    data, out = photos(folder), Path(out)
    with open(out/'late_search.csv', 'w', newline='', buffering=1) as f:
        table = csv.writer(f)
        table.writerow(COLUMNS)
        cases = [('bare', seed, BASE * times, None) for times in (1, 2, 4, 8) for seed in range(4)]
        cases += [('clipped', seed, 8 * BASE, 4.) for seed in range(4)]
        train(data, cases, 1600, table, keep=out)
        begun = torch.load(out/'state_01400.pt', weights_only=False)
        on = cases[:12] + [('clipped', seed, 4 * BASE, 4.) for seed in range(4)]
        train(data, on, 1300, table, begun, [*range(12), *range(8, 12)])
        ways = dict(same=(4, None), clipped=(4, 4.), half=(2, None), quarter=(1, None))
        cures = [(f'cure: {way}', order, BASE * times, clip)
                 for way, (times, clip) in ways.items() for order in range(10, 18)]
        train(data, cures, 600, table, begun | dict(batches=[], codes=[]), [10] * len(cures))
        f.write(f'# began_nb {began_nb.__version__}, torch {torch.__version__}, {platform.machine()} CPU, one thread\n')

if __name__ == '__main__':
    torch.set_num_threads(1)
    parser = argparse.ArgumentParser()
    parser.add_argument('photos')
    parser.add_argument('out', nargs='?')
    parser.add_argument('--check', action='store_true')
    given = parser.parse_args()
    if not given.check and not given.out: parser.error('a folder for the results is needed, unless --check')
    if given.check: print(f'largest difference: {check(photos(given.photos)):.2g}')
    else: search(given.photos, given.out)
