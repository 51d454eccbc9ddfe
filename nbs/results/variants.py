"""A BEGAN with one thing changed: narrow codes, weak players, other judges. Trained, then measured, into variants.csv.

usage: python nbs/results/variants.py train VARIANT --data FOLDER [--seed 0] [--steps 1600]
       python nbs/results/variants.py measure --data FOLDER   (photos need pip install 'began_nb[faces]')

The runs of the chapter, three seeds; --list prints the names:

    for seed in 0 1 2; do for variant in $(python nbs/results/variants.py --list); do
        python nbs/results/variants.py train $variant --data celeba --seed $seed
    done; done
    python nbs/results/variants.py measure --data celeba
"""
import argparse
from pathlib import Path
from types import SimpleNamespace
import torch, torch.nn.functional as F
from torch import nn
from harness import measure, pools, train
from began_nb.equilibrium import discriminator_loss, reconstruction_loss
from began_nb.loop import objective
from began_nb.models import BEGAN, AutoEncoder, Pair
from began_nb.zoo import ScoreJudge

NOISE = 0.1                                                              # standard deviation; pixels are in [-1,1]

def noise_like(x): return NOISE * torch.randn_like(x)

class Denoiser(nn.Module):
    "A judge that sees images with noise on them while it is trained, and is asked for those without."
    def __init__(self, net):
        super().__init__()
        self.net = net
    def forward(self, x): return self.net(x + noise_like(x) if self.training else x)

class Variational(AutoEncoder):
    "A judge whose code is a distribution: its encoder says means and the logarithms of variances. Gives losses."
    def forward(self, v):
        mean, log_var = self.encoder(v).chunk(2, 1)
        code = mean + (log_var / 2).exp() * torch.randn_like(mean) if self.training else mean
        to_normal = (mean.square() + log_var.exp() - 1 - log_var).sum(1) / 2
        return reconstruction_loss(v, self.decoder(code)) + 1e-2 * to_normal / v[0].numel()

class Doubt(ScoreJudge):
    "A classifier as a judge: its loss is how surprised it would be if the image were real."
    def forward(self, v): return F.softplus(-super().forward(v))

def with_losses(players, x, z, k):
    "BEGAN's objective for a judge that gives losses `(b,)` in place of images."
    k = torch.as_tensor(k, dtype=x.dtype).clamp_min(1e-12)
    fake = players.G(z)
    leaf = fake.detach().requires_grad_()
    loss_real, loss_fake = (losses.mean() for losses in players.D(torch.cat([x, leaf])).split([len(x), len(z)]))
    discriminator_loss(loss_real, loss_fake, k).backward()
    fake.backward(leaf.grad / -k)
    return loss_real.detach(), loss_fake.detach()

def noisy(players, x, z, k):
    "BEGAN's objective, with noise on all that the judge sees, and is to give back."
    def G(z):
        fake = players.G(z)
        return fake + noise_like(fake)
    return objective(SimpleNamespace(G=G, D=players.D), x + noise_like(x), z, k)

def logistic(players, x, z, k):
    """DCGAN's game, with k before its second term: D learns from generated images only as hard as it must.

    A larger k makes this loss fall, where in BEGAN it makes it rise; so the controller is told the two in exchange: it
    holds the loss of real images at gamma times that of generated ones.
    """
    fake = players.G(z)
    leaf = fake.detach().requires_grad_()
    real_score, fake_score = players.D(x), players.D(leaf)
    fake.backward(*torch.autograd.grad(F.softplus(-fake_score).mean(), leaf, retain_graph=True))
    loss_real, loss_fake = F.softplus(-real_score).mean(), F.softplus(fake_score).mean()
    (loss_real + float(k) * loss_fake).backward()
    return loss_fake.detach(), loss_real.detach()

SIZES = 8, 24, 64, 192, 512
BASE = dict(n=16, n_h=64, n_z=64)

def usual(seed, **knobs): return BEGAN('tiny32', seed, **BASE | knobs)

def pair(G, D, **knobs): return Pair(G, D, 32, BASE['n_z'], **dict(n=BASE['n'], n_h=BASE['n_h']) | knobs)

def narrow(player):
    "One player with a quarter of the filters."
    def make(seed):
        nets = {name: getattr(usual(seed, n=4 if name == player else 16), name) for name in 'GD'}
        return pair(**nets)
    return make

def judged_by(make):
    "The usual G, and a judge that is made from the usual D and the seed."
    def made(seed):
        model = usual(seed)
        return pair(model.G, make(model.D, seed))
    return made

def variational(D, seed):
    wide = usual(seed, n_h=2 * BASE['n_h']).D.encoder
    return Variational(wide, D.decoder)

def classifier(kind):
    def make(D, seed):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return kind(32, BASE['n'], 'layer')
    return make

def bounded(seed):
    model = usual(seed)
    return pair(nn.Sequential(model.G, nn.Tanh()), model.D)

# what is changed: how the players are made from a seed, and what else the trainer is told
VARIANTS = dict(base=(usual, {}))
VARIANTS |= {f'h{n}': (lambda seed, n=n: usual(seed, n_h=n), {}) for n in SIZES if n != BASE['n_h']}
VARIANTS |= {f'z{n}': (lambda seed, n=n: usual(seed, n_z=n), {}) for n in SIZES if n != BASE['n_z']}
VARIANTS |= dict(
    weakD=(narrow('D'), {}), weakG=(narrow('G'), {}),
    denoising=(judged_by(lambda D, seed: Denoiser(D)), {}), noise=(usual, dict(objective=noisy)),
    variational=(judged_by(variational), dict(objective=with_losses)),
    classifier=(judged_by(classifier(Doubt)), dict(objective=with_losses)),
    logistic=(judged_by(classifier(ScoreJudge)), dict(objective=logistic, gamma=1.)),
    eta2=(usual, dict(eta=2)), tanh=(bounded, {}))

def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument('what', nargs='?', choices=('train', 'measure'))
    args.add_argument('variant', nargs='?', choices=VARIANTS)
    args.add_argument('--list', action='store_true', help='print the names of all variants')
    args.add_argument('--data', help='folder of photos (without it: drawn faces)')
    args.add_argument('--seed', type=int, default=0)
    args.add_argument('--steps', type=int, default=1600)
    args.add_argument('--gamma', type=float, default=0.5)
    args.add_argument('--device')
    args.add_argument('--runs', default='runs/variants')
    a = args.parse_args()
    if a.list: return print(*VARIANTS)
    pool, held = pools(a.data)
    data = 'toyfaces' if a.data is None else Path(a.data).name
    judge = 'drawn' if a.data is None else 'faces'
    if a.what == 'measure': return print(measure(a.runs, 'variants', held, data, judge))
    if a.variant is None: args.error('train needs a variant: --list prints them')
    make, more = VARIANTS[a.variant]
    key = dict(variant=a.variant, seed=a.seed, data=data)
    torch.manual_seed(a.seed)                                            # of the noise
    row = train(key, lambda: make(a.seed), pool, lambda: dict(gamma=a.gamma, precision='fp32') | more,
                Path(a.runs)/f'{data}-{a.variant}-seed{a.seed}', a.steps, device=a.device)
    print(*(f'{name:18}{value}' for name, value in row.items()), sep='\n')

if __name__ == '__main__': main()
