"""Write the list of the chapters on the front page, each with a picture, a level and its minutes: python .ci/cards.py

The same picture stands for the chapter where somebody posts a link to it: each chapter ends in a raw cell, front matter that names it.
nbdev puts that together with title and subtitle, and Quarto makes an address of it; the notebook opens with its title all the same.
Pages of the library have such a picture, too, but no place on the front page; pages without any show that of the site.

Chapters are found by listing nbs/course, their sections in _quarto.yml, title and subtitle in their first cells. Minutes to read are
words / 200, those of tables that cells print as Markdown among them, plus lines of code that stand open / 25, to the next five; to run
the cells and to do the exercises takes longer. The pictures are cut out of what the notebooks store, into nbs/images/cards;
the name of each ends in a checksum of what it was cut from, so that it is made anew only when that has changed.
"""
import base64, hashlib, io, json, re
from pathlib import Path
from PIL import Image, ImageOps

ROOT = Path(__file__).resolve().parent.parent
COURSE, LIBRARY, CARDS, INDEX = ROOT/'nbs/course', ROOT/'nbs/library', ROOT/'nbs/images/cards', ROOT/'nbs/index.ipynb'
BEGIN, END = '<div class="chapters">', '</div>'
SIZE = 400, 250
MIDDLE, WHOLE = (0, 0, 1, 1), None     # a part of the picture, of which the middle is taken; all of it, on white
# the cell whose picture is shown, the part of it that fits (left, top, right, bottom, as shares), and the level;
# a chapter that is not here shows the middle of its first picture, a page of the library the whole of it
CHOSEN = {
    '01_began': ('cfd9bdf5', (0.5, 0.11, 1, 1), 'beginner'),
    '02_wasserstein': ('4f4f844c', (0.33, 0.12, 0.68, 0.85), 'intermediate'),
    '03_equilibrium': ('467554ca', (0.005, 0, 0.405, 0.82), 'advanced'),
    '04_plane': ('7a15fc20', (0.308, 0.049, 0.992, 0.622), 'intermediate'),
    '05_controller': ('b65435d4', (0.375, 0.15, 0.67, 0.86), 'advanced'),
    '06_toyfaces': ('e635cbf2', (0, 0, 0.625, 1), 'beginner'),
    '07_layers': ('44606cfd', (0.215, 0.13, 0.575, 0.77), 'intermediate'),
    '08_models': ('053b7f52', WHOLE, 'intermediate'),
    '09_training': ('ea7a735e', (0.35, 0.25, 1, 0.955), 'intermediate'),
    '10_gamma': ('838bae84', (0.05, 0.07, 0.45, 1), 'beginner'),
    '11_latent': ('0d7529fd', (0, 0, 0.857, 0.536), 'intermediate'),
    '12_eigenfaces': ('726b34f8', MIDDLE, 'intermediate'),
    '13_metrics': ('m0000011', (0.33, 0.13, 0.72, 0.77), 'advanced'),
    '14_convergence': ('n1400008', (0.06, 0, 1, 0.7), 'advanced'),
    '15_unbalanced': ('u15d0009', (0, 0, 1, 0.54), 'advanced'),
    '16_flowers': ('f16d0019', (0, 0, 0.625, 0.6), 'intermediate'),
    '17_zoo': ('z17d0012', (0, 0, 1, 0.77), 'intermediate'),
    '18_report': ('r18d0018', (0, 0, 0.62, 0.38), 'beginner'),
    # pages of the library have no level
    'augment': ('72f3ac85', (0, 0, 0.4, 1), None),
    'cli': ('8bc31daf', (0, 0, 0.43, 1), None),
    'data': ('f5c7a794', (0, 0, 0.34, 1), None),
    'features': ('6f8998b1', (0, 0, 0.505, 1), None),
    'guards': ('9039d059', (0, 0, 0.46, 1), None),
    'latent': ('6cd72e27', (0, 0, 0.65, 1), None),
    'loop': ('0efed4d9', (0.5, 0, 1, 1), None),
    'metrics': ('15a977ec', (0, 0, 0.55, 1), None),
    'pictures': ('9968fc7b', (0, 0, 0.5, 1), None),
    'pretrained': ('e17032a3', (0, 0, 0.21, 1), None),
    'vision': ('3758b7ff', (0, 0, 0.55, 1), None),
}
FOLDED = re.compile(r'^\s*#\s*\|\s*(hide\b|code-fold\s*:\s*true|echo\s*:\s*false|include\s*:\s*false)', re.M)

def source(cell): return ''.join(cell['source'])
def picture(cell):
    "The first picture that a cell stores, as bytes; None, if it stores none."
    for output in cell.get('outputs', []):
        for kind, data in output.get('data', {}).items():
            if kind in ('image/png', 'image/jpeg'): return base64.b64decode(''.join(data))

def minutes(cells):
    "How long a chapter takes to read, to the next five minutes."
    said = [source(c) for c in cells if c['cell_type'] == 'markdown']
    said += [''.join(o['data']['text/markdown']) for c in cells for o in c.get('outputs', []) if 'text/markdown' in o.get('data', {})]
    words = sum(len(re.findall(r'\w+', text)) for text in said)
    code = [s for c in cells if c['cell_type'] == 'code' and not FOLDED.search(s := source(c))]
    lines = sum(bool(line.strip()) for s in code for line in s.splitlines())
    return max(5, 5 * round((words / 200 + lines / 25) / 5))

def cut(image, box):
    "The part `box` of an image, of that the largest part about its middle that has the shape of a card; all of it on white, if there is no box."
    if box is WHOLE: return ImageOps.pad(image, SIZE, Image.LANCZOS, color='white')
    return ImageOps.fit(image.crop([round(share * side) for share, side in zip(box, image.size * 2)]), SIZE, Image.LANCZOS)

def read_cells(path): return json.loads(path.read_text(encoding='utf-8'))['cells']
def card(stem, cells, usual=MIDDLE):
    "The name of a page's picture, which is made if it is not there; None for a page without pictures."
    chosen, box, _ = CHOSEN.get(stem, (None, usual, None))
    found = {c['id']: data for c in cells if (data := picture(c))}
    if stem not in CHOSEN:
        if not found: return None
        chosen = next(iter(found))
    if chosen not in found: raise ValueError(f'{stem}: no cell {chosen} stores a picture; choose another one in CHOSEN, of {", ".join(found)}')
    key = hashlib.sha256(found[chosen] + repr((box, SIZE)).encode()).hexdigest()[:8]
    path = CARDS/f'{stem}-{key}.webp'
    if not path.exists():
        CARDS.mkdir(exist_ok=True)
        image = cut(Image.open(io.BytesIO(found[chosen])).convert('RGB'), box)
        for quality in range(85, 20, -5):
            image.save(path, quality=quality, method=6)
            if path.stat().st_size < 15_000: break
    return path.name

def sections():
    "The chapters of each section of the sidebar that has any, in its order."
    found, section = {}, None
    for line in (ROOT/'_quarto.yml').read_text(encoding='utf-8').splitlines():
        if m := re.match(r'\s*- section: "?(.*?)"?$', line): section = m[1]
        elif m := re.match(r'\s*- course/(\w+)\.ipynb$', line): found.setdefault(section, []).append(m[1])
    return found

def block():
    "The list as Markdown, a line for each chapter, and the name of each chapter's picture."
    chapters = {p.stem: read_cells(p) for p in sorted(COURSE.glob('[!_.]*.ipynb'))}
    lines, used = [BEGIN, ''], {}
    for section, stems in sections().items():
        for stem in stems:
            cells = chapters[stem]
            number, title, subtitle = re.match(r'# (\d\d) (.*)\n> (.*)', source(cells[0])).groups()
            link, name = f'course/{stem}.ipynb', card(stem, cells)
            used[stem] = name
            image = f'[![{title}](images/cards/{name})]({link}) ' if name else ''
            level = f'{CHOSEN[stem][2]}, ' if stem in CHOSEN else ''
            lines.append(f'- {image}**[{number} {title}]({link})** {subtitle} *{section}: {level}{minutes(cells)} minutes to read*')
    return '\n'.join([*lines, '', END]), used

def write(path, nb): path.write_text(json.dumps(nb, indent=1, ensure_ascii=False) + '\n', encoding='utf-8')
def name_picture(path, name):
    "Let the page at `path` end in the front matter that names its picture; in none, if it has no picture."
    nb = json.loads(path.read_text(encoding='utf-8'))
    cells = [c for c in nb['cells'] if c['cell_type'] != 'raw']
    lines = ['---\n', f'image: /images/cards/{name}\n', '---']
    if name: cells.append(dict(cell_type='raw', id='page-image', metadata={}, source=lines))
    if cells != nb['cells']: write(path, nb | dict(cells=cells))

def main():
    nb = json.loads(INDEX.read_text(encoding='utf-8'))
    text, used = block()
    cell = next(c for c in nb['cells'] if c['cell_type'] == 'markdown' and BEGIN in source(c))
    before, rest = source(cell).split(BEGIN)
    cell['source'] = (before + text + rest.split(END, 1)[1]).splitlines(True)
    write(INDEX, nb)
    named = {COURSE/f'{stem}.ipynb': name for stem, name in used.items()}
    named |= {path: card(path.stem, read_cells(path), WHOLE) for path in sorted(LIBRARY.glob('[!_.]*.ipynb'))}
    for path, name in named.items(): name_picture(path, name)
    for path in CARDS.glob('*.webp'):
        if path.name not in named.values(): path.unlink()

if __name__ == '__main__': main()
