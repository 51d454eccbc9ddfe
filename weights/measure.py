"""How good are the faces that a model draws? Needs `pip install dlib-bin face_recognition_models`.

usage: python weights/measure.py PHOTOS [WHAT ...] [--baselines] [--n 400] [--seed 0]

PHOTOS: a folder of photos; the last n are what is compared with, baselines are made of others.
WHAT: a file of weights, or a folder of pictures; of these the first n are taken, none chosen.
Folders are read by `ImagePool.from_folder`, as they are for training: the order is its own, and what cannot be read is left out.
What is printed of n images, each measured against n photos:

- face: the share of the first 256 in which dlib's frontal detector finds a face, `began_nb.features.face_scores`.
- frechet: Frechet distance of dlib's 128 numbers for a face, `began_nb.features.embed_faces`.
- fine: mean power of waves shorter than four pixels, `began_nb.metrics.fine_power`, as a share of the photos'.
- diversity: `began_nb.vision.diversity` as a share of the photos'.
- weave: how far the diagonals stick out of the 2-D spectrum, at waves of about four pixels; photos have 1.
- woven: the share of images with more weave than 95% of the photos.
"""
import argparse
from functools import cache
from pathlib import Path
import torch
from began_nb.data import ImagePool
from began_nb.features import embed_faces, face_scores
from began_nb.metrics import baselines, fine_power, frechet_distance
from began_nb.models import BEGAN
from began_nb.vision import diversity, to_float, to_uint8
from torch import Tensor

FACES = 256        # images that the detector looks at

embed = cache(embed_faces)     # the photos are compared with several sets

def power(
    images:Tensor, # uint8 `(n,3,s,s)`
)->Tensor: # `(n,s,s)`, mean over the channels
    "2-D power spectrum of each image, faded to its mean at the edges."
    x, fade = to_float(images), torch.hann_window(images.shape[-1], periodic=False)
    x = (x - x.mean((2, 3), keepdim=True)) * fade.outer(fade)
    return torch.fft.fft2(x, norm='ortho').abs().square().mean(1)

def weave(
    images:Tensor, # uint8 `(n,3,s,s)`
    photos:Tensor, # uint8 `(m,3,s,s)`
)->Tensor: # `(n,)`: 1 is as in photos
    "Power on the diagonals over power in other directions, for waves of about four pixels, in units of the photos'."
    f = torch.fft.fftfreq(images.shape[-1])
    radius, off = f[:, None].hypot(f), (torch.atan2(f[:, None].abs(), f.abs()) - torch.pi/4).abs()
    ring = (radius > .21) & (radius < .295)
    p = power(images) / power(photos).mean(0)
    return p[:, ring & (off < torch.pi/20)].mean(1) / p[:, ring & (off > torch.pi/10)].mean(1)

def measure(
    images:Tensor, # uint8 `(n,3,s,s)`
    photos:Tensor, # uint8 `(m,3,s,s)`
)->dict: # name: number, as the head of this file says
    "All measures of a set of images."
    w, usual = weave(images, photos), weave(photos, photos)
    return dict(face=(face_scores(images[:FACES]) > 0).float().mean().item(),
                frechet=frechet_distance(embed(images), embed(photos)),
                fine=(fine_power(images).mean() / fine_power(photos).mean()).item(), diversity=diversity(images) / diversity(photos),
                weave=(w.mean() / usual.mean()).item(), woven=(w > usual.quantile(.95)).float().mean().item())

@torch.no_grad()
def draw(
    model:BEGAN, # trained
    n:int=400, # how many
    seed:int=0, # of the codes
)->Tensor: # uint8 `(n,3,s,s)`
    "Samples, none chosen."
    z = model.G.draw_z(n, torch.Generator().manual_seed(seed))
    return torch.cat([to_uint8(model.G(part)) for part in z.split(50)])

def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument('photos')
    args.add_argument('what', nargs='*')
    args.add_argument('--baselines', action='store_true', help='measure what no generator has drawn, too')
    args.add_argument('--n', type=int, default=400)
    args.add_argument('--size', type=int, default=64, help='of folders and baselines, in pixels; a model has its own')
    args.add_argument('--crop', type=float, default=1., help='the middle part of the photos, as models saw it')
    args.add_argument('--seed', type=int, default=0)
    a = args.parse_intermixed_args()
    if a.n < 2: args.error(f'--n must be at least 2, got {a.n}')
    pool = cache(lambda size: ImagePool.from_folder(a.photos, size, a.crop).images)
    photos = cache(lambda size: pool(size)[-a.n:])                       # one tensor, which `embed` knows again
    if (found := len(pool(a.size))) < 3 * a.n: args.error(f'{a.photos} has {found} photos, but n={a.n} needs {3 * a.n}')

    def show(name, images):
        m = measure(images, photos(images.shape[-1]))
        print(f'{name[-40:]:40}', *(f'{key} {value:.4f}' for key, value in m.items()), flush=True)
    print(f'{a.n} images against {a.n} photos of {a.photos}')
    for what in a.what:
        folder = Path(what).is_dir()
        images = ImagePool.from_folder(what, a.size).images[:a.n] if folder else draw(BEGAN.load(what), a.n, a.seed)
        if len(images) < a.n: args.error(f'{what} has {len(images)} pictures, but n is {a.n}')
        show(what, images)
    if a.baselines:
        others = pool(a.size)[-10 * a.n:-a.n]
        for name, images in (dict(real=others[-a.n:]) | baselines(others, a.n, seed=a.seed)).items(): show(name, images)

if __name__ == '__main__': main()
