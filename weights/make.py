"""Make the weights that ship: train, measure, write files and cards.

usage: python weights/make.py NAME ...          (names: see RECIPES; those of real faces need --photos FOLDER)

A run is kept in --runs and goes on where it was stopped; with the same number of threads it ends with the same weights.
Drawn faces go into the package, began_nb/weights; real faces beside it, weights, and their cards into the package.
With --seed other than 0 a run is made for comparison, and not packed. For features32, which chapter 13 makes, only the card is written.
The measures of real faces (weights/measure.py) need pip install 'began_nb[faces]'.
"""
import argparse, hashlib, json, statistics
from pathlib import Path
import torch
from began_nb.data import ImagePool, load_image
from began_nb.metrics import evaluate
from began_nb.models import BEGAN
from began_nb.pretrained import load_pretrained, run_card, save_half
from began_nb.toyfaces import ToyFaces
from began_nb.training import History, Trainer
from began_nb.vision import to_float
from torchvision.transforms.v2.functional import crop, resize
from tqdm.auto import tqdm

GAMMAS = 0.3, 0.5, 0.7, 0.9

TOY = dict(data='toyfaces', ema=0, clip=None, fall=0, precision='fp32', on_collapse='warn', on_explosion='warn')      # made before the trainer had these
FACES = dict(data='celeba', lambda_k=0.002, compile=True)
SMALL, LARGE = dict(preset='paper32', residual=False), dict(preset='paper64', residual=False)
RECIPES = {
    **{f'toyfaces32-gamma{g}': TOY | dict(network=dict(preset='tiny32'), gamma=g, window=175, steps=3500) for g in GAMMAS},
    'toyfaces64': TOY | dict(network=dict(preset='tiny32', size=64), gamma=0.9, window=150, steps=3000),
    **{f'ffhq32-gamma{g}': TOY | dict(data='ffhq', network=dict(preset='tiny32', n=32, n_h=64, n_z=64), gamma=g, window=600, steps=3600, cool=800) for g in GAMMAS[:3]},
    'faces32-gamma0.5': FACES | dict(network=SMALL, gamma=0.5, lr=2e-4, steps=11_000),
    **{f'faces32-gamma{g}': FACES | dict(network=SMALL, gamma=g, lr=1.5e-4, fall=0.5, steps=2500, start='faces32-gamma0.5', k=0.13) for g in (0.3, 0.7)},
    'faces64-gamma0.5': FACES | dict(network=LARGE, gamma=0.5, lr=1.5e-4, steps=22_000),
    'faces64-gamma0.7': FACES | dict(network=LARGE, gamma=0.7, lr=1e-4, steps=8500, start='faces64-gamma0.5', k=0.12)}

FEATURES_SECONDS = 150   # of features32: chapter 13 says two or three minutes
HELD_OUT = 500   # the last photos of the folder, never trained on

TERMS = dict(
    toyfaces=dict(data_terms='drawn by a formula of this package: no photo, no person',
                  terms='Apache-2.0, as the package'),
    ffhq=dict(data_terms='Flickr-Faces-HQ, its first 5,000 images, resized to 128 pixels: CC BY-NC-SA 4.0, by NVIDIA Corporation; each photo is under a licence of its own',
              crop=0.7, terms='CC BY-NC-SA 4.0, non-commercial use: see weights/LICENSE'),
    celeba=dict(data_terms='CelebA, 30,000 of its aligned faces, the box (25, 50, 153, 178) of each: for non-commercial research only',
                terms='for non-commercial research only: see weights/LICENSE'))

ROOT = Path(__file__).resolve().parent.parent

def photo_files(folder): return sorted(Path(folder).rglob('*.jpg'))

def crops_pool(folder, size, crops=5):
    "Square crops of all photos but the last ones: 80 to 100 of 128 pixels wide, at most 6 pixels off the middle."
    files, g, images = photo_files(folder)[:-HELD_OUT], torch.Generator().manual_seed(0), []
    for file in tqdm(files, desc='cutting out faces'):
        photo = load_image(file, 128)
        for side, dx, dy in (torch.rand(crops, 3, generator=g) * torch.tensor([21, 13, 13]) + torch.tensor([80, -6, -6])).long().tolist():
            images.append(resize(crop(photo, (128 - side) // 2 + dy, (128 - side) // 2 + dx, side, side), [size, size], antialias=True))
    return ImagePool(torch.stack(images), augment='flip', source=f'{len(files)} photos, {crops} crops of each')

def train(name, runs, photos, seed=0):
    "The finished run of a recipe."
    r, out = RECIPES[name], Path(runs)/(name + (f'-seed{seed}' if seed else ''))
    model = BEGAN(seed=seed, **r['network'])
    size, resume = model.config['size'], (out/'checkpoint.safetensors').exists()
    if 'start' in r and not resume: model.load_state_dict(load_pretrained(r['start']).state_dict())
    if r['data'] == 'toyfaces': pool = ToyFaces(size)
    elif r['data'] == 'ffhq': pool = crops_pool(photos, size)
    else:
        pool = ImagePool.from_folder(photos, size, augment='flip')
        pool = ImagePool(pool.images[:-HELD_OUT], augment='flip', source=f'CelebA, {len(pool) - HELD_OUT} faces')
    options = {name: r[name] for name in ('lr', 'lambda_k', 'fall', 'window', 'ema', 'clip', 'precision', 'compile', 'on_collapse', 'on_explosion') if name in r}
    run = Trainer(model, pool, gamma=r['gamma'], seed=seed, device='cpu', out=out, resume=resume, **dict(on_collapse='rollback', on_explosion='rollback') | options)
    if 'k' in r and not resume: run.controller.k = run.controller.k + r['k']
    if run.step < r['steps']: run.fit(r['steps'])
    if 'cool' in r:                                                      # so many steps more, with a fifth of the rate
        run.lr = run.config['lr'] / 5
        run.fit(r['steps'] + r['cool'])
    return run

def finished(name, runs):
    "Whether a run has all the steps of its recipe."
    r, history = RECIPES[name], Path(runs)/name/'history.csv'
    return history.exists() and len(History.load(history)) == r['steps'] + r.get('cool', 0)

def unseen(size, photos, crop=1.):
    "Images that no run has learned from, in [-1,1]: the photos held out, or drawn faces."
    if photos is None: return ToyFaces(size, HELD_OUT, start=10**6)[:]
    return to_float(torch.stack([load_image(file, size, crop) for file in photo_files(photos)[-HELD_OUT:]]))

@torch.no_grad()
def measures(model, half, photos, crop=1.):
    "Of the model as it ships: its samples, the error of its D on images that it has not seen; and what the rounding costs, in grey levels."
    new, z = unseen(model.config['size'], photos, crop), model.G.draw_z(256, torch.Generator().manual_seed(0))
    if photos is None: m = evaluate(half)
    else:
        import measure                                                   # beside this file; needs the extra `faces`
        m = measure.measure(measure.draw(half), measure.load_pictures(photo_files(photos)[-400:], model.config['size'], crop))
    m |= dict(held_out=(half.D(new) - new).abs().mean().item(), rounding=(model.G(z) - half.G(z)).abs().mean().item() * 127.5)
    return {name: round(value, 4) for name, value in m.items()}

def seconds(run):
    "How long a run took that may have been stopped in between: the usual time between two looks at the samples, times their number."
    looks = [file.stat().st_mtime for file in sorted(Path(run, 'samples').glob('step_*.png'))]
    return round((len(looks) - 1) * statistics.median(b - a for a, b in zip(looks, looks[1:])), -1)

def write_card(card, file, data):
    "The card with what the file itself is, in the package."
    card |= dict(file=file, bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
    (ROOT/'began_nb/weights'/f'{card["name"]}.json').write_text(json.dumps(card, indent=1) + '\n', encoding='utf-8')

def pack(name, runs, photos):
    "The file and the card of a finished run."
    r, run, toy = RECIPES[name], Path(runs)/name, RECIPES[name]['data'] == 'toyfaces'
    model = BEGAN.load(run/'model.safetensors')
    size = model.config['size']
    file = f'began_nb/weights/{name}.safetensors' if toy else f'weights/{name}.safetensors'
    data = save_half(model, ROOT/file).read_bytes()
    card = dict(name=name, about=f'{"drawn" if toy else "real"} faces, {size}x{size} pixels, gamma {r["gamma"]}', **run_card(run), **TERMS[r['data']])
    if 'start' in r: card['training']['start'] = r['start']
    card['measures'] |= measures(model, BEGAN.load(ROOT/file), None if toy else photos, card.get('crop', 1.))
    card |= dict(hardware='CPU' + ' with 16-bit matrix units' * (card['training']['precision'] == 'bf16'), seconds=int(seconds(run)), command=f'`python weights/make.py {name}{"" if toy else " --photos FOLDER"}`')
    write_card(card, file, data)

def pack_features():
    "The card of the feature network, whose file the slow cells of chapter 13 make."
    file = 'began_nb/weights/features32.safetensors'
    data = (ROOT/file).read_bytes()
    header = json.loads(data[8:8 + int.from_bytes(data[:8], 'little')])['__metadata__']
    card = dict(name='features32', about='reads the factors of drawn faces, 32x32 pixels', data='ToyFaces(seed 0, start 0, 40000 images of 32x32 pixels)', **TERMS['toyfaces'], steps=3000,
                measures=dict(r2=json.loads(header['r2'])), hardware='one CPU thread', seconds=FEATURES_SECONDS, command='`nbdev-test nbs/13_metrics.ipynb --flags slow`')
    write_card(card, file, data)

if __name__ == '__main__':
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument('names', nargs='+', choices=[*RECIPES, 'features32'], metavar='NAME')
    args.add_argument('--runs', default='runs', help='where runs are kept')
    args.add_argument('--photos', help='a folder with the faces of CelebA, 128 pixels wide, for the recipes of real faces')
    args.add_argument('--threads', type=int, default=1)
    args.add_argument('--seed', type=int, default=0)
    args = args.parse_args()
    torch.set_num_threads(args.threads)
    for name in args.names:
        if name == 'features32':
            pack_features()
            continue
        if args.seed or not finished(name, args.runs): train(name, args.runs, args.photos, args.seed)
        if not args.seed: pack(name, args.runs, args.photos)
