"""Make the files of the page `play`, faces under your hand.

usage: python .ci/play.py [FOLDER]     (nothing named: nbs/play/files)

They are G of each model as ONNX with 16 bits a weight, faces.json with the directions of the sliders, and
onnxruntime-web from npm. All is made from the weights of the repository, and nothing of it is committed.
It takes minutes: the directions are learned from samples.
"""
import base64, hashlib, json, subprocess, sys, tarfile, tempfile, warnings
from itertools import combinations
from pathlib import Path
import onnx, torch
from onnx import numpy_helper
from began_nb.attributes import ATTRIBUTE_NAMES, read_attributes
from began_nb.demos import face_directions
from began_nb.latent import attribute_directions
from began_nb.pretrained import load_pretrained

ROOT = Path(__file__).resolve().parent.parent
MODELS = [*(f'faces64-gamma{g}' for g in (0.3, 0.5, 0.7)), *(f'toyfaces32-gamma{g}' for g in (0.3, 0.5, 0.7, 0.9))]
# the sliders and what their ends are called: attributes of CelebA and two sums over pixels; factors of drawn faces
SLIDERS = dict(
    faces64={'Smiling': ('serious', 'smiling'), 'Male': ('woman', 'man'), 'Young': ('older', 'younger'),
             'Blond_Hair': ('not blond', 'blond'), 'Black_Hair': ('not black', 'black hair'),
             'Bangs': ('no fringe', 'fringe'), 'light': ('light from left', 'from right'),
             'background': ('dark behind', 'bright behind')},
    toyfaces32={'skin': ('pale', 'brown'), 'hair colour': ('dark hair', 'light hair'), 'face width': ('narrow', 'wide'),
                'yaw': ('looks left', 'looks right'), 'shirt': ('blue shirt', 'purple shirt')})
REACH = 2          # how far a slider moves the code to either side
RUNTIME = 'onnxruntime-web@1.30.0'     # and its checksum, as npm publishes it
INTEGRITY = 'sha512-q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ=='
RUNTIME_FILES = 'ort.wasm.bundle.min.mjs', 'ort-wasm-simd-threaded.wasm'

def write_onnx(model, path):
    "G as ONNX, with 16 bits a weight and a node behind each that makes 32 of them: half the bytes, the same pictures."
    with warnings.catch_warnings(action='ignore'): net = onnx.load(model.to_onnx(path))
    for t in net.graph.initializer:
        if t.data_type != onnx.TensorProto.FLOAT: continue
        name = t.name
        t.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(t).astype('float16'), f'{name}.half'))
        net.graph.node.insert(0, onnx.helper.make_node('Cast', [t.name], [name], to=onnx.TensorProto.FLOAT))
    onnx.save(net, path)

def codes(G): return G.draw_z(500, torch.Generator().manual_seed(0))

@torch.no_grad()
def draw(G, z): return torch.cat([G(part).clamp(-1, 1) for part in z.split(50)])

def directions(kind, G, z, images):
    "The change of a code for each slider, per unit of its label."
    if kind == 'toyfaces32': return face_directions(G, factors=True)
    read = read_attributes(images)
    labels = {name: read[:, ATTRIBUTE_NAMES.index(name)] for name in SLIDERS[kind] if name in ATTRIBUTE_NAMES}
    left, right = images[..., 20:56, 16:32], images[..., 20:56, 32:48]   # of the face
    corners = images[..., :16, [*range(6), *range(58, 64)]]
    labels['light'] = right.mean((1, 2, 3)) - left.mean((1, 2, 3))
    labels['background'] = corners.mean((1, 2, 3))
    return attribute_directions(z, labels)

def apart(x, y): return (x - y).abs().mean().item()

def same_code(drawn):
    "How far the pictures of two models lie apart, mean over all pairs: of the same code, of different codes."
    pairs = list(combinations(drawn, 2))
    return [sum(apart(x, y.roll(shift, 0)) for x, y in pairs) / len(pairs) for shift in (0, 1)]

def write_models(folder):
    "An ONNX file for each model, and faces.json, which says all that the page must know."
    folder.mkdir(parents=True, exist_ok=True)
    models, kinds, drawn = [], {}, {}
    for name in MODELS:
        model, (kind, gamma) = load_pretrained(name), name.split('-gamma')
        write_onnx(model, file := folder/f'{name}.onnx')
        images = draw(model.G, z := codes(model.G))
        found = directions(kind, model.G, z, images)
        models.append(dict(name=name, kind=kind, gamma=float(gamma), size=model.G.size, file=file.name,
                           directions={slider: found[slider].tolist() for slider in SLIDERS[kind]},
                           reach={slider: REACH / found[slider].norm().item() for slider in SLIDERS[kind]}))
        kinds.setdefault(kind, dict(n_z=model.G.n_z, first=z[:2].tolist(), sliders=SLIDERS[kind]))
        drawn.setdefault(kind, []).append(images[:200])
    for kind, pictures in drawn.items(): kinds[kind]['apart'] = same_code(pictures)
    (folder/'faces.json').write_text(json.dumps(dict(kinds=kinds, models=models)), encoding='utf-8')

def write_runtime(folder):
    "onnxruntime-web for one thread or more, out of the archive that npm has under this name and checksum."
    with tempfile.TemporaryDirectory() as tmp:
        pack = subprocess.run(['npm', 'pack', '--silent', RUNTIME], cwd=tmp, check=True, text=True, stdout=subprocess.PIPE)
        data = (archive := Path(tmp)/pack.stdout.strip()).read_bytes()
        if (got := 'sha512-' + base64.b64encode(hashlib.sha512(data).digest()).decode()) != INTEGRITY:
            raise ValueError(f'{RUNTIME} has the checksum {got}, not {INTEGRITY}')
        with tarfile.open(archive) as tar:
            for file in RUNTIME_FILES: (folder/file).write_bytes(tar.extractfile(f'package/dist/{file}').read())

if __name__ == '__main__':
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT/'nbs/play/files'
    folder.mkdir(parents=True, exist_ok=True)
    write_runtime(folder)
    write_models(folder)                                                 # faces.json comes last: it says that all is there
    print(*(f'{f.stat().st_size:12,} {f.name}' for f in sorted(folder.iterdir())), sep='\n')
