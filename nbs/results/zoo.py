"""The zoo on the same images: each game trained for a budget, then all of them measured, into zoo.csv beside this file.

usage: python nbs/results/zoo.py train GAME [--seed 0] [--data FOLDER [--crop 0.7]] [--images N | --seconds S] [--lr R]
       python nbs/results/zoo.py measure [--data FOLDER [--crop 0.7]]   (photos need pip install 'began_nb[faces]')

GAME is began, or one of the zoo: ebgan, dcgan, lsgan, wgan, wgan-gp. Without --data the images are drawn faces.
A run ends when its D has seen so many real images (--images), or when it has trained for so long (--seconds: a few
steps are timed first, and the run is given as many as will fit). A run that was stopped goes on with the same command.
One that fails, with a number that is not finite or a fault that came back three times, has its line as well: it says
what and when.

The learning rates were chosen first, the one with the smallest Frechet distance on drawn faces, one seed
(zoo_rates.csv; where the highest was best, 4e-3 was tried as well):

    for rate in 2e-4 5e-4 1e-3 2e-3; do for game in began ebgan dcgan lsgan wgan wgan-gp; do
        python nbs/results/zoo.py train $game --seed 100 --images 16000 --lr $rate --runs runs/rates
    done; done
    python nbs/results/zoo.py measure --runs runs/rates --table zoo_rates

Where wgan's drew no faces from photos, three lower ones were tried on these, seed 0:

    for rate in 5e-4 1e-3 2e-3; do
        python nbs/results/zoo.py train wgan --data celeba --images 48000 --lr $rate --runs runs/rates
    done
    python nbs/results/zoo.py measure --data celeba --runs runs/rates --table zoo_rates

And the comparison, three seeds. Of the runs by time there are none of began and ebgan, which take about as long for their
48,000 images. The data are called after the folder.

    for seed in 0 1 2; do for game in began ebgan dcgan lsgan wgan wgan-gp; do
        python nbs/results/zoo.py train $game --seed $seed --data celeba --images 48000
        python nbs/results/zoo.py train $game --seed $seed --images 48000
    done; done
    for game in dcgan lsgan wgan wgan-gp; do
        python nbs/results/zoo.py train $game --data celeba --seconds 180
    done

Seed 2 of drawn faces and seeds 1 and 2 of the runs by time came later, from a slower machine. So their seconds say nothing
beside the others', and the latter took the steps that seed 0 had made of its 180 seconds:

    for seed in 1 2; do for run in 'dcgan 9636' 'lsgan 9936' 'wgan 2423' 'wgan-gp 1381'; do
        set -- $run; python nbs/results/zoo.py train $1 --seed $seed --data celeba --seconds 180 --steps $2
    done; done

The same steps with drawn faces came later still, from a faster machine; they took it 120 to 190 seconds:

    for seed in 0 1 2; do for run in 'dcgan 9636' 'lsgan 9936' 'wgan 2423' 'wgan-gp 1381'; do
        set -- $run; python nbs/results/zoo.py train $1 --seed $seed --seconds 180 --steps $2
    done; done
    python nbs/results/zoo.py measure --data celeba
    python nbs/results/zoo.py measure
"""
import argparse
from pathlib import Path
from harness import measure, pools, train
from began_nb.models import BEGAN
from began_nb.zoo import FITS, ZOO, Zoo, zoo_settings

RATES = {'began': 1e-3, 'ebgan': 1e-3, 'dcgan': 2e-3, 'lsgan': 2e-3, 'wgan': 4e-3, 'wgan-gp': 2e-3}     # zoo_rates.csv

def networks(game, seed, size, filters):
    "The pair of players."
    knobs = dict(size=size) | ({} if filters is None else dict(n=filters))
    return BEGAN('tiny32', seed, **knobs) if game == 'began' else Zoo(f'tiny-{FITS[game][0]}', seed, **knobs)

def settings(a):
    "What the trainer is told."
    s = dict(gamma=a.gamma, precision='fp32') if a.game == 'began' else zoo_settings(a.game)
    return s | dict(batch_size=a.batch, lr=a.lr or RATES[a.game])

def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument('what', choices=('train', 'measure'))
    args.add_argument('game', nargs='?', choices=['began', *ZOO])
    args.add_argument('--seed', type=int, default=0)
    args.add_argument('--data', help='folder of photos (without it: drawn faces)')
    args.add_argument('--crop', type=float, default=1.)
    args.add_argument('--size', type=int, default=32)
    args.add_argument('--images', type=int, help='real images that D sees')
    args.add_argument('--seconds', type=float, help='of training')
    args.add_argument('--steps', type=int, help='with --seconds: what another machine made of them, in place of timing')
    args.add_argument('--filters', type=int, help='n of the networks')
    args.add_argument('--batch', type=int, default=16)
    args.add_argument('--lr', type=float)
    args.add_argument('--gamma', type=float, default=0.7, help='of began')
    args.add_argument('--device')
    args.add_argument('--runs', default='runs/zoo')
    args.add_argument('--table', default='zoo')
    a = args.parse_args()
    if a.what == 'train' and (a.game is None or bool(a.images) == bool(a.seconds)):
        args.error('train needs a game, and either --images or --seconds')
    if a.steps and not a.seconds: args.error('--steps goes with --seconds: how many were made in them')
    pool, held = pools(a.data, a.size, a.crop)
    data = 'toyfaces' if a.data is None else Path(a.data).name
    if a.what == 'measure':
        print(measure(a.runs, a.table, held, data, 'drawn' if a.data is None else 'faces', pool))
        return
    budget = f'{a.images} images' if a.images else f'{a.seconds:g} seconds'
    key = dict(objective=a.game, seed=a.seed, data=data, budget=budget, crop=a.crop)
    rate = f'-lr{a.lr:g}' if a.lr else ''
    out = Path(a.runs)/f'{data}-{a.game}-{budget.replace(" ", "")}{rate}-seed{a.seed}'
    steps = a.steps or a.images and max(1, a.images // (a.batch * settings(a).get('n_d', 1)))
    row = train(key, lambda: networks(a.game, a.seed, a.size, a.filters), pool, lambda: settings(a), out, steps,
                a.seconds, a.device)
    print(*(f'{name:18}{value}' for name, value in row.items()), sep='\n')

if __name__ == '__main__': main()
