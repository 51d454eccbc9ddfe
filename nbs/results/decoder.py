"""Can the judge paint? What D's decoder draws in place of G, and what the game makes of it, into decoder.csv.

usage: python nbs/results/decoder.py PHOTOS MODEL_OR_RUN ...

PHOTOS is the folder of CelebA that weights/make.py learns from. A name is a model of photos that ships: no network takes
a step, its G is made anew by `begin_as_decoder`, with codes spread like those of the first 1,024 photos (a run: 4,096).
A folder is a finished run of weights/make.py: faces*-decoder and faces64-canvas went on from there, faces32-on from
the old G. Measured is as in weights/measure.py (extra `faces`), on 400 samples beside the last 400 photos, and *lines*,
which that does not see: power along rows and columns at the finest waves. 32 samples are kept as a picture. Rows and
pictures of others stay. It takes one to three minutes for each.
"""
import argparse, sys
from pathlib import Path
import began_nb, harness, torch
from harness import commit, table, write
from began_nb.data import ImagePool
from began_nb.evaluation import RESULTS_FORMAT
from began_nb.loop import History
from began_nb.models import BEGAN
from began_nb.pretrained import load_pretrained
from began_nb.vision import to_float

def lines(images, photos, power):
    "Power along rows and columns over that in other directions, for waves of 2 to 2.5 pixels; photos have 1."
    f = torch.fft.fftfreq(images.shape[-1])
    radius, angle = f[:, None].hypot(f), torch.atan2(f[:, None].abs(), f.abs())
    ring, from_axis = (radius > 0.4) & (radius < 0.5), torch.minimum(angle, torch.pi / 2 - angle)
    p = power(images).mean(0) / power(photos).mean(0)
    return (p[ring & (from_axis < torch.pi / 40)].mean() / p[ring & (from_axis > torch.pi / 10)].mean()).item()

def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument('photos', type=Path)
    args.add_argument('models', nargs='+', help='names of models, folders of runs')
    args = args.parse_args()
    sys.path.insert(0, str(harness.HERE.parent.parent/'weights'))
    from measure import draw, measure, power                             # needs the extra `faces`
    rows = {row['model']: row for row in table('decoder.csv')}
    for name in args.models:
        late, steps = {}, 0
        if (run := Path(name)).is_dir():
            name, model, h = run.name, BEGAN.load(run), History.load(run/'history.csv')
            steps = len(h)
            late = {column: h[column][-100:].mean().item() for column in ('M', 'k', 'loss_real', 'loss_fake')}
        else: model = load_pretrained(name)
        photos = ImagePool.from_folder(args.photos, model.config['size']).images
        if not steps: model.begin_as_decoder(to_float(photos[:1024]))
        images = draw(model)
        rows[name] = dict(data='celeba', model=name, steps=steps, M=late.get('M', ''), k=late.get('k', ''),
                          ratio=late['loss_fake'] / late['loss_real'] if late else '',
                          **measure(images, photos[-400:]), lines=lines(images, photos[-400:], power), samples=400,
                          commit=commit(), version=began_nb.__version__, torch=torch.__version__, device='cpu', format=RESULTS_FORMAT)
        (harness.HERE/'decoder').mkdir(exist_ok=True)
        model.sample(32, seed=0, cols=16).save(harness.HERE/f'decoder/{name}.webp')
        print(rows[name], flush=True)
        write('decoder.csv', list(rows.values()), 'celeba')

if __name__ == '__main__': main()
