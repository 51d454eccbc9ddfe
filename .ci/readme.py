"Make README.md from nbs/index.ipynb: python .ci/readme.py (nbdev's own way, nbdev-readme, needs Quarto)."
import posixpath, re, tomllib
from pathlib import Path
import nbformat
from nbconvert import MarkdownExporter

ROOT = Path(__file__).resolve().parent.parent
HEAD = '<!-- Made from nbs/index.ipynb by .ci/readme.py: edit the notebook, not this file. -->\n\n'
DROP = {'hide', 'export', 'default_exp'}   # cells with one of these directives stay out, as on the site
LINK = re.compile(r'(\]\(|\b(?:src|href)=")(?![a-z]+:|#|/)([^)\s"]+)')
CARD = re.compile(r'^- \[!\[.*?\]\(images/cards/.*?\)\]\(.*?\) (\*\*.*?\*\*) (.*) (\*.*?\*)$', re.M)   # as .ci/cards.py writes it, with a picture
DIV  = re.compile(r'^</?(?:div|script)\b.*>\n\n?', re.M)                   # parts of the front page, for the site's looks and scripts

def in_readme(cell):
    "Does `cell` belong on the page? Plumbing does not, nor does the cell that installs the package in Colab."
    directives = {m for m in re.findall(r'^#\|\s*(\w+)', cell.source, re.M)} if cell.cell_type == 'code' else set()
    return not (directives & DROP or cell.cell_type == 'code' and '/content' in cell.source)

def text_only(output):
    "`output` reduced to its plain text; a picture has no place to be kept in and is refused."
    data = output.get('data', {})
    if any(k.startswith('image/') for k in data): raise ValueError('nbs/index.ipynb stores a picture in an output: save it in nbs/images and link to it')
    if data: output.data = {'text/plain': data['text/plain']}
    return output

def plain(md):
    "`md` without what only the site can show: a card becomes a line of a list."
    return DIV.sub('', CARD.sub(r'- \1: \2 (\3)', md))

def from_root(md):
    """`md`, written in nbs/, with its relative links seen from the root of the repository; fenced code stays as it is.
    A page that runs in the reader's browser (.qmd) is linked on the site, since GitHub would show its source."""
    site = tomllib.loads((ROOT/'pyproject.toml').read_text(encoding='utf-8'))['project']['urls']['Documentation']
    def fix(m):
        if m[2].endswith('.qmd'): return f"{m[1]}{site}/{m[2].removesuffix('.qmd')}.html"
        return m[1] + posixpath.normpath('nbs/' + m[2])
    return ''.join(p if p.startswith('```') else LINK.sub(fix, p) for p in re.split(r'(^```.*?^```$)', md, flags=re.M | re.S))

def readme(path=ROOT/'nbs/index.ipynb'):
    nb = nbformat.read(path, as_version=4)
    nb.metadata.language_info = {'name': 'python'}   # what the fences of code are marked with
    nb.cells = [c for c in nb.cells if in_readme(c)]
    for c in nb.cells:
        if c.cell_type != 'code': continue
        c.source = re.sub(r'^#\|.*\n?', '', c.source, flags=re.M)
        c.outputs = [text_only(o) for o in c.outputs if o.get('name') != 'stderr']
    md, _ = MarkdownExporter().from_notebook_node(nb)
    return HEAD + re.sub(r'\n{3,}', '\n\n', from_root(plain(md))).strip() + '\n'

if __name__ == '__main__': (ROOT/'README.md').write_text(readme(), encoding='utf-8')
