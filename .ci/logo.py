"""Draw the site's logo and its favicon: python .ci/logo.py

The logo is a lever at rest: a blue weight, the loss of real pictures, and an orange one of half its area, that of generated
ones, since gamma is 0.5 here. So the arms are as one to two. The favicon is a face of `toyfaces` in a ring of the same shares.
"""
import re
from pathlib import Path
from PIL import Image, ImageDraw
from began_nb.toyfaces import toy_face
from began_nb.vision import to_uint8

ROOT = Path(__file__).resolve().parent.parent
GAMMA = 0.5
FACE = dict(skin=0.35, hair_colour=0.45, hair_length=0.2, smile=0.9, eye_open=0.8, shirt=0.25, background=0.25)

def colours():
    "Blue for real and orange for generated, as the site has them by day."
    scss = (ROOT/'nbs/light.scss').read_text(encoding='utf-8')
    return [re.search(rf'^\${name}: (#\w{{6}});', scss, re.M)[1] for name in ('real', 'generated')]

def logo(real, generated, arm=30, radius=17):
    "The lever as SVG, with white for the bar at the top: the weights' areas are as 1 to gamma, their arms as gamma to 1."
    x, y = 36, 38
    weight = lambda at, r, fill: f'<circle cx="{at:g}" cy="{y-3-r:.1f}" r="{r:.1f}" fill="{fill}" stroke="#fff" stroke-width="3"/>'
    return '\n'.join([
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 -1 84 60">',
        weight(x - GAMMA*arm, radius, real),
        weight(x + arm, radius * GAMMA**0.5, generated),
        f'<path d="M4 {y}H80" stroke="#fff" stroke-width="5" stroke-linecap="round"/>',
        f'<path d="M{x} {y}l11 20h-22z" fill="#fff"/>',
        '</svg>\n'])

def favicon(real, generated, size=64, ring=7, over=4):
    "A face in a ring of blue and orange, whose shares are as 1 to gamma."
    face = Image.fromarray(to_uint8(toy_face(128, **FACE))[0].permute(1, 2, 0).numpy())
    big, inset = size * over, ring * over
    image, mask = Image.new('RGBA', (big, big)), Image.new('L', (big, big))
    draw, turn = ImageDraw.Draw(image), 360 * GAMMA / (1 + GAMMA)
    draw.pieslice((0, 0, big-1, big-1), -90, -90 + turn, fill=generated)
    draw.pieslice((0, 0, big-1, big-1), -90 + turn, 270, fill=real)
    hole = (inset, inset, big-1-inset, big-1-inset)
    ImageDraw.Draw(mask).ellipse(hole, fill=255)
    image.paste(face.resize((big - 2*inset,) * 2, Image.LANCZOS), hole[:2], mask.crop((*hole[:2], big-inset, big-inset)))
    return image.resize((size, size), Image.LANCZOS)

if __name__ == '__main__':
    folder = ROOT/'nbs/images'
    (folder/'logo.svg').write_text(logo(*colours()), encoding='utf-8')
    favicon(*colours()).save(folder/'favicon.png', optimize=True)
    print(*(f'{f}: {(folder/f).stat().st_size:,} bytes' for f in ('logo.svg', 'favicon.png')), sep='\n')
