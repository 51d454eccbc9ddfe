"""The demos in a real browser: JupyterLab and Notebook 7 are started, the page of the demos is run in them, each control is moved; the static twins, the page that trains and the page `play` are opened with the network off.

usage: python .ci/browser.py [--shots FOLDER] [static] [plane] [play] [phone] [lab] [notebook]     (nothing named: all of them)
       python .ci/browser.py --site FOLDER     (the pages of a finished site, on a phone's screen)

Needs the package playwright and a Chromium, its own (`playwright install chromium`) or the system's (chromium or chrome on the PATH), for lab and notebook also jupyterlab and notebook, for play npm and its registry, unless its files are made already. What these allow is run; where one is missing it ends with the code 77 and one line.
"""
import argparse, functools, io, json, os, re, shutil, socket, subprocess, sys, tempfile, time
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PIXELS = '''img => { const c = document.createElement('canvas'); [c.width, c.height] = [img.naturalWidth, img.naturalHeight];
                     c.getContext('2d').drawImage(img, 0, 0); return c.toDataURL(); }'''
DEMOS = 'GammaExplorer', 'LatentWalk', 'LiveTraining', 'FaceEditor'

@functools.cache
def chromium():
    "Where a Chromium is: the one of playwright, which fits its version, or the system's; None, if there is none."
    names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
    if find_spec('playwright'):
        from playwright.sync_api import sync_playwright
        with sync_playwright() as playwright: names.insert(0, playwright.chromium.executable_path)
    return next(filter(None, map(shutil.which, names)), None)

def wait(ready, what, seconds=20):
    "Until `ready()` is true, or an error that says what did not come."
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end: raise AssertionError(f'{what}: not within {seconds} s')
        time.sleep(0.05)

def crowded():
    "What to say of a speed where other programs want the cores, too."
    return ', beside other programs that want more cores than there are' * (os.getloadavg()[0] > os.cpu_count())

# --- a server, a page ------------------------------------------------------------------------------------------------

def chapter():
    "The chapter as it is run here: without the slow cells, and with one at the end that says that all have run."
    nb = json.loads((ROOT/'nbs/library/demos.ipynb').read_text(encoding='utf-8'))
    nb['cells'] = [c for c in nb['cells'] if not ''.join(c['source']).startswith('#| slow')]
    for c in nb['cells']:
        if c['cell_type'] == 'code': c['outputs'] = []
    nb['cells'].append(dict(cell_type='code', id='all-done', metadata={}, source="print('all', 'cells', 'have', 'run')", outputs=[], execution_count=None))
    return json.dumps(nb)

@contextmanager
def server(app):
    "JupyterLab or Notebook 7 on a port of this machine, with the chapter in its folder."
    with tempfile.TemporaryDirectory() as tmp, socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        port, work, own = s.getsockname()[1], Path(tmp)/'work', Path(tmp)/'settings'
        s.close()
        files = [(work, 'demos.ipynb', chapter()), (own/'@jupyterlab/notebook-extension', 'tracker.jupyterlab-settings', '{"windowingMode": "none"}')]
        if app == 'lab': files.append((own/'@jupyterlab/apputils-extension', 'notification.jupyterlab-settings', '{"fetchNews": "false", "checkForUpdates": false}'))
        for folder, name, text in files:
            folder.mkdir(parents=True, exist_ok=True)
            (folder/name).write_text(text, encoding='utf-8')
        cls = dict(lab='LabApp', notebook='JupyterNotebookApp')[app]
        env = os.environ | dict(PYTHONPATH=str(ROOT), JUPYTERLAB_SETTINGS_DIR=str(own), JUPYTER_CONFIG_DIR=str(own/'config'), IPYTHONDIR=str(own/'ipython'), JUPYTER_RUNTIME_DIR=str(own/'runtime'))
        with open(own/'log.txt', 'w') as log:
            p = subprocess.Popen([sys.executable, '-m', dict(lab='jupyterlab', notebook='notebook')[app], '--no-browser', '--allow-root', f'--port={port}', '--IdentityProvider.token=', '--ServerApp.ip=127.0.0.1',
                                  f'--{cls}.expose_app_in_browser=True', '--LabApp.extension_manager=readonly', f'--ServerApp.root_dir={work}'], cwd=work, env=env, stdout=log, stderr=log)
        try:
            def up():
                if p.poll() is not None: raise AssertionError((own/'log.txt').read_text()[-2000:])
                try: socket.create_connection(('127.0.0.1', port), 1).close()
                except OSError: return False
                return True
            wait(up, f'{app} answers')
            yield f'http://127.0.0.1:{port}/' + dict(lab='lab/tree', notebook='notebooks')[app] + '/demos.ipynb', work
        finally:
            p.terminate()
            try: p.wait(20)
            except subprocess.TimeoutExpired: p.kill()

@contextmanager
def browser_page(playwright, **kwargs):
    "A page, and the list of errors on its console."
    browser = playwright.chromium.launch(executable_path=chromium(), args='--no-sandbox --disable-gpu --disable-background-networking'.split())
    page, errors = browser.new_page(**(dict(viewport=dict(width=1100, height=900)) | kwargs)), []
    def note(message):
        url = message.location.get('url', '')
        elsewhere = message.text.startswith('Failed to load resource') and not url.startswith(('http://127.0.0.1', 'file:'))       # the badge of Colab: there may be no network
        if message.type == 'error' and not elsewhere: errors.append(f'{message.text} ({url})')
    page.on('console', note)
    page.on('pageerror', lambda e: errors.append(str(e)))
    try: yield page, errors
    finally: browser.close()

# --- the widgets -----------------------------------------------------------------------------------------------------

class Demo:
    "One widget in the notebook, seen from outside."
    def __init__(self, page, name):
        self.page, self.name = page, name
        cell = page.locator('.jp-CodeCell').filter(has=page.locator('.cm-content', has_text=re.compile(rf'^#\| eval: false{name}\(\)$')))
        self.box = cell.locator('.jp-OutputArea-output:has(img.began-pixels)')
        self.image = self.box.locator('img.began-pixels').first
        self.image.wait_for(timeout=60_000)

    def pixels(self): return self.image.evaluate(PIXELS)
    def text(self): return ' '.join(self.box.locator('.widget-html').all_inner_texts())
    def row(self, label): return self.box.locator('.widget-inline-hbox, .widget-hslider').filter(has=self.page.locator('.widget-label', has_text=re.compile(rf'^{label}$'))).first
    def button(self, title): return self.box.locator('button').filter(has_text=re.compile(rf'^\s*{title}')).first

    def changes(self, act, what):
        "Do something; the picture must become another one."
        before = self.pixels()
        act()
        wait(lambda: self.pixels() != before, f'{self.name}: another picture after {what}')

    def move(self, label, by, picture=True):
        "Move a slider with the mouse, by a part of its length; its number changes, and the picture where it should. (Notebook 7 keeps the arrow keys for itself.)"
        row = self.row(label)
        row.scroll_into_view_if_needed()
        readout = row.locator('.widget-readout')
        shown = readout.inner_text()
        def act():
            track, handle = (row.locator(part).bounding_box() for part in ('.noUi-target', '.noUi-handle'))
            x, y = handle['x'] + handle['width'] / 2, handle['y'] + handle['height'] / 2
            self.page.mouse.move(x, y)
            self.page.mouse.down()
            self.page.mouse.move(x + by * track['width'], y, steps=5)
            self.page.mouse.up()
        self.changes(act, label) if picture else act()
        wait(lambda: readout.inner_text() != shown, f'{self.name}: another number beside {label}')

    def drag(self, label, seconds=3):
        "Drag a slider to and fro with the mouse; how many pictures came in a second."
        row = self.row(label)
        row.scroll_into_view_if_needed()
        self.image.evaluate("img => { window.seen = 0; new MutationObserver(() => window.seen++).observe(img, {attributes: true, attributeFilter: ['src']}); }")
        track, handle = row.locator('.noUi-target').bounding_box(), row.locator('.noUi-handle').bounding_box()
        self.page.mouse.move(handle['x'] + handle['width'] / 2, handle['y'] + handle['height'] / 2)
        self.page.mouse.down()
        start, i = time.monotonic(), 0
        while time.monotonic() - start < seconds:
            i += 1
            self.page.mouse.move(track['x'] + track['width'] * abs((i / 100) % 2 - 1), track['y'] + 3)
        n, took = self.page.evaluate('window.seen'), time.monotonic() - start
        self.page.mouse.up()
        return n / took

def gamma_explorer(demo, work):
    demo.move('gamma', -1 / 3)
    assert 'gamma0.7' in demo.text(), demo.text()
    demo.move('codes', 0.3)
    print(f'{demo.name}: {demo.drag("codes"):.0f} pictures a second while its slider is dragged')

def latent_walk(demo, work):
    play, pause = demo.box.locator('.jupyter-widgets.widget-play button, .widget-play button').nth(0), demo.box.locator('.widget-play button').nth(1)
    demo.changes(play.click, 'play')
    demo.changes(lambda: None, 'play, again')
    play.click()                                                         # in ipywidgets 8 the same button pauses
    demo.move('frame', 0.3 if int(demo.row('frame').locator('.widget-readout').inner_text()) < 30 else -0.3)
    demo.move('fps', -0.2, picture=False)
    demo.move('walk', 0.1)
    for kind in ('gif', 'webp'):
        demo.button(kind).click()
        demo.button('save').click()
        wait(lambda: kind in demo.text() and 'saved as' in demo.text(), f'{kind} saved')
        assert list(work.glob(f'walk-*.{kind}')), list(work.iterdir())
    print(f'{demo.name}: {demo.drag("frame"):.0f} pictures a second while its slider is dragged')

def live_training(demo, work):
    at = lambda: int(re.search(r'step (\d+)', demo.text())[1])
    demo.changes(demo.button('one step').click, 'one step')
    assert at() == 1, demo.text()
    demo.changes(demo.button('train').click, 'train')
    for label in ('gamma', 'lambda_k', 'learning rate'): demo.move(label, -0.1, picture=False)
    now = at()
    wait(lambda: at() > now + 10, 'training goes on')
    demo.button('train').click()
    time.sleep(2)
    stood, picture = at(), demo.pixels()
    time.sleep(2)
    assert (at(), demo.pixels()) == (stood, picture), 'the training did not pause'
    print(f'{demo.name}: paused at step {stood}')

def face_editor(demo, work):
    from PIL import Image, ImageDraw
    for label in ('face', 'other face', 'mix'): demo.move(label, 0.3)
    names = [n for n in demo.box.locator('.widget-hslider .widget-label').all_inner_texts() if n not in ('face', 'other face', 'mix')]
    assert len(names) == 10, names
    for name in names: demo.move(name, 0.3)
    demo.changes(demo.button('undo changes').click, 'undo')
    print(f'{demo.name}: {demo.drag("mix"):.0f} pictures a second while its slider is dragged')
    picture, buffer, before = Image.new('RGB', (300, 200), '#dfeaf4'), io.BytesIO(), demo.pixels()
    draw = ImageDraw.Draw(picture)
    draw.ellipse((90, 30, 210, 190), '#c48a60')
    draw.pieslice((80, 10, 220, 150), 180, 360, '#4b3126')
    picture.save(buffer, 'png')
    def choose(name, data):
        with demo.page.expect_file_chooser() as chooser: demo.button('your picture').click()
        chooser.value.set_files(dict(name=name, mimeType='image/png', buffer=data))
    choose('notes.png', b'no picture')
    wait(lambda: 'not a picture that can be read' in demo.text(), 'a word on what is not a picture')
    assert demo.pixels() == before
    choose('mine.png', buffer.getvalue())
    wait(lambda: demo.box.locator('.widget-output .jp-OutputArea-output').count() > 0, 'a progress bar')
    wait(lambda: 'mine.png: the nearest face' in demo.text(), 'the uploaded picture is embedded')
    assert demo.pixels() != before
    wait(lambda: demo.box.locator('.widget-output .jp-OutputArea-output').count() == 0, 'the progress bar goes')
    demo.move(names[-1], 0.3)

def live(playwright, app, shots):
    "The chapter in JupyterLab or Notebook 7: run, and each control of each widget moved."
    with server(app) as (url, work), browser_page(playwright) as (page, errors):
        page.goto(url)
        page.wait_for_selector('.jp-Notebook .jp-CodeCell', timeout=60_000)
        wait(lambda: page.evaluate("!!window.jupyterapp && window.jupyterapp.commands.hasCommand('notebook:run-all-cells')"), 'the application is ready')
        wait(lambda: page.evaluate("""() => { const p = [...window.jupyterapp.shell.widgets('main')].find(w => w.sessionContext && w.content); 
                                              return !!p && !!p.sessionContext.session && p.sessionContext.session.kernel && p.sessionContext.session.kernel.status === 'idle'; }"""), 'the kernel is idle', 120)
        errors.clear()                                                   # Notebook 7.6 begins each notebook, an empty one too, with an error of its own
        start = time.monotonic()
        page.evaluate("void window.jupyterapp.commands.execute('notebook:run-all-cells')")
        failed = page.locator('[data-mime-type="application/vnd.jupyter.error"], .jp-RenderedText[data-mime-type="application/vnd.jupyter.stderr"]:has-text("Traceback")')
        wait(lambda: failed.count() or page.get_by_text('all cells have run', exact=True).count(), 'all cells have run', 400)
        assert not failed.count(), failed.first.inner_text()[-2000:]
        print(f'{app}: the chapter ran in {time.monotonic() - start:.0f} s')
        for name, f in zip(DEMOS, (gamma_explorer, latent_walk, live_training, face_editor)):
            demo = Demo(page, name)
            try: f(demo, work)
            except Exception:
                if shots: page.screenshot(path=shots/f'{app}-failed.png')
                print(*errors, sep='\n')
                raise
            demo.box.scroll_into_view_if_needed()
            if shots: demo.box.screenshot(path=shots/f'{app}-{name}.png')
        if shots: page.screenshot(path=shots/f'{app}-page.png')
    assert not errors, '\n'.join([f'{app}: on the console:', *errors])

# --- the twins -------------------------------------------------------------------------------------------------------

def static(playwright, shots):
    "Each stored twin as a file of its own, with the network off: each slider is dragged, the picture changes."
    cells = json.loads((ROOT/'nbs/library/demos.ipynb').read_text(encoding='utf-8'))['cells']
    pages = [''.join(o['data']['text/html']) for c in cells for o in c.get('outputs', []) if '<script>(() =>' in ''.join(o.get('data', {}).get('text/html', ''))]
    assert len(pages) >= 5, f'{len(pages)} twins are stored'
    with tempfile.TemporaryDirectory() as tmp, browser_page(playwright, offline=True) as (page, errors):
        for n, body in enumerate(pages):
            file = Path(tmp)/f'twin{n}.html'
            file.write_text('<!doctype html><html lang="en"><meta charset="utf-8"><title>twin</title>\n' + body, encoding='utf-8')
            page.goto(file.as_uri())
            image, sliders = page.locator('img').first, page.locator('input[type=range]')
            assert image.evaluate('img => img.naturalWidth') > 0
            for i in range(sliders.count()):
                before, box = image.evaluate(PIXELS), sliders.nth(i).bounding_box()
                value = sliders.nth(i).evaluate('s => +s.value / +s.max')
                page.mouse.move(box['x'] + box['width'] * (0.06 + 0.88 * value), box['y'] + box['height'] / 2)
                page.mouse.down()
                page.mouse.move(box['x'] + box['width'] * (0.1 if value > 0.5 else 0.9), box['y'] + box['height'] / 2, steps=12)
                page.mouse.up()
                wait(lambda: image.evaluate(PIXELS) != before, f'twin {n}: another picture after slider {i}', 5)
            for button in page.locator('button').all():
                before = image.evaluate(PIXELS)
                button.click()
                wait(lambda: image.evaluate(PIXELS) != before, f'twin {n}: another picture after play', 5)
                button.click()
            if shots: page.screenshot(path=shots/f'twin{n}.png')
    assert not errors, '\n'.join(['on the console of the twins:', *errors])
    print(f'{len(pages)} twins answer with the network off')

# --- the page that trains ----------------------------------------------------------------------------------------------

RATE = """seconds => new Promise(done => {
    const tells = document.querySelector('.bp-step'), seen = []
    new MutationObserver((_, self) => {
        seen.push([+tells.textContent.split(' ')[1], performance.now()])
        const [steps, ms] = seen.at(-1).map((now, i) => now - seen[0][i])
        if (ms > 1000 * seconds) { self.disconnect(); done([steps, ms]) }
    }).observe(tells, {childList: true})
})"""

class Plane:
    "nbs/live/plane.qmd, its HTML block alone, from a folder of files."
    def __init__(self, page, url):
        self.page = page
        page.goto(url)
        self.canvas, self.play = page.locator('.bp-map canvas'), page.locator('.bp-play')

    def step(self): return int(self.page.inner_text('.bp-step').split()[1])
    def number(self, curve): return float(self.page.inner_text(f'[data-curve={curve}] output').replace('–', '0'))
    def pixels(self): return self.canvas.evaluate('c => c.toDataURL()')
    def says(self, text): return text in self.page.inner_text('.bp-now')
    def choose(self, data): self.page.locator(f'label:has([value={data}])').click()
    def pause(self):
        self.play.click()
        assert self.play.inner_text() == 'Play'
        self.page.wait_for_timeout(300)

    def runs(self, steps, seconds=120):
        "Press play, wait for so many more steps, pause."
        before, shown = self.step(), self.pixels()
        self.play.click()
        wait(lambda: self.step() >= before + steps, f'{steps} more steps', seconds)
        self.pause()
        assert self.pixels() != shown, 'the map is still the old one'

    def rate(self, seconds=3):
        "Steps a second while it plays and draws: from one time that the page tells its step to another."
        self.play.click()
        steps, ms = self.page.evaluate(RATE, seconds)
        self.pause()
        return 1000 * steps / ms

    def drag(self, *points):
        "The mouse over the map, button down; places as shares of its width and height."
        box = self.canvas.bounding_box()
        for i, (x, y) in enumerate(points):
            self.page.mouse.move(box['x'] + x * box['width'], box['y'] + y * box['height'], steps=8)
            if not i: self.page.mouse.down()
        self.page.mouse.up()

def plays(plane):
    "Play and pause, the three step buttons, and a new start."
    assert plane.step() == 0 and plane.number('k') == 0 and plane.says('Press Play')
    first = plane.pixels()
    plane.runs(40)
    assert plane.number('k') > 0.01 and plane.number('ratio') > 0 and plane.number('M') > 0
    stood, seen = plane.step(), plane.pixels()
    plane.page.wait_for_timeout(500)
    assert (plane.step(), plane.pixels()) == (stood, seen), 'it did not pause'
    k, seen_at = plane.number('k'), stood
    for who in ('d', 'g', 'dg'):
        plane.page.click(f'[data-step={who}]')
        stood += 1
        wait(lambda: plane.step() == stood, f'a step of {who}')
        assert who == 'dg' or plane.number('k') == k, f'k after a step of {who}'
    while plane.number('k') == k:                                        # in balance a step moves no digit that is shown
        assert stood < seen_at + 40, 'k stands still, though both have moved'
        plane.page.click('[data-step=dg]')
        stood += 1
        wait(lambda: plane.step() == stood, 'a step of both')
    assert (rule := plane.page.inner_text('.bp-line3')).startswith('k = ')
    for key in ['End'] + ['Home'] + ['ArrowRight'] * 5:                    # that step was made with another lambda_k
        plane.page.locator('[name=lambdaK]').press(key)
        plane.page.wait_for_timeout(50)
        assert plane.page.inner_text('.bp-line3') == rule
    rates = sorted(plane.rate() for _ in range(3))
    print(f'plane: {rates[1]:.1f} steps a second with drawing, the median of {rates[0]:.1f} to {rates[2]:.1f}{crowded()}')
    assert crowded() or rates[1] >= 30, 'less than thirty steps a second'
    plane.page.click('.bp-anew')
    wait(lambda: plane.step() == 0, 'a new start')
    assert plane.pixels() != first, 'another seed, the same networks'

def is_moved(plane):
    "Sliders and boxes by keyboard; the line to D's copy under the pointer."
    for name, key, value in (('gamma', 'ArrowRight', '0.75'), ('lambdaK', 'ArrowLeft', '0.04'), ('lr', 'ArrowRight', '2e-3')):
        slider = plane.page.locator(f'[name={name}]')
        slider.press(key)
        assert plane.page.locator(f'label:has([name={name}]) output').inner_text() == value
        slider.press('ArrowLeft' if key == 'ArrowRight' else 'ArrowRight')
    for name in ('arrows', 'line'):
        before = plane.pixels()
        plane.page.press(f'[name={name}]', 'Space')
        wait(lambda: plane.pixels() != before, f'another map without or with {name}')
        plane.page.press(f'[name={name}]', 'Space')
    plane.canvas.hover(position=dict(x=60, y=60))
    wait(lambda: 'L(v) = ' in plane.page.inner_text('.bp-hint'), "D's copy under the pointer")
    plane.page.mouse.move(5, 5)
    wait(lambda: not plane.page.inner_text('.bp-hint'), 'no pointer, no line')

def is_drawn_on(plane):
    "Points drawn with the mouse and with keys; without any there is nothing to play. Keys that are the browser's are left to it."
    taken = lambda **key: not plane.canvas.evaluate("(c, key) => c.dispatchEvent(new KeyboardEvent('keydown', {cancelable: true, ...key}))", key)
    assert taken(key='ArrowLeft') and not taken(key='ArrowLeft', altKey=True) and not taken(key=' ')
    plane.choose('drawn')
    assert taken(key='ArrowLeft') and not taken(key=' ', ctrlKey=True)
    plane.canvas.click(button='right')
    plane.play.click()
    plane.page.wait_for_timeout(300)
    assert plane.step() == 0 and plane.says('First draw some real points')
    empty = plane.pixels()
    plane.drag((0.3, 0.7), (0.3, 0.3), (0.7, 0.3))
    wait(lambda: plane.pixels() != empty, 'drawn points')
    plane.runs(5)
    before = plane.pixels()
    for key in ['ArrowDown'] * 6 + [' ']: plane.canvas.press(key)
    plane.page.locator('.bp-play').focus()
    wait(lambda: plane.pixels() != before, 'a point drawn with keys')
    plane.page.click('.bp-clear')
    wait(lambda: plane.step() == 0 and plane.says('First draw'), 'a clean map')

def in_chapters(playwright, head, shots):
    "The front page and chapters show the page that trains, too: their HTML in a folder like the site's, as wide as its column. Without scripts the link in it stands there."
    found = {}
    for nb in [ROOT/'nbs/index.ipynb', *sorted((ROOT/'nbs/course').glob('[!_.]*.ipynb'))]:
        cells = json.loads(nb.read_text(encoding='utf-8'))['cells']
        for text in (''.join(c['source']) for c in cells if c['cell_type'] == 'markdown'):
            if m := re.search(r'^<div id="plane".*?^<script .*?</script>$', text, re.M | re.S):
                at = nb.relative_to(ROOT/'nbs').with_suffix('').as_posix()
                assert at not in found, f'{at}: two elements with one id'
                found[at] = re.sub(r'^\[(.+?)\]\((.+?)\)$', r'<p><a href="\2">\1</a></p>', m[0], flags=re.M)
    with tempfile.TemporaryDirectory() as tmp:
        (Path(tmp)/'course').mkdir()
        for name in ('live', 'images'): shutil.copytree(ROOT/'nbs'/name, Path(tmp)/name)
        for at, block in found.items():
            file = Path(tmp)/f'{at}.html'
            file.write_text(head + f'<main style="max-width: 900px; margin: auto">{block}</main>', encoding='utf-8')
            for name, width in dict(wide=1280, phone=390).items():
                with browser_page(playwright, offline=True, viewport=dict(width=width, height=900)) as (page, errors):
                    it = Plane(page, file.as_uri())
                    it.runs(10)
                    assert page.locator('#plane a').count() == 0 and page.evaluate('document.documentElement.scrollWidth') <= width
                    if shots: page.screenshot(path=shots/f'plane-{Path(at).name}-{name}.png', full_page=True)
                    assert not errors, '\n'.join([f'on the console of {at}:', *errors])
            with browser_page(playwright, offline=True, java_script_enabled=False) as (page, errors):
                page.goto(file.as_uri())
                assert page.locator('#plane a').is_visible() and page.locator('.bp').count() == 0
    assert {'index', 'course/01_began', 'course/04_plane'} <= found.keys(), f'the plane is shown in {[*found]} only'
    return found

def plane(playwright, shots):
    "The page that trains, from a folder, with the network off: every control, light, dark, and on a phone."
    text = (ROOT/'nbs/live/plane.qmd').read_text(encoding='utf-8')
    block = re.search(r'^```\{=html\}\n(.*?)^```$', text, re.M | re.S)[1]
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>plane</title>' \
           '<meta name="viewport" content="width=device-width, initial-scale=1"><style>:root { color-scheme: light dark }' \
           ' body { font-family: sans-serif; max-width: 1000px; margin: auto; padding: 0 12px }</style>\n'
    with tempfile.TemporaryDirectory() as tmp:
        for name in ('live', 'images'): shutil.copytree(ROOT/'nbs'/name, Path(tmp)/name)
        file = Path(tmp)/'live/plane.html'
        file.write_text(head + block, encoding='utf-8')
        with browser_page(playwright, offline=True) as (page, errors):
            it = Plane(page, file.as_uri())
            plays(it)
            is_moved(it)
            for data in ('ring', 'mixture', 'arc'):
                it.choose(data)
                wait(lambda: it.step() == 0, f'a new start with {data}')
                it.runs(5)
            if shots: page.screenshot(path=shots/'plane-light.png', full_page=True)
            is_drawn_on(it)
            style = lambda: page.evaluate("getComputedStyle(document.querySelector('.bp')).color")
            light = style()
            page.evaluate("document.body.classList.add('quarto-dark')")
            dark = style()
            assert dark != light
            page.evaluate("document.body.className = ''")
            page.emulate_media(color_scheme='dark')
            assert style() == dark
            page.evaluate("document.body.className = 'quarto-light'")
            assert style() == light, 'a reader who has chosen light'
            assert not errors, '\n'.join(['on the console of the plane:', *errors])
        for name, kwargs in dict(dark=dict(color_scheme='dark'), phone=dict(viewport=dict(width=390, height=844), has_touch=True, device_scale_factor=2)).items():
            with browser_page(playwright, offline=True, **kwargs) as (page, errors):
                it = Plane(page, file.as_uri())
                it.runs(10)
                wide = page.evaluate('document.documentElement.scrollWidth')
                assert wide <= page.viewport_size['width'], f'{name}: the page is {wide} wide'
                if shots: page.screenshot(path=shots/f'plane-{name}.png', full_page=True)
                if name == 'phone':
                    it.choose('drawn')
                    box = it.canvas.bounding_box()
                    page.touchscreen.tap(box['x'] + 100, box['y'] + 100)
                    wait(lambda: 'L(v) = ' in page.inner_text('.bp-hint'), "D's copy under a finger")
                    it.runs(2)
                assert not errors, '\n'.join([f'on the console of the plane, {name}:', *errors])
        with browser_page(playwright, offline=True, java_script_enabled=False) as (page, errors):
            page.goto(file.as_uri())
            assert page.get_by_text('may run JavaScript').is_visible()
            assert page.locator('#plane img').evaluate('i => i.naturalWidth > 0')
            if shots: page.screenshot(path=shots/'plane-no-script.png')
    chapters = in_chapters(playwright, head, shots)
    print(f'the plane answers to each of its controls with the network off, and shows in {", ".join(chapters)}')

# --- the page `play` ---------------------------------------------------------------------------------------------------

SHELL = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><title>play</title>
<style>html {{ color-scheme: {scheme} }} body {{ font: 17px sans-serif; color: CanvasText; background: Canvas; margin: 1rem }}</style>
{body}</html>"""

PLAY_FILES = ROOT/'nbs/play/files'

def made():
    "Whether the files of the page are there, and younger than what they are made of."
    done = PLAY_FILES/'faces.json'
    sources = [ROOT/'.ci/play.py', *ROOT.glob('weights/*.safetensors'), *ROOT.glob('began_nb/weights/*.safetensors')]
    return done.is_file() and done.stat().st_mtime > max(file.stat().st_mtime for file in sources)

def npm():
    "Whether the files of the page are there, or npm and its registry, to make them."
    if made(): return True
    runtime = re.search(r"^RUNTIME = '(.+?)'", (ROOT/'.ci/play.py').read_text(encoding='utf-8'), re.M)[1]
    return bool(shutil.which('npm')) and not subprocess.run(['npm', 'view', runtime, 'version'], capture_output=True).returncode

def play_files():
    "What .ci/play.py makes, made if it is not there."
    if not made(): subprocess.run([sys.executable, ROOT/'.ci/play.py'], check=True, stdout=subprocess.DEVNULL)
    return PLAY_FILES

@contextmanager
def file_server(folder):
    "A server that hands out the files of a folder and nothing else."
    import http.server, threading
    class Files(http.server.SimpleHTTPRequestHandler):
        extensions_map = {'.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml',
                          '.wasm': 'application/wasm', '': 'application/octet-stream'}
        def log_message(self, *args): pass
    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, *args): pass                              # a browser that goes to another page hangs up
    with Server(('127.0.0.1', 0), functools.partial(Files, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try: yield f'http://127.0.0.1:{server.server_address[1]}/'
        finally: server.shutdown()

@contextmanager
def play_site(files):
    "A folder of static files with the page in it, served."
    with tempfile.TemporaryDirectory() as tmp:
        page = Path(tmp)/'play'
        page.mkdir()
        (Path(tmp)/'images').symlink_to(ROOT/'nbs/images')
        for name in ('play.js', 'play.css'): shutil.copy(ROOT/'nbs/play'/name, page)
        (page/'files').symlink_to(files)
        body = re.search(r'```\{=html\}\n(.*?)```', (ROOT/'nbs/play/index.qmd').read_text(encoding='utf-8'), re.S)[1]
        for scheme in ('light', 'dark'):
            (page/f'{scheme}.html').write_text(SHELL.format(scheme=scheme, body=body), encoding='utf-8')
        with file_server(tmp) as url: yield f'{url}play/', page

class Play:
    "The page, seen from outside."
    def __init__(self, page, url):
        self.page, self.strays = page, []
        def cut_off(route):
            self.strays.append(route.request.url)
            route.abort()
        page.context.route(lambda u: not u.startswith(('http://127.0.0.1', 'blob:', 'data:')), cut_off)
        page.goto(url)

    def wait(self, done, what):
        def so_far():
            said = self.page.locator('#play-message p').inner_text()
            if self.state() == 'failed': raise AssertionError(f'play, {what}: {said}')
            return done()
        wait(so_far, f'play: {what}', 120)

    def state(self): return self.page.locator('#play').get_attribute('data-state')
    def ready(self): self.wait(lambda: self.state() == 'ready', 'the first picture')
    def pixels(self, name='face'):
        "The picture on a canvas, uint8 `(s,s,3)`."
        import numpy as np
        read = "c => [c.width, [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]]"
        size, data = self.page.locator(f'#play-{name}').evaluate(read)
        return np.array(data, dtype='uint8').reshape(size, size, 4)[..., :3]

    def settled(self):
        "The picture when nothing more is to be drawn."
        self.wait(lambda: self.page.locator('#play').get_attribute('aria-busy') == 'false', 'a picture that stands still')
        return self.pixels()

    def changes(self, act, what, name='face'):
        before = self.pixels(name)
        act()
        self.wait(lambda: (self.pixels(name) != before).any(), f'another picture after {what}')

    def drag(self, slider, to):
        "Drag a slider with the mouse to a part of its length."
        slider.scroll_into_view_if_needed()
        at, box = slider.evaluate('s => (s.value - s.min) / (s.max - s.min)'), slider.bounding_box()
        x = lambda part: box['x'] + 9 + (box['width'] - 18) * part
        self.page.mouse.move(x(at), box['y'] + box['height'] / 2)
        self.page.mouse.down()
        self.page.mouse.move(x(to), box['y'] + box['height'] / 2, steps=8)
        self.page.mouse.up()

    def choose(self, group, value):
        self.page.locator(f'#play-{group} label').filter(has=self.page.locator(f'input[value="{value}"]')).click()
        self.wait(lambda: value in self.page.locator('#play-face').get_attribute('data-by'), f'a picture by {group} {value}')
        return self.settled()

def play_moves(play, facts):
    "Each generator draws what PyTorch draws; each control changes the picture."
    import torch
    from began_nb.demos import edit_code
    from began_nb.pretrained import load_pretrained
    def apart(seen, model, z):
        with torch.no_grad(): drawn = load_pretrained(model['name']).G(z[None])[0].clamp(-1, 1)
        return (torch.from_numpy(seen).permute(2, 0, 1) - (drawn + 1) * 127.5).abs().max().item()
    page, far = play.page, {}
    for kind in ('toyfaces32', 'faces64'):
        play.choose('kind', kind)
        for model in (m for m in facts['models'] if m['kind'] == kind):
            seen, (a, b) = play.choose('gamma', f"{model['gamma']:g}"), map(torch.tensor, facts['kinds'][kind]['first'])
            far[model['name']] = apart(seen, model, a)
        slider = page.locator('#play-sliders input').first
        slider.press('End')
        name, d = next(iter(model['directions'].items()))
        edited = edit_code(a, b, 0., {name: torch.tensor(d)}, {name: model['reach'][name]})
        far[f"{model['name']}, {name}"] = apart(play.settled(), model, edited)
        page.locator('[data-do=undo]').click()
    print('play: farthest from the pixels of PyTorch, of 255:', ', '.join(f'{name} {value:.2f}' for name, value in far.items()))
    assert max(far.values()) <= 2, far
    assert (play.settled() == play.pixels('a')).all()
    for slider in page.locator('#play-sliders input').all():
        play.changes(lambda: play.drag(slider, 0.9), slider.get_attribute('name'))
    play.settled()
    play.changes(page.locator('[data-do=undo]').click, 'undo')
    assert (play.settled() == play.pixels('a')).all(), 'undo does not lead back'
    play.changes(lambda: play.drag(page.locator('#play-mix'), 1), 'mix')
    assert (play.settled() == play.pixels('b')).all(), 'the end of the mix is not the second face'
    play.changes(page.locator('[data-do=other]').click, 'another second face', 'b')
    for button in page.locator('[data-do=face]').all():
        play.settled()
        play.changes(button.click, 'a new face')
        assert (play.settled() == play.pixels('a')).all()

def play_walk(play):
    "The walk plays and pauses; how fast it draws, and how far it goes."
    page, count = play.page, lambda: int(play.page.locator('#play-face').get_attribute('data-drawn'))
    walk, mixed = page.locator('[data-do=walk]'), lambda: float(page.locator('#play-mix').input_value())
    play.changes(walk.click, 'walk')
    wait(lambda: 0 < mixed() < 0.3, 'play: the beginning of a walk')
    start, far = time.monotonic(), mixed()
    time.sleep(1)
    far, passed = mixed() - far, time.monotonic() - start
    assert 0.25 < far / passed < 0.42, f'the walk goes {far / passed:.2f} of its way in a second, not a third'
    begun, n = time.monotonic(), count()
    time.sleep(5)
    rate, ms = (count() - n) / (time.monotonic() - begun), page.locator('#play-pace').inner_text()
    walk.click()
    play.settled()
    stood = play.pixels()
    time.sleep(1)
    assert (play.pixels() == stood).all(), 'the walk does not pause'
    print(f'play: {rate:.1f} redraws a second on the walk, the last one {ms}{crowded()}')
    assert crowded() or rate >= 10, 'less than ten redraws a second'

def play_stays(play, url):
    "Keys that switch gamma keep their place, and a generator that does not come leaves the one before; asked again, it comes."
    page, missing = play.page, '**/files/faces64-gamma0.3.onnx'
    page.route(missing, lambda route: route.abort())
    page.goto(url)
    play.ready()
    before, chosen = play.settled(), page.locator('#play-gamma input:checked')
    chosen.press('ArrowLeft')
    wait(lambda: 'could not be loaded' in page.locator('#play-same').inner_text(), 'play: a word on the generator that is missing', 60)
    assert (play.settled() == before).all() and play.state() == 'ready' and chosen.input_value() == '0.5', 'another generator than before'
    assert page.evaluate('document.activeElement.name') == 'play-gamma', 'the keys have lost their place'
    page.unroute(missing)
    chosen.press('ArrowLeft')
    play.wait(lambda: '0.3' in page.locator('#play-face').get_attribute('data-by'), 'a picture by the generator that was missing')
    play.settled()

def play_says(playwright, shots, url, folder):
    "Without WebAssembly, without scripts, and opened as a file, the page says what is missing and shows faces all the same."
    cases = [('no-wasm', f'{url}light.html', 'WebAssembly', 'delete window.WebAssembly'),
             ('file', (folder/'light.html').as_uri(), 'as a file', '')]
    for name, address, word, init in cases:
        with browser_page(playwright) as (page, errors):
            if init: page.add_init_script(init)
            page.goto(address)
            wait(lambda: word in page.locator('#play-message p').inner_text(), f'a word on {word}', 60)
            assert page.locator('#play-message img').evaluate('i => i.complete && i.naturalWidth > 0')
            assert not page.locator('#play-face').is_visible()
            if shots: page.screenshot(path=shots/f'play-{name}.png')
        assert not errors, '\n'.join([f'on the console of play, {name}:', *errors])
    with browser_page(playwright, java_script_enabled=False) as (page, errors):
        page.goto(f'{url}light.html')
        assert page.locator('noscript p').is_visible() and not page.locator('#play').is_visible()
        assert page.locator('noscript img').evaluate('i => i.naturalWidth > 0')
        if shots: page.screenshot(path=shots/'play-no-script.png')
    print('play: says what is missing without WebAssembly, without scripts, and when it is opened as a file')

def play(playwright, shots):
    "The page `play` in a folder of static files, with the network off."
    files = play_files()
    facts = json.loads((files/'faces.json').read_text(encoding='utf-8'))
    with play_site(files) as (url, folder):
        with browser_page(playwright) as (page, errors):
            it = Play(page, f'{url}light.html')
            it.ready()
            it.settled()
            if shots: page.screenshot(path=shots/'play-light.png', full_page=True)
            play_moves(it, facts)
            play_walk(it)
            page.goto(f'{url}dark.html')
            it.ready()
            it.settled()
            if shots: page.screenshot(path=shots/'play-dark.png', full_page=True)
            page.set_viewport_size(dict(width=390, height=844))
            assert page.evaluate('document.documentElement.scrollWidth') <= 390, 'wider than a phone'
            if shots: page.screenshot(path=shots/'play-phone.png', full_page=True)
            slider, stage = page.locator('#play-sliders input').first, page.locator('.play-stage')
            page.evaluate('window.scrollTo(0, document.body.scrollHeight)')
            slider.focus()
            hidden = lambda: stage.bounding_box()['y'] + stage.bounding_box()['height'] > slider.bounding_box()['y']
            wait(lambda: not hidden(), 'play: a slider that keys have come to, in sight')
            page.set_viewport_size(dict(width=667, height=375))          # a phone on its side: the face scrolls away
            page.evaluate('window.scrollTo(0, document.body.scrollHeight)')
            wait(lambda: stage.bounding_box()['y'] < 0, 'play: controls that have the screen to themselves')
            assert not it.strays, it.strays
        assert not errors, '\n'.join(['on the console of play:', *errors])
        with browser_page(playwright) as (page, errors): play_stays(Play(page, f'{url}light.html'), f'{url}light.html')
        play_says(playwright, shots, url, folder)

# --- a finished site -----------------------------------------------------------------------------------------------------

WIDTH, WEIGHT = 390, 4e6      # of a phone in pixels; of a page in bytes, with all that it loads from the site
STICKS_OUT = """width => [...document.querySelectorAll('body *')].filter(e => {
    const box = e.getBoundingClientRect(), inner = getComputedStyle(e).overflowX === 'visible' ? box.left + e.scrollWidth : 0
    if (Math.max(box.right, inner) <= width + 0.5) return false
    for (let up = e.parentElement; up && up !== document.body; up = up.parentElement)
        if (getComputedStyle(up).overflowX !== 'visible') return false
    return true
}).slice(-3).map(e => `<${e.tagName.toLowerCase()} class="${e.className}"> ${e.textContent.trim().slice(0, 40)}`)"""

def site_faults(playwright, folder):
    "How many pages a site has, and what is wrong with them: pages that are wider than a phone, and pages that are too heavy. The files of the page `play`, networks and a runtime, may be."
    pages = sorted(p.relative_to(folder).as_posix() for p in folder.rglob('*.html') if 'site_libs' not in p.parts)
    faults, loaded = [], set()
    with file_server(folder) as url, browser_page(playwright, viewport=dict(width=WIDTH, height=844), has_touch=True) as (page, _):
        page.on('request', lambda r: loaded.add(r.url.removeprefix(url).split('?')[0].split('#')[0]))
        for name in pages:
            loaded.clear()
            page.goto(url + name)
            page.evaluate('async () => { await window.MathJax?.startup?.promise; await document.fonts.ready; window.scrollTo(0, document.body.scrollHeight) }')
            page.wait_for_timeout(100)
            wide = page.evaluate('document.documentElement.scrollWidth')
            if wide > WIDTH: faults.append(f'{name}: {wide} pixels wide, {page.evaluate(STICKS_OUT, WIDTH)}')
            files = [folder/f for f in loaded if not f.startswith('play/files/')]
            if (heavy := sum(f.stat().st_size for f in files if f.is_file())) > WEIGHT: faults.append(f'{name}: {heavy / 1e6:.1f} MB')
    return len(pages), faults

def looks_at(playwright, folder):
    "The pages of a finished site; what is wrong with any of them."
    n, faults = site_faults(playwright, folder)
    assert n and not faults, '\n'.join([f'{n} pages:', *faults])
    print(f'{n} pages fit a phone, and none loads more than {WEIGHT / 1e6:g} MB')

def phone(playwright, shots):
    "What is said of the pages of a finished site: a made-up one has a page that is too wide, one that is too heavy, and three with nothing wrong."
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"><title>a page</title>'
    wide = '<table><tr><td style="min-width: 600px">wide</td></tr></table>'
    pages = {'index': '<p>narrow</p>', 'course/scrolls': f'<div style="overflow-x: auto">{wide}</div>', 'course/wide': f'<p>text</p>{wide}',
             'heavy': '<img src="images/large.bmp" alt="large">', 'play/index': '<script>fetch("files/net.bin")</script>'}
    with tempfile.TemporaryDirectory() as tmp:
        for name in ('course', 'images', 'play/files', 'site_libs'): (Path(tmp)/name).mkdir(parents=True)
        for name, body in pages.items(): (Path(tmp)/f'{name}.html').write_text(head + body, encoding='utf-8')
        (Path(tmp)/'site_libs/part.html').write_text(head + wide, encoding='utf-8')
        for name in ('images/large.bmp', 'play/files/net.bin'): (Path(tmp)/name).write_bytes(bytes(4_100_000))
        n, faults = site_faults(playwright, Path(tmp))
    assert n == len(pages) and len(faults) == 2, (n, faults)
    assert re.match(r"course/wide.html: 6\d\d pixels wide, .*<td", faults[0]) and faults[1] == 'heavy.html: 4.1 MB', faults
    print('phone: of five made-up pages the wide one and the heavy one are found')

def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument('what', nargs='*', choices=['static', 'plane', 'play', 'phone', 'lab', 'notebook', []], metavar='WHAT')
    args.add_argument('--shots', type=Path, help='a folder for screenshots')
    args.add_argument('--site', type=Path, help='the folder of a finished site, whose pages are looked at instead')
    args = args.parse_args()
    needs = {name: ['chromium', 'playwright'] for name in ('static', 'plane', 'play', 'phone', 'lab', 'notebook')}
    for name, more in dict(play=['npm'], lab=['jupyterlab'], notebook=['jupyterlab', 'notebook']).items(): needs[name] += more
    what = ['phone'] if args.site else args.what or list(needs)
    have = {name: bool(dict(chromium=chromium, npm=npm).get(name, lambda: find_spec(name))()) for w in what for name in needs[w]}
    if args.shots: args.shots.mkdir(parents=True, exist_ok=True)
    can = [w for w in what if all(have[name] for name in needs[w])]
    if can:
        from playwright.sync_api import sync_playwright
        with sync_playwright() as playwright:
            if args.site: return looks_at(playwright, args.site)
            for w in can:
                if w in ('lab', 'notebook'): live(playwright, w, args.shots)
                else: globals()[w](playwright, args.shots)
    if can != what:
        print('not here:', ', '.join(name for name in have if not have[name]))
        sys.exit(77)

if __name__ == '__main__': main()
