"""The project's checks, one function each, run in this order by `bash .ci/run`; each ends in a line that begins with PASS, FAIL or SKIP.

Only the standard library is used here. What a check runs (nbdev-export, ...) comes from .venv, which the first check makes.
"""
import ast, configparser, difflib, email, hashlib, json, os, posixpath, re, shutil, subprocess, sys, tempfile, time, tomllib, zipfile
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN  = ROOT/'.venv/bin'
CHECKS = {}

class Failed(Exception): pass
class Skipped(Exception): pass
def need(ok, msg):
    if not ok: raise Failed(msg)
def none(bad, msg): need(not bad, '\n'.join([f'{msg}:', *(f'  {b}' for b in bad)]))
def check(f): CHECKS[f.__name__] = f; return f

# --- what the checks share ---------------------------------------------------------------------------------------

def run(*cmd, cwd=ROOT, **env):
    "Run `cmd`, return what it printed; a program that fails fails the check and shows its last lines."
    try: p = subprocess.run(list(map(str, cmd)), cwd=cwd, env={**os.environ, **env}, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except FileNotFoundError as e: raise Failed(f'{e.filename} is not there: did the check `readme_test` install it?')
    need(p.returncode == 0, f"{' '.join(map(str, cmd))} ended with {p.returncode}:\n" + '\n'.join(p.stdout.splitlines()[-40:]))
    return p.stdout

def text(path): return (ROOT/path).read_text(encoding='utf-8')
def tracked():
    "Every file that is in git or would be added to it, relative to the root."
    out = run('git', '-c', 'safe.directory=*', 'ls-files', '-z', '--cached', '--others', '--exclude-standard')
    return sorted(f for f in set(out.split('\0')) if f and (ROOT/f).is_file())
def snapshot(at=ROOT):
    "The content of every file at `at`; for the project itself of those that `tracked` lists."
    files = tracked() if at == ROOT else [str(p.relative_to(at)) for p in at.rglob('*') if p.is_file()]
    return {f: (at/f).read_bytes() for f in files}

def same(old, new, msg):
    "Fail with a short diff where two snapshots differ."
    lines = []
    for f in sorted({*old, *new}):
        if old.get(f) == new.get(f): continue
        a, b = (d.get(f, b'').decode(errors='replace').splitlines() for d in (old, new))
        lines += list(difflib.unified_diff(a, b, f if f in old else '/dev/null', f if f in new else '/dev/null', lineterm='', n=1))[:30]
    none([l[:200] for l in lines], msg)

@contextmanager
def copied():
    "A copy of the project to work in, so that no check writes into the tree of somebody who is at work in it."
    with tempfile.TemporaryDirectory() as tmp:
        tmp = Path(tmp).resolve()
        for f in tracked():
            (tmp/f).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT/f, tmp/f, follow_symlinks=False)
        yield tmp

def changes_nothing(*cmd):
    "A command that makes files from notebooks must find that they are made already."
    with copied() as tmp:
        old = snapshot(tmp)
        run(*cmd, cwd=tmp)
        same(old, snapshot(tmp), f"{' '.join(Path(c).name for c in cmd)} changes files: run it and commit")

def notebooks():
    "The cells of every notebook, by its path in nbs/: the chapters in their order, then the pages of the library."
    paths = [p for where in ('', 'course/', 'library/') for p in sorted((ROOT/'nbs').glob(f'{where}[!_.]*.ipynb'))]
    return {p.relative_to(ROOT/'nbs').as_posix(): json.loads(p.read_text(encoding='utf-8'))['cells'] for p in paths}
def pages():
    "The pages that are no notebooks, by their path in nbs/."
    return {p.relative_to(ROOT/'nbs').as_posix(): p.read_text(encoding='utf-8') for p in sorted((ROOT/'nbs').rglob('[!_.]*.qmd'))}
def source(cell): return ''.join(cell['source'])
def modules(): return {p.stem: ast.parse(p.read_text(encoding='utf-8')) for p in sorted((ROOT/'began_nb').glob('[!_]*.py'))}
def pyproject(): return tomllib.loads(text('pyproject.toml'))
def settings():
    cfg = configparser.ConfigParser(delimiters=['='])
    cfg.read_string(text('settings.ini'))
    return cfg['DEFAULT']
def version(): return re.search(r'^__version__ = "(.+)"$', text('began_nb/__init__.py'), re.M)[1]
def names(requirements): return {re.match(r'[\w-]+', r)[0] for r in requirements.split()}

# --- the checks --------------------------------------------------------------------------------------------------

@check
def readme_test():
    "The README has two commands in bash blocks; the one that tests, run as it stands there, passes and leaves no file behind."
    blocks = re.findall(r'^```bash\n(.*?)^```$', text('README.md'), re.M | re.S)
    for word in ('began-train', 'nbdev-test'): need(sum(word in b for b in blocks) == 1, f'README.md must have one bash block with {word}')
    cmd = next(b for b in blocks if 'nbdev-test' in b)
    print(cmd, flush=True)
    old = snapshot()
    need(subprocess.run(['bash', '-e', '-c', cmd], cwd=ROOT).returncode == 0, "the README's test command failed")
    same(old, snapshot(), 'the tests left or changed files')

@check
def export():
    "The library is what the notebooks export."
    changes_nothing(BIN/'nbdev-export')

@check
def clean():
    "The notebooks carry no run numbers and no leftovers."
    changes_nothing(BIN/'nbdev-clean')

@check
def readme():
    "README.md is what nbs/index.ipynb says."
    changes_nothing(BIN/'python', '.ci/readme.py')

@check
def cards():
    "The front page lists the chapters as they are now, with their pictures, levels and minutes, and a link to a chapter shows its picture."
    changes_nothing(BIN/'python', '.ci/cards.py')
    none([p.name for p in (ROOT/'nbs/images/cards').iterdir() if p.stat().st_size > 15_000], 'pictures of pages above 15 kB')

@check
def owners():
    "Each module has exactly one notebook with its `#| default_exp`: nbdev lets a second one overwrite the first in silence."
    owner, bad = {}, []
    for nb, cells in notebooks().items():
        for m in re.findall(r'^#\|\s*default_exp\s+(\S+)', '\n'.join(source(c) for c in cells if c['cell_type'] == 'code'), re.M):
            if m in owner: bad.append(f'{m}: {owner[m]} and {nb}')
            owner[m] = nb
    none(bad, 'two notebooks export the same module')
    none([f'began_nb/{m}.py' for m in modules() if m not in owner], 'modules without a notebook')
    none([f'{owner[m]}: {m}' for m in owner if m not in modules()], 'notebooks whose module is not there')

@check
def imports():
    "Modules import one another in one direction only, the order given in CONTRIBUTING.md."
    block = re.search(r'<!-- import order -->\s*```text\n(.*?)```', text('CONTRIBUTING.md'), re.S)
    level = {m: i for i, group in enumerate(block[1].split('->')) for m in group.split()}
    mods = modules()
    need(set(level) == set(mods), f'the list in CONTRIBUTING.md and the package differ in {sorted(set(level) ^ set(mods))}')
    bad = []
    for m, tree in mods.items():
        for n in ast.walk(tree):
            if isinstance(n, ast.Import): froms = [a.name for a in n.names]
            elif isinstance(n, ast.ImportFrom):
                base = '.'.join(filter(None, ['began_nb' if n.level else '', n.module]))
                froms = [f'{base}.{a.name}' for a in n.names] if base == 'began_nb' else [base]
            else: continue
            used = [f.split('.')[1] for f in froms if f.startswith('began_nb.')]
            bad += [f'{m} imports {u} (line {n.lineno})' for u in used if u in level and level[u] >= level[m]]
    none(bad, 'imports against the order')

@check
def requirements():
    "What the library imports is declared in settings.ini, and CONTRIBUTING.md gives the reason for each declared package."
    cfg, why = settings(), text('CONTRIBUTING.md')
    core = names(cfg['requirements'])
    extras = {n for k, v in cfg.items() if k.endswith('_requirements') and k != 'dev_requirements' for n in names(v)}
    every = core | extras | names(cfg['dev_requirements'])
    package = lambda mod: {'PIL': 'pillow', 'torch_fidelity': 'torch-fidelity', 'dlib': 'dlib-bin'}.get(mod, mod)
    bad = []
    for m, tree in modules().items():
        for n in ast.walk(tree):
            tops = [a.name for a in n.names] if isinstance(n, ast.Import) else [n.module] if isinstance(n, ast.ImportFrom) and not n.level else []
            allowed = core if n in tree.body else core | extras    # an extra may only be imported inside a function
            tops = {package(t.split('.')[0]) for t in tops} - sys.stdlib_module_names - {'began_nb'} - allowed
            bad += [f'{t} in {m}.py' for t in tops]
    none(bad, 'imported but not declared')
    none(sorted(n for n in every if f'| `{n}` |' not in why), 'without a reason in CONTRIBUTING.md')

@check
def openings():
    "Each notebook opens with the badge that opens this very notebook in Colab, and with the cell that installs the package there."
    repo = pyproject()['project']['urls']['Repository']
    colab = repo.replace('https://github.com', 'https://colab.research.google.com/github') + '/blob/main/nbs/'
    bad = []
    for nb, cells in notebooks().items():
        top = [source(c) for c in cells[:5]]
        if not re.match(r'# \S.*\n+> \S.*$', top[0]): bad.append(f'{nb}: the first cell is not "# Title" and "> subtitle" alone')
        badge = f'<a href="{colab}{nb}"><img src="https://colab.research.google.com/assets/colab-badge.svg" alt="Open In Colab"></a>'
        if not any(badge in s for s in top): bad.append(f'{nb}: no badge, as HTML: the lightbox takes the link of a picture that stands alone')
        if not any(s.startswith('#| eval: false') and f'[ -e /content ] && pip install -Uqq git+{repo}' in s for s in top): bad.append(f'{nb}: no install cell')
    for f in ['README.md', *(f'nbs/{nb}' for nb in notebooks())]:
        bad += [f'{f}: {u}' for u in re.findall(r'https://colab\.research\.google\.com/github/[^\s)"\\]+', text(f))
                if not (u.startswith(colab) and (ROOT/'nbs'/u.removeprefix(colab)).is_file())]
    none(bad, 'wrong openings or links to Colab')

@check
def options():
    """Every option of a cell (`#| name: value`) is YAML, as Quarto reads it, and has one line; a colon in a text without quotes stopped the site once.
    Sources in pages of the library are folded, under a line that says what they define."""
    ask = ('import json, sys, yaml\nfor i, lines in enumerate(json.load(sys.stdin)):\n    try: ok = isinstance(yaml.safe_load(lines), dict)\n'
           '    except yaml.YAMLError: ok = False\n    if not ok: print(i)')
    cells = {f'{nb}, cell {i}': '\n'.join(re.findall(r'^#\|\s*([\w-]+:.*)$', source(c), re.M)) for nb, some in notebooks().items()
             for i, c in enumerate(some) if c['cell_type'] == 'code'}
    cells = {where: lines for where, lines in cells.items() if lines}
    p = subprocess.run([BIN/'python', '-c', ask], input=json.dumps(list(cells.values())), text=True, capture_output=True)
    need(p.returncode == 0, p.stderr)
    none([list(cells.items())[int(i)] for i in p.stdout.split()], 'options that are no YAML')
    shown = {f'{nb}, cell {i}': source(c) for nb, some in notebooks().items() if nb.startswith('library/') for i, c in enumerate(some)
             if c['cell_type'] == 'code' and re.match(r'#\|\s*exports\b', source(c))}
    fold = re.compile(r'^#\| code-fold: true\n#\| code-summary: "(Source of .+|Imports)"\n', re.M)
    none([where for where, s in shown.items() if not fold.search(s)], 'sources that stand open; their second and third line are: #| code-fold: true, #| code-summary: "Source of some_name"')
    bad = []
    for where, s in shown.items():
        _, words, code = fold.split(s, 1)
        gone = set(re.findall(r'\w+', words)) - {'Source', 'of', 'and', 'more', 'Imports'} - set(re.findall(r'\w+', code))
        bad += [f'{where}: {name}' for name in sorted(gone)]
    none(bad, 'names in the line above a source that it does not have')
    need(len(shown) > 150, f'only {len(shown)} sources are shown')

def anchor(heading):
    "What Quarto makes of a heading for the address of its part of the page."
    words = re.sub(r'[^\w\s.-]', '', re.sub(r'\]\([^)]*\)', '', heading.lower())).split()
    return re.sub(r'^[^a-z]+', '', '-'.join(words))

def at_home(url, made):
    "The file that an address of the site or of the repository shows; None for one that is neither, '' for what is made with the site."
    project = pyproject()['project']['urls']
    for place in ('blob', 'raw'):
        if url.startswith(start := f"{project['Repository']}/{place}/main/"): return url.removeprefix(start)
    if not f'{url}/'.startswith(start := project['Documentation'] + '/'): return None
    page = f'{url}/'.removeprefix(start).rstrip('/') or 'index.html'
    return '' if page in made else next((f'nbs/{p}' for p in [*notebooks(), *pages()] if address(p) == page), f'nbs/{page}')

def address(page):
    "Where the site has a page: nbdev takes the number of a chapter out of the name of its file."
    folder, name = posixpath.split(posixpath.splitext(page)[0])
    return posixpath.join(folder, re.sub(r'^\d+[a-zA-Z0-9]*_', '', name.lower()) if page.endswith('.ipynb') else name) + '.html'

@check
def links():
    """Every link and picture in the notebooks, the pages and the texts, relative or to the site or the repository on GitHub, leads to a file that is in the project,
    and to a heading that is in the file."""
    texts = {f: text(f) for f in ('README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', '_quarto.yml', 'weights/README.md')}
    texts |= {f'nbs/{nb}': '\n\n'.join(source(c) for c in cells if c['cell_type'] == 'markdown') for nb, cells in notebooks().items()}
    texts |= {f'nbs/{page}': md for page, md in pages().items()}
    texts = {f: re.sub(r'^```.*?^```$', '', md, flags=re.M | re.S) for f, md in texts.items()}
    anchors = {f: {anchor(h) for h in re.findall(r'^#+ (.+)$', md, re.M)} for f, md in texts.items()}
    have, bad, absolute = set(tracked()), [], 0
    made = set(re.findall(r'_docs/([\w.]+)', text('.github/workflows/docs.yml'))) | {'llms.txt'}       # with the site
    for f, md in texts.items():
        md = re.sub(r'`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]*\$', '', md, flags=re.S)
        for t in re.findall(r'\]\(([^)\s]+)|\b(?:src|href)="([^"]+)"|^\s*href: (https:\S+)', md, re.M):
            t = ''.join(t)
            to, _, part = t.partition('#')
            if re.match(r'[a-z]+:', t):
                if not (path := at_home(to, made)): continue
                absolute += 1
            else: path = posixpath.normpath(posixpath.join(posixpath.dirname(f), to)) if to else f
            if path not in have or part and part not in anchors.get(path, ()): bad.append(f'{f}: {t}')
    none(bad, 'links to nothing')
    need(absolute > 15, f'only {absolute} links to the site or the repository are seen')

@check
def sidebar():
    "The site's sidebar lists all notebooks and pages, the chapters in their order, and nbs/_quarto.yml is the file at the root."
    listed = re.findall(r'^\s*(?:- |href: )([\w/]+\.(?:ipynb|qmd))$', text('_quarto.yml'), re.M)
    want = ['index.ipynb', *(nb for nb in notebooks() if nb != 'index.ipynb')]
    others = [p for p in pages() if p != '404.qmd']                        # shown where no page is, so nothing leads to it
    need(sorted(listed) == sorted([*want, *others]), f'_quarto.yml lists {listed},\nthe pages are {[*want, *others]}')
    chapters = [nb for nb in want if nb.startswith('course/')]
    need([nb for nb in listed if nb.startswith('course/')] == chapters, f'the order of the chapters in _quarto.yml must be {chapters}')
    titles = {nb: source(notebooks()[nb][0]).splitlines()[0] for nb in chapters}
    none([f'{nb}: {title}' for nb, title in titles.items() if not title.startswith(f'# {nb[7:9]} ')], 'a chapter opens with another number than its file has')
    need(not re.search(r'href: course/', text('_quarto.yml')), '_quarto.yml gives a chapter a name of its own: the sidebar shows its title')
    need(listed[0] == 'index.ipynb', f'_quarto.yml must begin with index.ipynb, not {listed[0]}')
    need((ROOT/'nbs/_quarto.yml').resolve() == ROOT/'_quarto.yml', 'nbs/_quarto.yml must be a link to ../_quarto.yml')

def contrast(a, b):
    "How far apart two colours like #1f77b4 are, from 1 to 21, as WCAG 2 defines it."
    def light(colour):
        parts = [int(colour[i:i+2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b
    low, high = sorted([light(a), light(b)])
    return (high + 0.05) / (low + 0.05)

@check
def theme():
    "By day and by night text can be read, contrast 4.5 or more; blue and orange can be told from the page, and are those of the page that trains; the page `play` has one orange for both."
    known, shared = contrast('#000000', '#ffffff'), contrast('#777777', '#ffffff')
    need(round(known, 6) == 21 and round(shared, 2) == 4.48, f'contrast: {known}, {shared}')
    text_on = {'page': 'text soft link link-over', 'card': 'text soft link link-over code', 'main': 'on-main'}
    bad, plane = [], text('nbs/live/plane.js')
    files = {name: text(f'nbs/{name}.scss') for name in ('light', 'dark', 'theme')}
    sets = {mode: dict(re.findall(r'^\$([\w-]+): (#[0-9a-f]{6});', files[mode], re.M)) for mode in ('light', 'dark')}
    need(set(sets['light']) == set(sets['dark']), f"only in light.scss or dark.scss: {sorted(set(sets['light']) ^ set(sets['dark']))}")
    none(re.findall(r'#[0-9a-f]{3,8}\b', files['theme']), 'colours in theme.scss, which belong into light.scss and dark.scss')
    none([f'{name}.scss: {n}' for name in files for n in set(re.findall(r'scss:(\w+)', files[name])) - {'defaults', 'rules'}], 'sections that Quarto does not know')
    for (mode, c), block in zip(sets.items(), re.findall(r'--bp-real: .*?--bp-fake: [^;]*;', plane, re.S), strict=True):
        pairs = [(fg, bg, 4.5) for bg, fgs in text_on.items() for fg in fgs.split()]
        pairs += [(fg, bg, 3) for fg in ('real', 'generated') for bg in ('page', 'card')]
        bad += [f'{mode}.scss: {fg} on {bg}: {got:.2f}, least {least}' for fg, bg, least in pairs if (got := contrast(c[fg], c[bg])) < least]
        there = dict(zip(('real', 'generated'), re.findall(r'#\w{6}', block), strict=True))
        bad += [f'{mode}.scss: {k} is {c[k]}, in live/plane.js {v}' for k, v in there.items() if c[k] != v]
    play = dict(re.findall(r'^  --play-([\w-]+): (#[0-9a-f]{6});', text('nbs/play/play.css'), re.M))      # its greys are mixed from the colour of the text
    pairs = [(play['accent'], c[bg], 3) for c in sets.values() for bg in ('page', 'card')] + [(play['on-accent'], play['accent'], 4.5)]
    bad += [f'play.css: {fg} on {bg}: {got:.2f}, least {least}' for fg, bg, least in pairs if (got := contrast(fg, bg)) < least]
    if play['accent'] != sets['light']['generated']: bad.append(f"play.css: the accent is {play['accent']}, in light.scss {sets['light']['generated']}")
    none(bad, 'colours')
    print('least contrast of text:', ', '.join(f"{mode} {min(contrast(c[fg], c[bg]) for bg, fgs in text_on.items() for fg in fgs.split()):.1f}" for mode, c in sets.items()))
    used = re.findall(r'[\w-]+\.s?css', text('_quarto.yml'))
    none([f for f in {*used, 'theme.scss', 'light.scss', 'dark.scss'} if not (ROOT/'nbs'/f).is_file() or f not in used], 'style sheets that are missing, or that no theme names')

@check
def outputs():
    "What the notebooks store can be published: no error, no warning, no progress bar, no path of somebody's machine, not too large."
    bad = []
    for nb, cells in notebooks().items():
        size = (ROOT/'nbs'/nb).stat().st_size
        if size > 1.5e6: bad.append(f'{nb}: {size/1e6:.1f} MB')
        for c in cells:
            for o in c.get('outputs', []):
                data = [v for k, v in o.get('data', {}).items() if k.startswith('text/')] + [o.get('text', '')]
                out = '\n'.join(''.join(d) for d in data)
                hit = 'an error' if o['output_type'] == 'error' else re.search(r'\w*Warning\b|(?:/home|/root|/Users|/tmp|/opt|/usr)[/\\]\S*|\b[A-Za-z]:\\+\w\S*|site-packages', out)
                if not hit and re.search(r'\d%\|', out): hit = 'a progress bar'
                if hit: bad.append(f"{nb}, cell {c['id']}: {hit if isinstance(hit, str) else hit[0]}")
    none(bad, 'stored outputs that must not be published')

@check
def facts():
    "What tools make us say twice is said alike."
    project, cfg, test_yml = pyproject()['project'], settings(), text('.github/workflows/test.yml')
    pythons = re.findall(r'Python :: (3\.\d+)$', cfg['classifiers'], re.M)
    need(pythons[0] == cfg['min_python'], f"classifiers begin with {pythons[0]}, min_python is {cfg['min_python']}")
    tested = re.findall(r"python: '([\d.]+)'", test_yml)
    need(tested == [pythons[0], pythons[-1]], f'test.yml runs Python {tested}, settings.ini has {pythons}')
    for pkg in ('torch', 'torchvision'):
        low = re.search(rf'\b{pkg}>=(\S+)', cfg['requirements'])[1]
        need(f'{pkg}=={low}.*' in test_yml, f'test.yml must test the oldest {pkg}, {low}')
    need(re.search(r'^## \[(\S+)\]', text('CHANGELOG.md'), re.M)[1] == version(), f'CHANGELOG.md must begin with version {version()}')
    repo, docs, bad = project['urls']['Repository'], project['urls']['Documentation'], []
    for f in tracked():
        if not f.endswith(('.md', '.yml', '.toml', '.ini', '.py', '.ipynb')): continue
        for u in re.findall(r'https://(?:github\.com/[\w.-]+/began[\w-]*|[\w-]*began[\w-]*\.github\.io/[\w-]+)', text(f)):
            if u.removesuffix('.git') not in (repo, docs): bad.append(f'{f}: {u}')
    none(bad, f'addresses that are neither {repo} nor {docs}')

def front(page):
    "The front matter of a page that nbdev has prepared: that of a notebook is the raw cell at its top."
    text = page.read_text(encoding='utf-8')
    return source(json.loads(text)['cells'][0]) if page.suffix == '.ipynb' else text.split('---')[1]

@check
def site():
    "nbdev can prepare every page of the site. (A stand-in for Quarto keeps nbdev from installing it; docs.yml builds the real site.)"
    with copied() as tmp:
        fake = tmp/'.ci/bin/quarto'
        fake.parent.mkdir()
        fake.write_text('#!/bin/sh\nexit 0\n')
        fake.chmod(0o755)
        run(BIN/'nbdev-proc-nbs', '--n-workers', 2, cwd=tmp, PATH=f"{fake.parent}:{BIN}:{os.environ['PATH']}")
        none([nb for nb in [*notebooks(), *pages()] if not (tmp/'_proc'/nb).is_file()], 'pages that are missing')
        cells = {f'{nb}, cell {i}': source(c) for nb in notebooks() for i, c in enumerate(json.loads((tmp/'_proc'/nb).read_text())['cells']) if c['cell_type'] == 'code'}
        given = {where: re.findall(r'#\| *([\w-]+):', re.match(r'(#\|.*\n?)*', s)[0]) for where, s in cells.items()}
        none([where for where, keys in given.items() if len(keys) > len(set(keys))], 'cells with an option twice, which stops Quarto')
        shown = {where: keys for where, keys in given.items() if where.startswith('library/') and 'exports' in keys}
        none([where for where, keys in shown.items() if 'code-fold' not in keys], 'sources in the library that stand open')
        need(len(shown) > 150, f'only {len(shown)} sources are shown in the library')
        named = set(re.findall(r'images/[\w/.-]+|[\w-]+\.s?css', text('_quarto.yml')))
        none([f for f in named if not (tmp/'_proc'/f).is_file()], 'files of the looks that are missing')
        resources = re.search(r'^  resources:\n((?:    - .*\n)+)', text('_quarto.yml'), re.M)[1]
        patterns = [f.strip('"') for f in re.findall(r'- (\S+)', resources)]
        made_later = {'play/files/*'}                                      # by .ci/play.py, before the site is built
        none([f for f in patterns if f not in made_later and not list((tmp/'_proc').glob(f))], 'resources that are missing')
        need((tmp/'_proc/_quarto.yml').read_text() == text('_quarto.yml'), 'the site does not get _quarto.yml')
        made = (tmp/'_proc/nbdev.yml').read_text()
        need(pyproject()['project']['urls']['Repository'] in made, 'nbdev.yml does not name the repository')
        none([key for key in ('repo-url:', 'repo-branch:', 'site-url:') if key not in made], 'nbdev.yml does not say')
        run(BIN/'python', '.ci/llms.py', tmp/'_proc', cwd=tmp)
        site = re.escape(pyproject()['project']['urls']['Documentation'])
        listed = re.findall(rf'^- \[.+?\]\({site}/([\w/]+)\.html\): \S', (tmp/'_proc/llms.txt').read_text(), re.M)
        need(len(listed) == len(notebooks()) + len(pages()) - 1, f'llms.txt lists {listed}')
        called = {nb: re.search(r'output-file: ([\w-]+)\.html', (tmp/'_proc'/nb).read_text())[1] for nb in notebooks()}
        shown = {page: m[1] for page in [*notebooks(), *pages()] if (m := re.search(r'^image: (\S+)$', front(tmp/'_proc'/page), re.M))}
        shown['_quarto.yml'] = re.search(r'^  image: (\S+)', text('_quarto.yml'), re.M)[1]      # of pages that name none
        pictured = [nb for nb in notebooks() if '/' in nb and '"image/png": "' in text(f'nbs/{nb}')]
        none([nb for nb in pictured if f'/images/cards/{Path(nb).stem}-' not in shown.get(nb, '')], 'pages with pictures that name none of their own')
        need(len(pictured) > 40, f'only {pictured} have pictures')
        none([f'{page}: {path}' for page, path in shown.items() if not (path.startswith('/') and (tmp/'_proc'/path[1:]).is_file())],
             'pictures of pages that are not there; without / a path begins in the folder of each page that uses it')
        none([nb for nb, name in called.items() if posixpath.basename(address(nb)) != f'{name}.html'], 'pages that the check `links` looks for at another address')
        addresses = {posixpath.join(posixpath.dirname(nb), name) for nb, name in called.items()}
        none(sorted(addresses - set(listed)), 'pages that llms.txt has under another address')

@check
def weights():
    "Each file of weights has a card in the package that is right about it and says what it has learned from; what has learned from photos lies outside the package, and its terms are said."
    have, bad = set(tracked()), []
    cards = {f: json.loads(text(f)) for f in have if re.fullmatch(r'began_nb/weights/[^/]+\.json', f)}
    for f, card in sorted(cards.items()):
        bad += [f'{f}: does not say {key}' for key in ('name', 'about', 'data', 'data_terms', 'terms', 'hardware', 'seconds', 'command', 'file', 'bytes', 'sha256') if not card.get(key)]
        if card.get('file') not in have: bad.append(f"{f}: {card.get('file')} is not there"); continue
        data = (ROOT/card['file']).read_bytes()
        if card['name'] != Path(f).stem or Path(card['file']).stem != card['name']: bad.append(f"{f}: is of {card['name']}, {card['file']}")
        if (len(data), hashlib.sha256(data).hexdigest()) != (card['bytes'], card['sha256']): bad.append(f"{f}: {card['file']} has another length or another sha256")
        if not (free := card['terms'].startswith(settings()['license'])) and 'on-commercial' not in card['terms']: bad.append(f"{f}: unknown terms, {card['terms']}")
        if card['file'].startswith('began_nb/') != free: bad.append(f"{f}: {card['file']} is in the wrong folder for its terms, {card['terms']}")
        bad += [f'{f}: its command names {p}, which is not there' for p in re.findall(r'\S+\.(?:py|ipynb)\b', card['command']) if p not in have]
    none(bad, 'cards that are wrong')
    none(sorted({f for f in have if f.endswith('.safetensors')} ^ {card['file'] for card in cards.values()}), 'files of weights without a card')
    need(cards, 'there is no card')
    for f in ('README.md', 'weights/README.md', 'weights/LICENSE'):
        none([words for words in ('CelebA', 'on-commercial research') if words.lower() not in text(f).lower()], f'{f} does not say')

@check
def wheel():
    "The wheel, built from the source archive, holds the package and its data, and its metadata are those of the settings."
    out = ROOT/'dist'
    shutil.rmtree(out, ignore_errors=True)
    with copied() as tmp: log = run(BIN/'python', '-m', 'build', '--outdir', out, cwd=tmp)
    none([l for l in log.splitlines() if 'Warning' in l], 'the build warns')
    whl = next(out.glob('*.whl'))
    need(whl.stat().st_size <= 13e6, f'the wheel has {whl.stat().st_size/1e6:.1f} MB, allowed are 13')
    with zipfile.ZipFile(whl) as z:
        files = {n for n in z.namelist() if n.startswith('began_nb/')}
        info = f'began_nb-{version()}.dist-info/'
        meta = email.message_from_bytes(z.read(info + 'METADATA'))
        points = configparser.ConfigParser(delimiters=['='])
        points.read_string(z.read(info + 'entry_points.txt').decode())
        need(z.read(info + 'licenses/LICENSE') == (ROOT/'LICENSE').read_bytes(), 'the wheel has another LICENSE')
    none(sorted(files ^ {f for f in tracked() if f.startswith('began_nb/')}), 'files that are only in the wheel or only in the project')
    project, cfg = pyproject()['project'], settings()
    want = dict(Name=project['name'], Version=version(), Summary=project['description'], Author=cfg['author'], Keywords=','.join(cfg['keywords'].split()))
    want |= {'License-Expression': cfg['license'], 'Requires-Python': f">={cfg['min_python']}"}
    none([f'{k}: {meta[k]!r} instead of {v!r}' for k, v in want.items() if meta[k] != v], 'metadata')
    need(meta.get_payload(decode=True).decode().strip() == text('README.md').strip(), 'the long description is not README.md')
    requires = set(cfg['requirements'].split())
    for k in cfg:
        if k.endswith('_requirements'): requires |= {f'{r}; extra == "{k.removesuffix("_requirements")}"' for r in cfg[k].split()}
    none(sorted(requires ^ set(meta.get_all('Requires-Dist'))), 'requirements that are only in settings.ini or only in the wheel')
    none(sorted(set(cfg['classifiers'].strip().splitlines()) ^ set(meta.get_all('Classifier'))), 'classifiers')
    scripts = {f'{k.strip()}={v.strip()}' for k, v in points['console_scripts'].items()}
    none(sorted(scripts ^ set(cfg['console_scripts'].split())), 'commands')
    need('began_nb' in points['nbdev'], 'no entry point for nbdev')

@check
def wheel_runs():
    "Unpacked beside the installed dependencies the wheel imports, all of it, and its commands train, sample and explain themselves."
    wheels = list((ROOT/'dist').glob('*.whl'))
    need(wheels, 'no wheel: run the check `wheel` first')
    with tempfile.TemporaryDirectory() as tmp:
        lib = Path(tmp)/'lib'
        run(BIN/'python', '-m', 'pip', 'install', '--quiet', '--no-deps', '--target', lib, wheels[0])
        code = 'import began_nb, importlib, pkgutil; [importlib.import_module("began_nb." + m.name) for m in pkgutil.iter_modules(began_nb.__path__)]; print(began_nb.__file__)'
        where = run(BIN/'python', '-W', 'error::SyntaxWarning', '-c', code, cwd=tmp, PYTHONPATH=str(lib))
        need(str(lib) in where, f'began_nb was imported from {where}')
        go = lambda cmd, *args: run(lib/'bin'/cmd, *args, cwd=tmp, PYTHONPATH=str(lib))
        for line in settings()['console_scripts'].split(): need('usage' in go(line.split('=')[0], '--help').lower(), f'{line} has no help')
        go('began-train', '--steps', 2, '--out', 'run')
        go('began-sample', 'run/model.safetensors', '--n', 4, '--out', 'grid.png')
        go('began-sample', 'toyfaces32', '--n', 4, '--out', 'named.png')
        for png in ('grid.png', 'named.png'): need((Path(tmp)/png).read_bytes().startswith(b'\x89PNG'), 'began-sample made no PNG')
        need('toyfaces32 ' in go('began-models'), 'began-models does not list toyfaces32')
        run(lib/'bin/began-sample', 'faces64', '--n', 4, '--out', Path(tmp)/'real.png', cwd=ROOT/'nbs/course', PYTHONPATH=str(lib))    # in a clone, from an installed package
        need((Path(tmp)/'real.png').read_bytes().startswith(b'\x89PNG'), 'began-sample faces64 drew nothing in a clone')

@check
def browser():
    "In a real browser the demos answer to each of their controls, in JupyterLab and in Notebook 7, and so do their twins, the page that trains and the page `play` with the network off."
    p = subprocess.run([BIN/'python', '.ci/browser.py'], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if p.returncode == 77: raise Skipped(f"{p.stdout.strip()} (pip install jupyterlab notebook playwright; a Chromium: playwright install chromium, or the system's; npm)")
    need(p.returncode == 0, p.stdout[-3000:])
    print(p.stdout, end='')

def main(wanted):
    unknown = [w for w in wanted if w not in CHECKS]
    if unknown: sys.exit(f"unknown: {', '.join(unknown)}; the checks are {', '.join(CHECKS)}")
    failed, skipped, chosen = [], [], wanted or list(CHECKS)
    for name in chosen:
        print(f'\n== {name}: {CHECKS[name].__doc__}', flush=True)
        start, error = time.time(), None
        try: CHECKS[name]()
        except Skipped as e:
            skipped.append(name)
            print(f'SKIP {name}: {e}', flush=True)
            continue
        except Failed as e: error = str(e)
        except Exception as e: error = f'{type(e).__name__}: {e}'
        if error: failed.append(name); print(error)
        print(f"{'FAIL' if error else 'PASS'} {name} ({time.time()-start:.1f} s)", flush=True)
    if failed: print(f"\nfailed: {', '.join(failed)}")
    print(f'{len(chosen)-len(failed)-len(skipped)} passed, {len(failed)} failed' + f', {len(skipped)} skipped' * bool(skipped))
    return bool(failed)

if __name__ == '__main__': sys.exit(main(sys.argv[1:]))
