"""Make the weights that ship: train, measure, write files and cards.

usage: python weights/make.py NAME ...          (names: see RECIPES; those of real faces need --photos FOLDER)

A run is kept in --runs and goes on where it was stopped; with the same number of threads it ends with the same weights.
Drawn faces go into the package, began_nb/weights; real faces beside it, weights, and their cards into the package.
With --seed other than 0 a run is made for comparison, and not packed. For features32, which the page `features` makes, only the card is written.
attributes, the net that reads CelebA's 40 attributes, needs --photos FOLDER --labels TABLE.
The measures of real faces (weights/measure.py) need pip install 'began_nb[faces]'.
"""
import argparse, hashlib, json, statistics, time
from pathlib import Path
import torch
from safetensors.torch import save_file
from began_nb.attributes import attribute_scores, celeba_part, read_attributes, train_attributes
from began_nb.data import ImagePool
from began_nb.metrics import evaluate
from began_nb.models import BEGAN
from began_nb.pretrained import list_pretrained, load_pretrained, run_card, save_half
from began_nb.toyfaces import ToyFaces
from began_nb.checkpoints import read_checkpoint
from began_nb.loop import History
from began_nb.training import Trainer
from began_nb.vision import to_float

GAMMAS = 0.3, 0.5, 0.7, 0.9

TOY = dict(data='toyfaces', eta=2, precision='bf16', compile=True, on_collapse='warn')         # at a low gamma one face is what is asked for
FACES = dict(data='celeba', lambda_k=0.002, precision='bf16', compile=True)       # without 16-bit units: fp32, with a warning
SMALL_TOY, LARGE_TOY = (dict(preset=preset, n=32, n_z=24, residual=False) for preset in ('paper32', 'paper64'))
SMALL, LARGE = dict(preset='paper32', residual=False), dict(preset='paper64', residual=False)
LARGEST = dict(preset='paper128', n=32, residual=False)
ON_32 = FACES | dict(network=SMALL, precision='fp32', gamma=0.5, lr=1e-4, fall=1., batch_size=8, steps=600, start='faces32-gamma0.5', k=0.2, seed=21)
MEAN = FACES | dict(network=LARGE, precision='fp32', gamma=0.5, lr=1e-4, fall=1., start={'faces64-second': 0.6, 'faces64-gamma0.7': 0.4}, seed=7)     # begins with a mean of two
RECIPES = {
    **{f'toyfaces32-gamma{g}': TOY | dict(network=SMALL_TOY, gamma=g, lr=5e-4, lambda_k=0.05, steps=12_000) for g in GAMMAS},
    'toyfaces64': TOY | dict(network=LARGE_TOY, gamma=0.9, lr=4e-4, lambda_k=0.04, steps=4000),
    'faces32-gamma0.5': FACES | dict(network=SMALL, gamma=0.5, lr=2e-4, steps=11_000),
    **{f'faces32-gamma{g}': FACES | dict(network=SMALL, gamma=g, lr=1.5e-4, fall=0.5, steps=2500, start='faces32-gamma0.5', k=0.13) for g in (0.3, 0.7)},
    'faces64-first': FACES | dict(network=LARGE, gamma=0.5, lr=1.5e-4, steps=22_000),     # the others begin with it; it does not ship
    'faces64-gamma0.7': FACES | dict(network=LARGE, gamma=0.7, lr=1e-4, steps=8500, start='faces64-first', k=0.12),
    'faces64-second': FACES | dict(network=LARGE, gamma=0.5, lr=1e-4, steps=6000, start='faces64-gamma0.7', k=0.15, seed=5),     # nor does this
    'faces64-gamma0.5': MEAN | dict(steps=400, k=0.1),
    'faces64-on': MEAN | dict(steps=2000, k=0.06),  # to its ratio: see the page recipes
    'faces64-longer': FACES | dict(network=LARGE, gamma=0.5, lr=1e-4, fall=0.7, batch_size=8, steps=6000, start='faces64-gamma0.5', k=0.1, seed=15),     # to its ratio, too
    'faces64-scratch': FACES | dict(network=LARGE, gamma=0.5, lr=2e-4, fall=0.5, batch_size=8, steps=17_000, seed=11),     # another seed, from random weights
    'faces64-unblurred': FACES | dict(network=LARGE, gamma=0.5, lr=1.5e-4, fall=0., batch_size=8, steps=1000, start='faces64-scratch', k=0.13, seed=12),     # to compare with the next
    'faces64-blur': FACES | dict(network=LARGE | dict(blur=True), gamma=0.5, lr=1.5e-4, fall=0., batch_size=8, steps=4000, start='faces64-scratch', k=0.13, seed=12),
    'toyfaces32-decoder': TOY | dict(network=SMALL_TOY, precision='fp32', gamma=0.9, lr=2e-4, fall=1., lambda_k=0.02, steps=500, start='toyfaces32-gamma0.9', k=0.12, seed=20, decoder=True),
    'faces32-on': ON_32,                           # to compare with the next
    'faces32-decoder': ON_32 | dict(decoder=True),
    'faces64-decoder': FACES | dict(network=LARGE, gamma=0.5, lr=1e-4, fall=0.8, batch_size=8, steps=6000, start='faces64-gamma0.5', k=0.05, seed=23, decoder=True),
    'faces64-decoder0.7': FACES | dict(network=LARGE, gamma=0.7, lr=6e-5, fall=1., batch_size=8, steps=2000, start='faces64-decoder', k=0.09, seed=24),
    'faces64-canvas': FACES | dict(network=LARGE, precision='fp32', gamma=0.5, lr=1e-4, fall=1., batch_size=8, steps=600, start='faces64-gamma0.5', k=0.15, seed=22, decoder=True),
    'faces128': FACES | dict(network=LARGEST, gamma=0.5, lr=3e-4, fall=0.5, batch_size=4, steps=15_000),
    'faces64-gamma0.3': FACES | dict(network=LARGE, gamma=0.3, lr=1e-4, fall=0., steps=1250, start='faces64-second', k=0.06, seed=6)}     # after 1,500 it collapses

KEPT_BACK = ('faces64-first', 'faces64-second', 'faces64-on', 'faces64-longer', 'faces64-scratch', 'faces64-unblurred',
             'faces64-blur', 'faces32-decoder', 'faces32-on', 'faces64-canvas', 'faces64-decoder0.7')     # they do not ship
ATTRIBUTES_STEPS = 1900   # of attributes: each photo ten times
FEATURES_SECONDS = 150   # of features32: the page `features` says two or three minutes
HELD_OUT = 500   # the last photos of the folder, as `ImagePool.from_folder` has them: never trained on

TERMS = dict(
    toyfaces=dict(data_terms='drawn by a formula of this package: no photo, no person',
                  terms='Apache-2.0, as the package'),
    celeba=dict(data_terms='CelebA, 30,000 of its aligned faces, the box (25, 50, 153, 178) of each: for non-commercial research only',
                terms='for non-commercial research only: see weights/LICENSE', crops=dict(celeba=[25, 50, 153, 178])))

ROOT = Path(__file__).resolve().parent.parent

def first_model(name, runs, photos):
    "A model that another one begins with: one that ships, or the end of its run."
    if name in list_pretrained(): return load_pretrained(name)
    if not finished(name, runs): train(name, runs, photos)
    return BEGAN.load(Path(runs)/name)

def shares_of(start):
    "With which models a recipe begins: their names, and the share of each."
    return start if isinstance(start, dict) else {start: 1}

def first_weights(start, runs, photos):
    "The weights that a recipe begins with: those of a model, or the mean of several, each with its share."
    shares = shares_of(start)
    states = [first_model(name, runs, photos).state_dict() for name in shares]
    return {key: sum(share * state[key] for share, state in zip(shares.values(), states)) for key in states[0]}

def train(name, runs, photos, seed=0):
    "The finished run of a recipe."
    r, out = RECIPES[name], Path(runs)/(name + (f'-seed{seed}' if seed else ''))
    seed += r.get('seed', 0)
    model = BEGAN(seed=seed, **r['network'])
    size, resume = model.config['size'], (out/'checkpoint.safetensors').exists()
    if 'start' in r and not resume: model.load_state_dict(first_weights(r['start'], runs, photos))
    if r['data'] == 'toyfaces': pool = ToyFaces(size)
    else:
        pool = ImagePool.from_folder(photos, size, augment='flip')
        pool = ImagePool(pool.images[:-HELD_OUT], augment='flip', source=f'CelebA, {len(pool) - HELD_OUT} faces')
    if r.get('decoder') and not resume: model.begin_as_decoder(to_float(pool.images[:4096]))     # G is D's decoder; D goes on
    options = {name: r[name] for name in ('lr', 'lambda_k', 'eta', 'fall', 'batch_size', 'precision', 'compile', 'on_collapse') if name in r}
    run = Trainer(model, pool, gamma=r['gamma'], seed=seed, device='cpu', out=out, resume=resume,
                  **dict(on_collapse='rollback', on_explosion='rollback') | options)
    if 'k' in r and not resume: run.controller.k = run.controller.k + r['k']
    if run.step <= r['steps']: run.fit(r['steps'])                       # also at the last step: a killed run may lack its model
    return run

def finished(name, runs):
    "Whether a run has all the steps of its recipe, and has left its model."
    r, run = RECIPES[name], Path(runs)/name
    history = run/'history.csv'
    return (run/'model.safetensors').exists() and history.exists() and len(History.load(history)) == r['steps']

def unseen(size, photos):
    "Images that no run has learned from, in [-1,1]: the photos held out, or drawn faces."
    if photos is None: return ToyFaces(size, HELD_OUT, start=10**6)[:]
    return to_float(ImagePool.from_folder(photos, size).images[-HELD_OUT:])

@torch.no_grad()
def measures(model, half, photos):
    "Of the model as it ships: its samples, the error of its D on images that it has not seen; and what the rounding costs, in grey levels."
    new, z = unseen(model.config['size'], photos), model.G.draw_z(256, torch.Generator().manual_seed(0))
    if photos is None: m = evaluate(half)
    else:
        import measure                                                   # beside this file; needs the extra `faces`
        m = measure.measure(measure.draw(half), ImagePool.from_folder(photos, model.config['size']).images[-400:])
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
    card = dict(name=name, about=f'{"drawn" if toy else "real"} faces, {size}x{size} pixels, gamma {r["gamma"]}' + ", begun as D's decoder" * r.get('decoder', False), **run_card(run), **TERMS[r['data']])
    if 'start' in r: card['training']['start'] = ' + '.join(f'{share} {name}' if share < 1 else name for name, share in shares_of(r['start']).items())
    if r.get('decoder'): card['training']['start'] += ", its G from D's decoder"
    if (returns := read_checkpoint(run/'checkpoint.safetensors')[0]['tries']): card['training']['returns'] = returns      # to a checkpoint, each with half the rate
    card['measures'] |= measures(model, BEGAN.load(ROOT/file), None if toy else photos)
    units = 'matrix units' if torch.cpu._is_amx_tile_supported() else 'instructions'
    card |= dict(hardware='CPU' + f' with 16-bit {units}' * (card['training']['precision'] == 'bf16'), seconds=int(seconds(run)), command=f'`python weights/make.py {name}{"" if toy else " --photos FOLDER"}`')
    write_card(card, file, data)

def pack_features():
    "The card of the feature network, whose file the slow cells of the page `features` make."
    file = 'began_nb/weights/features32.safetensors'
    data = (ROOT/file).read_bytes()
    header = json.loads(data[8:8 + int.from_bytes(data[:8], 'little')])['__metadata__']
    card = dict(name='features32', about='reads the factors of drawn faces, 32x32 pixels', data='ToyFaces(seed 0, start 0, 40000 images of 32x32 pixels)', **TERMS['toyfaces'], steps=3000,
                measures=dict(r2=json.loads(header['r2'])), hardware='one CPU thread', seconds=FEATURES_SECONDS, command='`nbdev-test nbs/library/features.ipynb --flags slow`')
    write_card(card, file, data)

def pack_attributes(photos, labels):
    "Train, examine and pack the net of the page `attributes`."
    training = celeba_part(photos, labels, 'training')
    start = time.process_time()
    net = train_attributes(*training, steps=ATTRIBUTES_STEPS).half().float()               # as it will be read back
    seconds, parts, marks = time.process_time() - start, [len(training[0])], {}
    for part in ('validation', 'test'):
        images, truth = celeba_part(photos, labels, part)
        scores = attribute_scores(read_attributes(images, net), truth)
        parts.append(len(images))
        marks[part] = {key: round(statistics.mean(s[key] for s in scores.values()), 4) for key in ('accuracy', 'balanced', 'area')}
        print(part, marks[part], flush=True)
    file = 'weights/attributes.safetensors'
    save_file({name: t.half().contiguous() for name, t in net.state_dict().items()}, ROOT/file, metadata=dict(format='began_nb attributes'))
    about = 'reads the 40 attributes of CelebA from a face, 32x32 pixels'
    data = "CelebA, {:,} photos to learn from, {:,} to choose settings with, {:,} to be examined on; nobody is in two of these parts".format(*parts)
    card = dict(name='attributes', about=about, data=data, **TERMS['celeba'], steps=ATTRIBUTES_STEPS, measures=dict(photos=parts[2]) | marks['test'], validation=marks['validation'],
                hardware='one CPU thread', seconds=int(round(seconds, -1)), command='`python weights/make.py attributes --photos FOLDER --labels TABLE`', attributes=scores)
    write_card(card, file, (ROOT/file).read_bytes())

if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('names', nargs='+', choices=[*RECIPES, 'features32', 'attributes'], metavar='NAME')
    parser.add_argument('--runs', default='runs', help='where runs are kept')
    parser.add_argument('--photos', help='a folder with the faces of CelebA, 128 pixels wide, for the recipes of real faces')
    parser.add_argument('--labels', help="the table of CelebA's attributes, for attributes")
    parser.add_argument('--threads', type=int, default=1)
    parser.add_argument('--seed', type=int, default=0)
    args = parser.parse_args()
    for name in args.names:                                              # before anything begins
        faces, folder = name == 'attributes' or RECIPES.get(name, TOY)['data'] != 'toyfaces', Path(args.photos or '').expanduser()
        if faces and not (args.photos and folder.is_dir()): parser.error(f'{name} learns from photos: --photos must be a folder of them, got {args.photos}')
        if name == 'attributes' and not (args.labels and Path(args.labels).expanduser().is_file()): parser.error(f'attributes needs --labels, the table of the attributes of the photos, got {args.labels}')
    torch.set_num_threads(args.threads)
    for name in args.names:
        if name == 'features32':
            pack_features()
            continue
        if name == 'attributes':
            pack_attributes(args.photos, args.labels)
            continue
        if args.seed or not finished(name, args.runs): train(name, args.runs, args.photos, args.seed)
        if not args.seed and name not in KEPT_BACK: pack(name, args.runs, args.photos)
