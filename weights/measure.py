"""How good are the faces that a model draws? Needs `pip install dlib-bin face_recognition_models`.

usage: python weights/measure.py PHOTOS [WHAT ...] [--baselines] [--n 400] [--seed 0]

PHOTOS: a folder of photos; the last n are what is compared with, baselines are made of others.
WHAT: a file of weights, or a folder of pictures; of these the first n files are taken, none chosen.
What is printed of n images, each measured against n photos:

- face: the share of the first 256 in which dlib's frontal detector finds a face, enlarged to 256 pixels.
- frechet: Frechet distance of dlib's 128 numbers for a face, read from the whole picture, enlarged to 150 pixels.
- fine: mean power of the 2-D Fourier transform above half of Nyquist, as a share of the photos'.
- diversity: `began_nb.vision.diversity` as a share of the photos'.
- weave: how far the diagonals stick out of the 2-D spectrum, at waves of about four pixels; photos have 1.
- woven: the share of images with more weave than 95% of the photos.
"""
import argparse, hashlib, importlib.util, tempfile
from functools import cache
from pathlib import Path
import dlib, numpy as np, torch, torch.nn.functional as F
from began_nb.data import load_image
from began_nb.metrics import frechet_distance
from began_nb.models import BEGAN
from began_nb.vision import diversity, to_float, to_uint8
from torch import Tensor
from torchvision.transforms.v2.functional import InterpolationMode, resize

BICUBIC = InterpolationMode.BICUBIC
ENDINGS = '.jpg', '.jpeg', '.png', '.webp'
FACES = 256        # images that the detector looks at
DETECTOR = 256     # pixels that it sees of each
CHIP = 150         # pixels that the embedding takes

@cache
def _nets():
    "dlib's detector, and its embedding; the package of the models is not imported, as it asks for an old setuptools."
    models = Path(importlib.util.find_spec('face_recognition_models').origin).parent/'models'
    return (dlib.get_frontal_face_detector(),
            dlib.face_recognition_model_v1(str(models/'dlib_face_recognition_resnet_model_v1.dat')))

def _enlarged(images, size):
    "Pixels `(h,w,3)` for dlib, one image after the other."
    for x in images: yield resize(x, [size, size], BICUBIC).permute(1, 2, 0).contiguous().numpy()

def face_rate(
    images:Tensor, # uint8 `(n,3,s,s)`
)->float: # 0 to 1
    "The share of images in which a face is found."
    return np.mean([len(_nets()[0](x)) > 0 for x in _enlarged(images, DETECTOR)]).item()

def embed_faces(
    images:Tensor, # uint8 `(n,3,s,s)`, cut so that the face fills them
)->Tensor: # float64 `(n,128)`
    "dlib's numbers for each face: two photos of one person are less than 0.6 apart. Kept among temporary files."
    file = Path(tempfile.gettempdir())/'began_faces'/f'{hashlib.sha256(images.numpy().tobytes()).hexdigest()}.pt'
    if file.exists(): return torch.load(file)
    out = torch.tensor(np.array([_nets()[1].compute_face_descriptor(x) for x in _enlarged(images, CHIP)]))
    file.parent.mkdir(exist_ok=True)
    torch.save(out, file)
    return out

def power(
    images:Tensor, # uint8 `(n,3,s,s)`
    window:bool=False, # fade to the mean at the edges
)->Tensor: # `(n,s,s)`, mean over the channels
    "2-D power spectrum of each image."
    x, fade = to_float(images), torch.hann_window(images.shape[-1], periodic=False)
    if window: x = (x - x.mean((2, 3), keepdim=True)) * fade.outer(fade)
    return torch.fft.fft2(x, norm='ortho').abs().square().mean(1)

def fine_share(
    images:Tensor, # uint8 `(n,3,s,s)`
    photos:Tensor, # uint8 `(m,3,s,s)`
)->float: # 1 for photos, less for smooth pictures
    "Mean power above half of Nyquist, a quarter of a cycle per pixel, over the photos'."
    f = torch.fft.fftfreq(images.shape[-1])
    fine = f[:, None].hypot(f) > 1/4
    return (power(images)[:, fine].mean() / power(photos)[:, fine].mean()).item()

def weave(
    images:Tensor, # uint8 `(n,3,s,s)`
    photos:Tensor, # uint8 `(m,3,s,s)`
)->Tensor: # `(n,)`: 1 is as in photos
    "Power on the diagonals over power in other directions, for waves of about four pixels, in units of the photos'."
    f = torch.fft.fftfreq(images.shape[-1])
    radius, off = f[:, None].hypot(f), (torch.atan2(f[:, None].abs(), f.abs()) - torch.pi/4).abs()
    ring = (radius > .21) & (radius < .295)
    p = power(images, window=True) / power(photos, window=True).mean(0)
    return p[:, ring & (off < torch.pi/20)].mean(1) / p[:, ring & (off > torch.pi/10)].mean(1)

def measure(
    images:Tensor, # uint8 `(n,3,s,s)`
    photos:Tensor, # uint8 `(m,3,s,s)`
)->dict: # name: number, as the head of this file says
    "All measures of a set of images."
    w, usual = weave(images, photos), weave(photos, photos)
    return dict(face=face_rate(images[:FACES]), frechet=frechet_distance(embed_faces(images), embed_faces(photos)),
                fine=fine_share(images, photos), diversity=diversity(images) / diversity(photos),
                weave=(w.mean() / usual.mean()).item(), woven=(w > usual.quantile(.95)).float().mean().item())

def photo_files(
    folder:str|Path, # with pictures, also in folders below
)->list: # sorted paths
    "The pictures of a folder."
    files = sorted(f for f in Path(folder).rglob('*') if f.suffix.lower() in ENDINGS)
    if not files: raise ValueError(f'no picture ({", ".join(ENDINGS)}) in {folder}')
    return files

def load_pictures(
    files:list, # paths
    size:int, # width and height of the result
    crop:float=1., # the part of the centred square to keep
)->Tensor: # uint8 `(n,3,size,size)`
    "Pictures as pixels."
    return torch.stack([load_image(file, size, crop) for file in files])

@torch.no_grad()
def draw(
    model:BEGAN, # trained
    n:int=400, # how many
    seed:int=0, # of the codes
)->Tensor: # uint8 `(n,3,s,s)`
    "Samples, none chosen."
    z = model.G.draw_z(n, torch.Generator().manual_seed(seed))
    return torch.cat([to_uint8(model.G(part)) for part in z.split(50)])

def baselines(
    photos:Tensor, # uint8 `(n,3,s,s)`, those compared with
    others:Tensor, # `(m,3,s,s)`, m at least 2n; thousands make a better Gaussian
    seed:int=0, # of the Gaussian
)->dict: # name: images
    "What no generator has drawn: other photos, a Gaussian in 64 components, ghosts of two photos, 16x16 enlarged."
    x, n, size = others.float().flatten(1), len(photos), photos.shape[-1]
    mean, g = x.mean(0), torch.Generator().manual_seed(seed)
    _, s, v = torch.svd_lowrank(x - mean, 80, niter=4)
    gaussian = mean + torch.randn(n, 64, generator=g) * s[:64] / (len(x) - 1)**.5 @ v[:, :64].T
    byte = lambda y: y.round().clamp(0, 255).to(torch.uint8)
    small = F.adaptive_avg_pool2d(photos.float(), 16)
    return {'real': others[-n:], 'PCA-64': byte(gaussian.view(-1, *photos.shape[1:])),
            'ghosts': byte((others[-n:].float() + others[-2*n:-n].float()) / 2),
            '16x16': byte(F.interpolate(small, size=(size, size), mode='bicubic'))}

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
    files = photo_files(a.photos)
    if len(files) < 3 * a.n: args.error(f'{a.photos} has {len(files)} photos, but n={a.n} needs {3 * a.n}')
    photos = cache(lambda size: load_pictures(files[-a.n:], size, a.crop))

    def show(name, images):
        m = measure(images, photos(images.shape[-1]))
        print(f'{name[-40:]:40}', *(f'{key} {value:.4f}' for key, value in m.items()), flush=True)
    print(f'{a.n} images against {a.n} photos of {a.photos}')
    for what in a.what:
        folder = Path(what).is_dir()
        show(what, load_pictures(photo_files(what)[:a.n], a.size) if folder else draw(BEGAN.load(what), a.n, a.seed))
    if a.baselines:
        others = load_pictures(files[-10 * a.n:-a.n], a.size, a.crop)
        for name, images in baselines(photos(a.size), others, a.seed).items(): show(name, images)

if __name__ == '__main__': main()
