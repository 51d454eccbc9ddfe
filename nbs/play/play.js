// Faces under your hand: generators of BEGAN in the browser, run by onnxruntime-web.
// What is in `files` is made by .ci/play.py.
(() => {
const here = document.currentScript.src, file = name => new URL(`files/${name}`, here).href;
const $ = id => document.getElementById(`play-${id}`), box = document.getElementById('play');
const mix = $('mix'), walkButton = box.querySelector('[data-do=walk]');
const WALK = 3000;                                     // milliseconds from one face to the next

let ort, facts, model, drew;                           // model: one of facts.models; drew: the one that drew last
const nets = {};                                       // by file
const faces = {}, moved = {};                          // by kind: the codes of both faces, how far each slider stands

// --- codes ---------------------------------------------------------------------------------------------------
const randomCode = () => Float32Array.from({length: facts.kinds[model.kind].n_z}, () => Math.random() * 2 - 1);

// Between two codes, moved along the directions, and kept in the cube [-1, 1]: as edit_code does in the library.
function editedCode() {
  const {a, b} = faces[model.kind], z = a.map((v, i) => v + mix.value * (b[i] - v));
  for (const [name, amount] of Object.entries(moved[model.kind]))
    model.directions[name].forEach((d, i) => { z[i] += amount * model.reach[name] * d; });
  return z.map(v => Math.min(1, Math.max(-1, v)));
}

// --- pictures: one at a time; what is asked for meanwhile comes next, and only its last state --------------------
const stale = new Set();                               // which of face, a and b have to be drawn
let busy = false;

function load(key) {                                    // one that did not come is asked for again the next time
  return nets[key] ??= ort.InferenceSession.create(file(key)).catch(e => { delete nets[key]; throw e; });
}

async function draw(name) {
  const {file: key, size} = model, plane = size * size, canvas = $(name);
  const z = name === 'face' ? editedCode() : faces[model.kind][name].slice();
  const net = await load(key), begun = performance.now();
  const {images} = await net.run({z: new ort.Tensor('float32', z, [1, z.length])});     // z goes to the worker for good
  const picture = new ImageData(size, size);
  for (let i = 0; i < plane; i++) {
    for (let c = 0; c < 3; c++) picture.data[4 * i + c] = (images.data[c * plane + i] + 1) * 127.5;  // rounds, clamps
    picture.data[4 * i + 3] = 255;
  }
  [canvas.width, canvas.height] = [size, size];
  canvas.getContext('2d').putImageData(picture, 0, 0);
  canvas.dataset.drawn = 1 + +(canvas.dataset.drawn ?? 0);
  canvas.dataset.by = key;
  drew = model;
  if (name === 'face') $('pace').textContent = `drawn in ${(performance.now() - begun).toFixed(0)} ms`;
}

async function redraw(...names) {
  for (const name of names) stale.add(name);
  if (busy) return;
  box.ariaBusy = busy = true;
  try {
    while (stale.size) {
      const [name] = stale;                            // who has waited longest
      stale.delete(name);
      await draw(name);
      box.dataset.state = 'ready';
      if (walking && name === 'face') await step();
    }
  } catch (e) { stay(e); }
  box.ariaBusy = busy = false;
  if (stale.size) redraw();
}

// A generator that does not come leaves the one that drew last; without any there is nothing to show.
function stay(e) {
  stale.clear();
  if (!drew || drew === model) return fail(`The generator cannot be run here: ${e.message}. This is what the page would draw:`);
  const wanted = model;
  walk(false);
  use(drew.kind, drew.gamma);
  $('same').textContent = `The generator of ${wanted.name} could not be loaded (${e.message}). Perhaps the network is away; try again later.`;
}

// --- the walk: along the line to the second face, then on to a new one; a step after each picture ------------------
let walking = 0;                                       // when the last step was

async function step() {
  const now = await new Promise(requestAnimationFrame), pair = faces[model.kind];
  if (!walking) return;                                // paused since
  const from = +mix.value, way = Math.min(1, (now - walking) / WALK);
  mix.value = Math.min(1, from + way);                 // the slider rounds: what it left out is walked next time
  walking = now - (way - (mix.value - from)) * WALK;
  if (mix.value >= 1) {
    [pair.a, pair.b, mix.value] = [pair.b, randomCode(), 0];
    for (const name of ['a', 'b']) stale.add(name);
  }
  stale.add('face');
}

function walk(on) {
  walking = on ? performance.now() : 0;
  walkButton.setAttribute('aria-pressed', on);
  walkButton.textContent = on ? 'Pause' : 'Walk';
  if (on) redraw('face');
}

// --- controls ------------------------------------------------------------------------------------------------
const span = textContent => Object.assign(document.createElement('span'), {textContent});

function slider(name, [left, right]) {
  const label = document.createElement('label'), input = document.createElement('input');
  Object.assign(input, {type: 'range', min: -1, max: 1, step: 0.02, value: moved[model.kind][name], name});
  input.setAttribute('aria-label', `${left}, ${right}`);
  input.oninput = () => { moved[model.kind][name] = +input.value; redraw('face'); };
  label.append(span(left), input, span(right));
  return label;
}

function choice(group, value, text, checked, choose) {
  const label = document.createElement('label'), input = document.createElement('input');
  Object.assign(input, {type: 'radio', name: `play-${group}`, value, checked, onchange: choose});
  label.append(input, span(text));
  return label;
}

function use(kind, gamma) {
  const some = facts.models.filter(m => m.kind === kind), {first: [a, b], sliders, apart} = facts.kinds[kind];
  model = some.find(m => m.gamma === gamma) ?? some[1];
  faces[kind] ??= {a: Float32Array.from(a), b: Float32Array.from(b)};
  moved[kind] ??= Object.fromEntries(Object.keys(sliders).map(name => [name, 0]));
  for (const input of $('kind').querySelectorAll('input')) input.checked = input.value === kind;
  const focused = $('gamma').contains(document.activeElement);         // its radio buttons are made anew
  const gammas = some.map(m => choice('gamma', m.gamma, m.gamma, m === model, () => use(kind, m.gamma)));
  $('gamma').replaceChildren($('gamma').querySelector('legend'), ...gammas);
  if (focused) $('gamma').querySelector(':checked').focus();
  $('sliders').replaceChildren(...Object.entries(sliders).map(([name, ends]) => slider(name, ends)));
  const [same, other] = apart.map(d => `${Math.round(50 * d)}%`);        // of the way from -1, black, to 1, white
  const why = apart[0] < apart[1] / 2
    ? 'A code keeps its face here, because these generators go back to the same run'
    : 'These generators were trained apart, and each reads the same code in its own way';
  $('same').textContent = `${why}: from one generator to another, pictures of the same code differ by ${same} of the way from black to `
    + `white, pictures of different codes by ${other}.`;
  redraw('face', 'a', 'b');
}

const deeds = {
  face() { faces[model.kind].a = randomCode(); mix.value = 0; redraw('face', 'a'); },
  other() { faces[model.kind].b = randomCode(); redraw('face', 'b'); },
  undo() { delete moved[model.kind]; mix.value = 0; use(model.kind, model.gamma); },
  walk() { walk(!walking); },
};

// --- the start -----------------------------------------------------------------------------------------------
function fail(text) {
  walk(false);
  box.dataset.state = 'failed';
  $('message').querySelector('p').textContent = text;
}

async function start() {
  if (typeof WebAssembly === 'undefined') return fail('Your browser does not run WebAssembly, and the generator '
    + 'needs it to draw here. Every current browser has it; somebody may have switched it off (the lockdown mode '
    + 'of a phone does). This is what the page would draw:');
  if (location.protocol === 'file:') return fail('This page was opened as a file, and browsers do not let files '
    + 'load other files. Start "python -m http.server" in the folder of the site and open http://localhost:8000. '
    + 'This is what the page will draw:');
  try {
    facts = await (await fetch(file('faces.json'))).json();
    ort = await import(file('ort.wasm.bundle.min.mjs'));
    const wasmPaths = {wasm: file('ort-wasm-simd-threaded.wasm')};
    Object.assign(ort.env.wasm, {wasmPaths, numThreads: 1, proxy: true});     // proxy: in a worker, so sliders glide
    for (const [kind, text] of [['faces64', 'faces, 64 pixels'], ['toyfaces32', 'drawn faces, 32 pixels']])
      $('kind').append(choice('kind', kind, text, kind === 'faces64', () => use(kind, model.gamma)));
    mix.oninput = () => redraw('face');
    for (const button of box.querySelectorAll('[data-do]')) button.onclick = deeds[button.dataset.do];
    use('faces64', 0.5);
  } catch (e) {
    fail(`The generator could not be loaded (${e.message}). Perhaps the network is away; try again later. `
      + 'This is what the page would draw:');
  }
}
start();
})();
