// A BEGAN that trains on the page: the 2-D model of chapter 04_plane, for a reader without a kernel.
//
// The first half is the model: networks, gradients, Adam, the controller, data. It knows nothing of a page, and
// library/live.ipynb runs it beside PyTorch. The second half mounts it on the element with the id "plane".
//
// A cloud of n points is one array: all first coordinates, then all second ones. So are the activations of a layer.

const Plane = (() => {
  'use strict'

  // --- networks ------------------------------------------------------------------------------------------------------

  /** out[r] += sum over c of W[r,c] x[c]; each row of `out` and `x` holds n numbers. */
  function mix(out, x, n, W, at, rows, cols, rowStep, colStep) {
    if (rows % 2 || cols % 8) {
      for (let r = 0; r < rows; r++) for (let c = 0; c < cols; c++) {
        const w = W[at + r * rowStep + c * colStep], o = r * n, i = c * n
        for (let j = 0; j < n; j++) out[o + j] += w * x[i + j]
      }
      return
    }
    for (let r = 0; r < rows; r += 2) for (let c = 0; c < cols; c += 8) {   // sixteen weights at a time: less traffic
      const w = at + r * rowStep + c * colStep, u = w + rowStep, s = colStep
      const w0 = W[w], w1 = W[w + s], w2 = W[w + 2 * s], w3 = W[w + 3 * s]
      const w4 = W[w + 4 * s], w5 = W[w + 5 * s], w6 = W[w + 6 * s], w7 = W[w + 7 * s]
      const u0 = W[u], u1 = W[u + s], u2 = W[u + 2 * s], u3 = W[u + 3 * s]
      const u4 = W[u + 4 * s], u5 = W[u + 5 * s], u6 = W[u + 6 * s], u7 = W[u + 7 * s]
      const o = r * n, p = o + n, i0 = c * n, i1 = i0 + n, i2 = i1 + n, i3 = i2 + n
      const i4 = i3 + n, i5 = i4 + n, i6 = i5 + n, i7 = i6 + n
      for (let j = 0; j < n; j++) {
        const x0 = x[i0 + j], x1 = x[i1 + j], x2 = x[i2 + j], x3 = x[i3 + j]
        const x4 = x[i4 + j], x5 = x[i5 + j], x6 = x[i6 + j], x7 = x[i7 + j]
        out[o + j] = out[o + j] + (w0 * x0 + w1 * x1 + w2 * x2 + w3 * x3) + (w4 * x4 + w5 * x5 + w6 * x6 + w7 * x7)
        out[p + j] = out[p + j] + (u0 * x0 + u1 * x1 + u2 * x2 + u3 * x3) + (u4 * x4 + u5 * x5 + u6 * x6 + u7 * x7)
      }
    }
  }

  /** G[r,c] += weight times the sum of d[r] x[c] over the places from..to-1; rows of d and x hold n numbers. */
  function outer(G, at, d, x, n, rows, cols, from, to, weight) {
    if (rows % 2 || cols % 4) {
      for (let r = 0; r < rows; r++) for (let c = 0; c < cols; c++) {
        let sum = 0
        for (let j = from; j < to; j++) sum += d[r * n + j] * x[c * n + j]
        G[at + r * cols + c] += weight * sum
      }
      return
    }
    for (let r = 0; r < rows; r += 2) for (let c = 0; c < cols; c += 4) {
      const o = r * n, p = o + n, i0 = c * n, i1 = i0 + n, i2 = i1 + n, i3 = i2 + n
      let s0 = 0, s1 = 0, s2 = 0, s3 = 0, t0 = 0, t1 = 0, t2 = 0, t3 = 0
      for (let j = from; j < to; j++) {
        const s = d[o + j], t = d[p + j], x0 = x[i0 + j], x1 = x[i1 + j], x2 = x[i2 + j], x3 = x[i3 + j]
        s0 += s * x0; s1 += s * x1; s2 += s * x2; s3 += s * x3
        t0 += t * x0; t1 += t * x1; t2 += t * x2; t3 += t * x3
      }
      const w = at + r * cols + c, u = w + cols
      G[w] += weight * s0; G[w + 1] += weight * s1; G[w + 2] += weight * s2; G[w + 3] += weight * s3
      G[u] += weight * t0; G[u + 1] += weight * t1; G[u + 2] += weight * t2; G[u + 3] += weight * t3
    }
  }

  /** Fully connected layers with ELU between them; those in `linear` and the last have none. */
  class MLP {
    constructor(widths, linear = []) {
      this.layers = []
      let at = 0
      for (let l = 0; l + 1 < widths.length; l++) {
        const [I, O] = [widths[l], widths[l + 1]], elu = l + 2 < widths.length && !linear.includes(l)
        this.layers.push({I, O, elu, w: at, b: at + I * O})          // weights (O,I) as in PyTorch, then biases
        at += (I + 1) * O
      }
      this.params = new Float64Array(at)
      this.grads = new Float64Array(at)
      this.buffers = new Map()
    }

    /** As nn.Linear does it: uniform up to 1 / sqrt(inputs). */
    init(random) {
      for (const {I, O, w} of this.layers)
        for (let j = w; j < w + (I + 1) * O; j++) this.params[j] = (2 * random() - 1) / Math.sqrt(I)
      return this
    }

    /** Arrays for n points: what each layer gives, and the gradients that come back. */
    arrays(n) {
      if (!this.buffers.has(n)) {
        const sizes = [this.layers[0].I, ...this.layers.map(layer => layer.O)]
        this.buffers.set(n, [0, 1].map(() => sizes.map(size => new Float64Array(size * n))))
      }
      return this.buffers.get(n)
    }

    /** n points `x` through the layers, all or from one on. The array is used again by the next call with this n. */
    forward(x, n, first = 0) {
      const [values] = this.arrays(n)
      values[first].set(x)
      this.layers.forEach(({I, O, elu, w, b}, l) => {
        if (l < first) return
        const out = values[l + 1]
        for (let o = 0; o < O; o++) out.fill(this.params[b + o], o * n, (o + 1) * n)
        mix(out, values[l], n, this.params, w, O, I, I, 1)
        if (elu) for (let j = 0; j < out.length; j++) if (out[j] < 0) out[j] = Math.exp(out[j]) - 1
      })
      return values.at(-1)
    }

    /** After forward: from the gradient of a loss with respect to the output to that with respect to x. */
    backward(outGrad, n) {
      const [values, deltas] = this.arrays(n)
      deltas.at(-1).set(outGrad)
      for (let l = this.layers.length - 1; l >= 0; l--) {
        const {I, O, elu, w} = this.layers[l], delta = deltas[l + 1], out = values[l + 1]
        if (elu) for (let j = 0; j < out.length; j++) if (out[j] < 0) delta[j] *= out[j] + 1
        deltas[l].fill(0)
        mix(deltas[l], delta, n, this.params, w, I, O, 1, I)
      }
      return deltas[0]
    }

    /** After backward: add to `grads` what the points from..to-1 give, times `weight`. */
    collect(n, from, to, weight) {
      const [values, deltas] = this.arrays(n)
      this.layers.forEach(({I, O, w, b}, l) => {
        outer(this.grads, w, deltas[l + 1], values[l], n, O, I, from, to, weight)
        const total = o => (to - from) * mean(deltas[l + 1], o * n + from, o * n + to)
        for (let o = 0; o < O; o++) this.grads[b + o] += weight * total(o)
      })
    }
  }

  /** Adam, as PyTorch writes it. */
  class Adam {
    constructor(net, beta1 = 0.5, beta2 = 0.999, eps = 1e-8) {
      Object.assign(this, {net, beta1, beta2, eps, t: 0})
      this.m = new Float64Array(net.params.length)
      this.v = new Float64Array(net.params.length)
    }

    step(lr) {
      const {net: {params, grads}, m, v, beta1, beta2, eps} = this
      this.t++
      const rate = lr / (1 - beta1 ** this.t), root = Math.sqrt(1 - beta2 ** this.t)
      for (let j = 0; j < params.length; j++) {
        m[j] = beta1 * m[j] + (1 - beta1) * grads[j]
        v[j] = beta2 * v[j] + (1 - beta2) * grads[j] * grads[j]
        params[j] -= rate * m[j] / (Math.sqrt(v[j]) / root + eps)
      }
    }
  }

  // --- the game ------------------------------------------------------------------------------------------------------

  const mean = (values, from, to) => {
    let sum = 0
    for (let j = from; j < to; j++) sum += values[j]
    return sum / (to - from)
  }

  const CODE = 3                                                     // the layers of D before its code

  class Began {
    constructor({seed = 1, gamma = 0.7, lambdaK = 0.05, lr = 1e-3} = {}) {
      Object.assign(this, {gamma, lambdaK, lr, k: 0, steps: 0})
      this.random = generator(seed)
      this.D = new MLP([2, 64, 64, 1, 64, 64, 2], [CODE - 1]).init(this.random)   // its code: one number
      this.G = new MLP([2, 64, 64, 2]).init(this.random)
      this.adamD = new Adam(this.D)
      this.adamG = new Adam(this.G)
    }

    /** L(v) = |v - D(v)|, the mean over the two coordinates, for each of n points. */
    losses(v, n) {
      const copy = this.D.forward(v, n), out = new Float64Array(n)
      for (let j = 0; j < n; j++) out[j] = (Math.abs(v[j] - copy[j]) + Math.abs(v[n + j] - copy[n + j])) / 2
      return out
    }

    /** After losses(v, n): the gradient of each L(v) with respect to v, which is both target and input of D. */
    pull(v, n) {
      const copy = this.D.arrays(n)[0].at(-1), sign = new Float64Array(2 * n)
      for (let j = 0; j < 2 * n; j++) sign[j] = Math.sign(v[j] - copy[j]) / 2
      const through = this.D.backward(sign.map(s => -s), n)
      return sign.map((s, j) => s + through[j])
    }

    /** One step on n real points x and n codes z; either player can be left out. k moves in the game of both. */
    step(x, z, n, {d = true, g = true} = {}) {
      const fake = this.G.forward(z, n), v = new Float64Array(4 * n)
      for (const c of [0, 1]) {
        v.set(x.slice(c * n, c * n + n), 2 * c * n)                  // of each coordinate first the real points,
        v.set(fake.slice(c * n, c * n + n), 2 * c * n + n)           // then the generated ones
      }
      const losses = this.losses(v, 2 * n), grad = this.pull(v, 2 * n)
      const real = mean(losses, 0, n), generated = mean(losses, n, 2 * n)
      if (d) {                                                       // line 1: L(x) - k L(G(z))
        this.D.grads.fill(0)
        this.D.collect(2 * n, 0, n, 1 / n)
        this.D.collect(2 * n, n, 2 * n, -this.k / n)
      }
      if (g) {                                                       // line 2: L(G(z))
        const pull = new Float64Array(2 * n)
        for (const c of [0, 1]) pull.set(grad.slice(2 * c * n + n, 2 * c * n + 2 * n), c * n)
        this.G.grads.fill(0)
        this.G.backward(pull, n)
        this.G.collect(n, 0, n, 1 / n)
      }
      if (d) this.adamD.step(this.lr)
      if (g) this.adamG.step(this.lr)
      const error = this.gamma * real - generated
      if (d && g) this.k = Math.min(Math.max(this.k + this.lambdaK * error, 0), 1)   // line 3
      this.steps++
      return {real, fake: generated, k: this.k, M: real + Math.abs(error)}           // line 4
    }

    /** The line on which all copies lie: what D makes of m codes from the least to the greatest of n points. */
    line(v, n, m) {
      this.D.forward(v, n)
      const codes = this.D.arrays(n)[0][CODE], low = Math.min(...codes), high = Math.max(...codes)
      return this.D.forward(Float64Array.from({length: m}, (_, j) => low + (high - low) * j / (m - 1)), m, CODE)
    }

    codes(n, random = this.random) { return Float64Array.from({length: 2 * n}, () => 2 * random() - 1) }
  }

  // --- data ----------------------------------------------------------------------------------------------------------

  /** Random numbers in [0,1) that a seed repeats (mulberry32). */
  function generator(seed) {
    let a = seed | 0
    return () => {
      a = (a + 0x6D2B79F5) | 0
      let t = Math.imul(a ^ (a >>> 15), 1 | a)
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296
    }
  }

  const normal = random => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const near = ([x, y], sd, random) => [x + sd * normal(random), y + sd * normal(random)]
  const onCircle = angle => [Math.cos(angle), Math.sin(angle)]
  const BLOBS = [[-0.75, -0.55, 0.16], [0.8, -0.35, 0.09], [0.05, 0.8, 0.12]]

  /** Each draws one real point. */
  const DATA = {
    arc: random => near(onCircle((random() * 1.3 - 0.15) * Math.PI), 0.03, random),
    ring: random => near(onCircle(Math.floor(8 * random()) * Math.PI / 4), 0.05, random),
    mixture: random => {
      const [x, y, sd] = BLOBS[Math.floor(3 * random())]
      return near([x, y], sd, random)
    },
  }

  /** Near one of some points that somebody has drawn. */
  const drawn = points => random => near(points[Math.floor(points.length * random())], 0.03, random)

  function sample(draw, n, random) {
    const out = new Float64Array(2 * n)
    for (let j = 0; j < n; j++) [out[j], out[n + j]] = draw(random)
    return out
  }

  /** The share of n real points with one of m generated ones within `radius`, and of these with a real one. */
  function coverage(real, n, fake, m, radius = 0.1) {
    const seen = new Uint8Array(n)
    let onData = 0
    for (let i = 0; i < m; i++) {
      let hit = 0
      for (let j = 0; j < n; j++)
        if ((fake[i] - real[j]) ** 2 + (fake[m + i] - real[n + j]) ** 2 < radius ** 2) hit = seen[j] = 1
      onData += hit
    }
    return {covered: mean(seen, 0, n), onData: onData / m}
  }

  // --- the page ------------------------------------------------------------------------------------------------------

  const [BATCH, LOOK, ARROWS, GRID, SIZE, EDGE, TOP] = [128, 500, 90, 41, 200, 1.6, 0.8]
  const RATES = [1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3]

  const STYLE = `
.bp { --bp-text: #23272f; --bp-soft: #5a6270; --bp-line: #d5d9e0; --bp-card: #f6f7f9; --bp-main: #1b5e96; --bp-on: #fff;
      --bp-real: #1f77b4; --bp-fake: #e8590c; --bp-low: #ffffff; --bp-high: #858da3;
      color: var(--bp-text); container-type: inline-size; font-size: 0.95rem; line-height: 1.4; margin: 1rem 0; }
@dark { .bp { --bp-text: #e8eaee; --bp-soft: #a9b1bf; --bp-line: #434a57; --bp-card: #20252d; --bp-main: #7cc0f4;
      --bp-on: #10141a; --bp-real: #62b6f3; --bp-fake: #ff9440; --bp-low: #10141b; --bp-high: #5c6780; } }
.bp *, .bp *::before { box-sizing: border-box; }
.bp canvas { display: block; width: 100%; }
:where(.bp) p { margin: 0; }
.bp-bar { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; margin-bottom: 0.8rem; }
.bp button, .bp-data span { font: inherit; min-height: 2.5rem; padding: 0.3rem 0.9rem; border: 1px solid var(--bp-line);
      border-radius: 0.5rem; background: var(--bp-card); color: var(--bp-text); cursor: pointer; }
.bp button:hover, .bp-data label:hover span { border-color: var(--bp-main); }
.bp .bp-play { min-width: 6.2rem; background: var(--bp-main); color: var(--bp-on); border-color: var(--bp-main);
      font-weight: 600; }
.bp :focus-visible, .bp-data input:focus-visible + span { outline: 3px solid var(--bp-fake); outline-offset: 2px; }
.bp-map canvas:focus-visible { outline-offset: -3px; }
.bp-step { margin-left: auto; font-variant-numeric: tabular-nums; color: var(--bp-soft); }
.bp-main { display: grid; gap: 1.2rem; }
@container (min-width: 680px) { .bp-main { grid-template-columns: minmax(0, 11fr) minmax(0, 9fr); } }
.bp-map { border: 1px solid var(--bp-line); border-radius: 0.6rem; overflow: hidden; aspect-ratio: 1;
      position: relative; }
.bp-map canvas { height: 100%; touch-action: pan-y; cursor: crosshair; }
.bp-map[data-draw] canvas { touch-action: none; }
.bp-hint { position: absolute; inset: auto 0 0.8rem; width: fit-content; max-width: 92%; padding: 0.2rem 0.7rem;
      border-radius: 0.5rem; background: var(--bp-card); font-size: 0.88rem; text-align: center; pointer-events: none; }
.bp .bp-hint { margin: auto; }
.bp-hint:empty { display: none; }
.bp .bp-legend { display: flex; flex-wrap: wrap; gap: 0.3rem 1.2rem; margin-top: 0.6rem; font-size: 0.88rem;
      color: var(--bp-soft); }
.bp-legend i { display: inline-block; width: 0.7rem; height: 0.7rem; border-radius: 50%; margin-right: 0.4rem; }
.bp-legend i.bp-scale { width: 4.5rem; border-radius: 0.2rem; border: 1px solid var(--bp-line); margin: 0 0.4rem;
      background: linear-gradient(90deg, var(--bp-low), var(--bp-high)); vertical-align: -0.05rem; }
.bp .bp-cover { margin-top: 0.6rem; }
.bp-cover b, .bp-head output, .bp label output { font-variant-numeric: tabular-nums; }
.bp-side { display: grid; gap: 0.9rem; align-content: start; }
.bp-data { display: flex; flex-wrap: wrap; gap: 0.4rem; border: 0; margin: 0; padding: 0; }
.bp-data legend { font-size: 0.88rem; color: var(--bp-soft); margin: 0 0 0.3rem; padding: 0; float: none; width: auto; }
.bp-data input { position: absolute; opacity: 0; }
.bp-data span { display: flex; align-items: center; }
.bp-data input:checked + span { border-color: var(--bp-main); box-shadow: inset 0 0 0 1px var(--bp-main);
      font-weight: 600; }
.bp-slider { display: grid; grid-template-columns: 8.2rem 1fr 3.6rem; gap: 0.6rem; align-items: center;
      min-height: 2rem; }
.bp-slider input { width: 100%; accent-color: var(--bp-main); }
.bp-slider output { text-align: right; }
.bp-show { display: flex; flex-wrap: wrap; gap: 0.3rem 1.2rem; }
.bp-show input { accent-color: var(--bp-main); margin-right: 0.4rem; }
.bp-head { display: flex; gap: 0.5rem; align-items: baseline; font-size: 0.88rem; color: var(--bp-soft); }
.bp-head b { color: var(--bp-text); }
.bp-head output { margin-left: auto; color: var(--bp-text); font-weight: 600; }
.bp-chart canvas { height: 64px; }
.bp-line3 { font-family: var(--bs-font-monospace, monospace); font-size: 0.8rem; color: var(--bp-soft);
      overflow-wrap: anywhere; min-height: 1.4em; }
.bp .bp-now { border-left: 3px solid var(--bp-fake); margin-top: 0.8rem; padding-left: 0.7rem; min-height: 2.8em; }
`

  const HTML = `
<div class="bp-bar">
  <button type="button" class="bp-play">Play</button>
  <button type="button" data-step="d" title="one step of D alone">Step D</button>
  <button type="button" data-step="g" title="one step of G alone">Step G</button>
  <button type="button" data-step="dg" title="one step of both, and of k">Step both</button>
  <button type="button" class="bp-anew" title="fresh networks, other random numbers">Start anew</button>
  <span class="bp-step">step 0</span>
</div>
<div class="bp-main">
  <div>
    <div class="bp-map"><canvas tabindex="0" role="application"></canvas><p class="bp-hint"></p></div>
    <p class="bp-legend">
      <span><i style="background: var(--bp-real)"></i>real points</span>
      <span><i style="background: var(--bp-fake)"></i>points of G</span>
      <span>D copies: well<i class="bp-scale"></i>badly</span>
    </p>
    <p class="bp-cover"></p>
    <p class="bp-now" role="status"></p>
  </div>
  <div class="bp-side">
    <fieldset class="bp-data"><legend>Real points</legend>
      <label><input type="radio" name="bp-data" value="arc" checked><span>Arc</span></label>
      <label><input type="radio" name="bp-data" value="ring"><span>Ring of eight</span></label>
      <label><input type="radio" name="bp-data" value="mixture"><span>Clouds</span></label>
      <label><input type="radio" name="bp-data" value="drawn"><span>Draw</span></label>
      <button type="button" class="bp-clear" hidden>Clear</button>
    </fieldset>
    <div>
      <label class="bp-slider"><span>gamma</span>
        <input type="range" name="gamma" min="0.1" max="1" step="0.05"><output></output></label>
      <label class="bp-slider"><span>lambda_k</span>
        <input type="range" name="lambdaK" min="0" max="0.5" step="0.01"><output></output></label>
      <label class="bp-slider"><span>learning rate</span>
        <input type="range" name="lr" min="0" max="5" step="1"><output></output></label>
    </div>
    <div class="bp-show">
      <label><input type="checkbox" name="arrows">arrows: where G's points want to go</label>
      <label><input type="checkbox" name="line" checked>line: all that D can draw</label>
    </div>
    <div class="bp-chart" data-curve="ratio">
      <div class="bp-head"><b>ratio</b>L(G(z)) / L(x), dashed: gamma<output aria-live="off"></output></div>
      <canvas role="img" aria-label="Curve of the ratio of the two losses, and gamma as a dashed line"></canvas>
    </div>
    <div class="bp-chart" data-curve="k">
      <div class="bp-head"><b>k</b>how hard D pushes<output aria-live="off"></output></div>
      <canvas role="img" aria-label="Curve of k"></canvas>
      <div class="bp-line3"></div>
    </div>
    <div class="bp-chart" data-curve="M">
      <div class="bp-head"><b>M</b>small: good copies, and in balance<output aria-live="off"></output></div>
      <canvas role="img" aria-label="Curve of M"></canvas>
    </div>
  </div>
</div>`

  const rgb = colour => [1, 3, 5].map(at => parseInt(colour.trim().slice(at, at + 2), 16))
  const first = (points, n, m) => Float64Array.from({length: 2 * m}, (_, j) => points[j < m ? j : n + j - m])
  const average = rows => {
    const out = {real: 0, fake: 0, k: 0, M: 0, gamma: 0}
    for (const key in out) out[key] = rows.reduce((sum, row) => sum + row[key], 0) / rows.length
    return out
  }
  const inside = v => Math.max(-EDGE, Math.min(EDGE, v))               // of the map
  const percent = share => `${Math.round(100 * share)}%`

  class Page {
    constructor(box) {
      this.box = box
      box.classList.add('bp')
      box.innerHTML = HTML
      const find = selector => box.querySelector(selector)
      Object.assign(this, {canvas: find('.bp-map canvas'), frame: find('.bp-map'), playButton: find('.bp-play')})
      const texts = ['step', 'hint', 'cover', 'now', 'line3']
      this.texts = Object.fromEntries(texts.map(name => [name, find(`.bp-${name}`)]))
      this.small = document.createElement('canvas')
      this.small.width = this.small.height = SIZE
      this.image = new ImageData(SIZE, SIZE)
      this.pixels = new Uint32Array(this.image.data.buffer)
      Object.assign(this, {seed: 1, set: 'arc', strokes: [], playing: false, probe: null, dirty: true,
                           frames: 0, stepped: 0})
      this.knobs = {gamma: 0.7, lambdaK: 0.05, lr: 1e-3}
      this.show = {arrows: false, line: true}
      this.controls(find)
      this.theme()
      this.anew()
      new ResizeObserver(() => { this.dirty = true }).observe(box)
      const tick = () => { this.tick(); requestAnimationFrame(tick) }
      requestAnimationFrame(tick)
    }

    // what one can do

    controls(find) {
      const {box, canvas} = this
      this.playButton.onclick = () => this.play(!this.playing)
      for (const button of box.querySelectorAll('[data-step]'))
        button.onclick = () => { this.play(false); this.step(button.dataset.step); this.dirty = true }
      find('.bp-anew').onclick = () => { this.seed++; this.anew() }
      find('.bp-clear').onclick = () => { this.strokes = []; this.play(false); this.anew() }
      for (const radio of box.querySelectorAll('[name=bp-data]')) radio.onchange = () => {
        this.set = radio.value
        this.frame.toggleAttribute('data-draw', this.set === 'drawn')
        find('.bp-clear').hidden = this.set !== 'drawn'
        if (!this.ready()) this.play(false)
        this.anew()
      }
      for (const slider of box.querySelectorAll('.bp-slider input')) {
        const {name} = slider, output = slider.nextElementSibling
        const tell = () => {
          output.value = name === 'lr' ? this.knobs.lr.toExponential(0) : this.knobs[name].toFixed(2)
          slider.setAttribute('aria-valuetext', output.value)
        }
        slider.value = name === 'lr' ? RATES.indexOf(this.knobs.lr) : this.knobs[name]
        slider.oninput = () => {
          this.knobs[name] = name === 'lr' ? RATES[slider.value] : +slider.value
          Object.assign(this.began, this.knobs)
          tell()
          this.dirty = true
        }
        tell()
      }
      for (const check of box.querySelectorAll('.bp-show input'))
        check.onchange = () => { this.show[check.name] = check.checked; this.dirty = true }

      const at = event => {
        const {left, top, width} = canvas.getBoundingClientRect()
        return [(event.clientX - left) / width, 1 - (event.clientY - top) / width].map(share => inside((2 * share - 1) * EDGE))
      }
      canvas.onpointerdown = event => {
        if (event.button || !event.isPrimary) return                     // the left button, the first finger
        this.probe = at(event)
        this.dirty = true
        if (this.set !== 'drawn') return
        canvas.setPointerCapture(event.pointerId)
        this.pen = at(event)
        this.put([this.pen])
      }
      canvas.onpointermove = event => {
        if (!event.isPrimary) return
        const to = this.probe = at(event)
        this.dirty = true
        if (!this.pen) return
        const from = this.pen, pieces = Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1]) / 0.04)
        this.put(Array.from({length: pieces}, (_, j) => from.map((v, c) => v + (to[c] - v) * (j + 1) / pieces)))
        this.pen = to
      }
      canvas.onpointerup = canvas.onpointercancel = () => { this.pen = null }
      const leave = () => { this.probe = null; this.dirty = true }
      canvas.onpointerleave = event => { if (event.pointerType !== 'touch') leave() }    // what a tap shows stays
      canvas.onblur = leave
      canvas.onkeydown = event => {
        const move = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1]}[event.key]
        if (event.altKey || event.ctrlKey || event.metaKey) return       // the browser's own
        if (!move && (event.key !== ' ' || this.set !== 'drawn')) return
        event.preventDefault()
        const [x, y] = this.probe ?? [0, 0]
        if (move) this.probe = [x + 0.08 * move[0], y + 0.08 * move[1]].map(inside)
        else this.put([[x, y]])
        this.dirty = true
      }

      const theme = () => this.theme()
      matchMedia('(prefers-color-scheme: dark)').addEventListener('change', theme)
      new MutationObserver(theme).observe(document.body, {attributeFilter: ['class']})
    }

    theme() {
      const style = getComputedStyle(this.box), read = name => style.getPropertyValue(`--bp-${name}`)
      const names = ['text', 'soft', 'line', 'real', 'fake', 'low', 'high']
      this.colours = Object.fromEntries(names.map(name => [name, read(name)]))
      const [low, high] = [rgb(this.colours.low), rgb(this.colours.high)]
      const shade = j => [...low.map((v, c) => v + (high[c] - v) * j / 16), 255]
      this.shades = new Uint32Array(Uint8ClampedArray.from(Array.from({length: 17}, (_, j) => shade(j)).flat()).buffer)
      this.dirty = true
    }

    ready() { return this.set !== 'drawn' || this.strokes.length > 0 }

    put(points) {
      this.strokes.push(...points)
      this.resample()
    }

    resample() {
      this.draw = this.set === 'drawn' ? drawn(this.strokes) : DATA[this.set]
      this.real = this.ready() ? sample(this.draw, LOOK, generator(99)) : new Float64Array(0)
      this.dirty = true
    }

    anew() {
      this.began = new Began({seed: this.seed, ...this.knobs})
      this.look = this.began.codes(LOOK, generator(98))                // always the same codes: one sees points move
      Object.assign(this, {rows: [], open: [], tens: []})              // the last 50 steps, the last few, means of ten
      this.error = new Float64Array(GRID * GRID)
      this.resample()
    }

    play(on) {
      this.playing = on && this.ready()
      this.playButton.textContent = this.playing ? 'Pause' : 'Play'
      for (const text of [this.texts.now, this.texts.hint]) text.setAttribute('aria-live', this.playing ? 'off' : 'polite')
      this.dirty = true
    }

    step(who) {
      if (!this.ready()) return
      const {began} = this, before = began.k
      const row = began.step(sample(this.draw, BATCH, began.random), began.codes(BATCH), BATCH,
                             {d: who.includes('d'), g: who.includes('g')})
      const done = {...row, before, gamma: began.gamma, lambdaK: began.lambdaK, moved: who === 'dg'}
      this.rows.push(done)
      if (this.rows.length > 50) this.rows.shift()
      if (this.open.push(done) === 10) this.tens.push(average(this.open.splice(0)))
    }

    // what one sees

    tick() {
      if (!this.playing && !this.dirty) return
      const start = performance.now(), all = this.dirty || !this.playing
      const rest = Math.min(start - this.stepped, 45)                  // drawing, the browser's part included
      if (this.playing) do this.step('dg'); while (performance.now() - start < Math.max(8, 2 * rest))
      this.stepped = performance.now()
      this.dirty = false
      this.map(all)
      if (all || this.frames % 6 === 0) this.tell()
      this.frames++
    }

    /** D's error on the grid: all of it, or every fifth row. */
    judge(all) {
      const row = new Float64Array(2 * GRID)
      for (let j = 0; j < GRID; j++) row[j] = (2 * j / (GRID - 1) - 1) * EDGE
      for (let i = all ? 0 : this.frames % 5; i < GRID; i += all ? 1 : 5) {
        row.fill((1 - 2 * i / (GRID - 1)) * EDGE, GRID)
        this.error.set(this.began.losses(row, GRID), i * GRID)
      }
    }

    /** The error in shades, on `small`: along straight lines between the places of the grid. */
    shade() {
      const {error, shades, pixels} = this, row = new Float64Array(GRID), cell = (GRID - 1) / SIZE
      for (let i = 0, at = 0; i < SIZE; i++) {
        const r = Math.floor(i * cell), v = i * cell - r, e = r * GRID
        for (let c = 0; c < GRID; c++) row[c] = (error[e + c] * (1 - v) + error[e + c + GRID] * v) / TOP * 16
        for (let j = 0; j < SIZE; j++) {
          const c = Math.floor(j * cell), u = j * cell - c
          pixels[at++] = shades[Math.min(16, Math.floor(row[c] * (1 - u) + row[c + 1] * u))]
        }
      }
      this.small.getContext('2d').putImageData(this.image, 0, 0)
    }

    map(all) {
      const {canvas, began, colours} = this, side = Math.round(canvas.clientWidth * devicePixelRatio)
      if (canvas.width !== side) canvas.width = canvas.height = side
      const pen = canvas.getContext('2d'), unit = side / (2 * EDGE), thin = side / 500
      const X = x => (x + EDGE) * unit, Y = y => (EDGE - y) * unit
      this.judge(all)
      this.shade()
      pen.drawImage(this.small, 0, 0, side, side)

      const dots = (points, n, radius, colour, alpha) => {
        pen.fillStyle = colour
        pen.globalAlpha = alpha
        pen.beginPath()
        for (let j = 0; j < n; j++) {
          const x = X(points[j]), y = Y(points[n + j])
          pen.moveTo(x + radius, y)
          pen.arc(x, y, radius, 0, 7)
        }
        pen.fill()
        pen.globalAlpha = 1
      }
      const stroke = (points, colour, width) => {
        pen.strokeStyle = colour
        pen.lineWidth = width
        pen.beginPath()
        points.forEach(([x, y], j) => j ? pen.lineTo(X(x), Y(y)) : pen.moveTo(X(x), Y(y)))
        pen.stroke()
      }
      if (this.ready()) {
        dots(this.real, LOOK, 2 * thin, colours.real, 0.6)
        if (this.show.line) {
          const line = began.line(first(this.real, LOOK, 100), 100, 100)
          stroke(Array.from({length: 100}, (_, j) => [line[j], line[100 + j]]), colours.text, 1.2 * thin)
        }
      }
      this.fake = began.G.forward(this.look, LOOK).slice()
      dots(this.fake, LOOK, 2.4 * thin, colours.fake, 0.85)
      if (this.show.arrows) {
        const some = first(this.fake, LOOK, ARROWS)
        began.losses(some, ARROWS)
        const pull = began.pull(some, ARROWS)
        for (let j = 0; j < ARROWS; j++) {
          const [x, y] = [some[j], some[ARROWS + j]], [dx, dy] = [-0.27 * pull[j], -0.27 * pull[ARROWS + j]]
          const back = (turn, part) => [x + dx - part * (dx * Math.cos(turn) - dy * Math.sin(turn)),
                                        y + dy - part * (dx * Math.sin(turn) + dy * Math.cos(turn))]
          stroke([[x, y], [x + dx, y + dy]], colours.fake, 1.3 * thin)
          stroke([back(0.5, 0.35), [x + dx, y + dy], back(-0.5, 0.35)], colours.fake, 1.3 * thin)
        }
      }
      if (this.probe) {
        const [x, y] = this.probe, v = Float64Array.of(x, y), [loss] = began.losses(v, 1), copy = began.D.forward(v, 1)
        stroke([[x, y], copy], colours.text, 1.5 * thin)
        dots(v, 1, 4 * thin, colours.text, 1)
        dots(copy, 1, 6 * thin, colours.text, 1)
        dots(copy, 1, 4 * thin, colours.low, 1)
        this.texts.hint.textContent = `from the point v to D's copy of it: L(v) = ${loss.toFixed(2)}`
      } else this.texts.hint.textContent = this.ready() ? '' : 'Draw here: finger, mouse, or arrow keys and space'
    }

    /** The numbers, the sentences, the curves. */
    tell() {
      const {rows, texts, began} = this, last = rows.at(-1), late = average(rows)
      const ratio = late.fake / late.real, now = {ratio, k: began.k, M: late.M}
      texts.step.textContent = `step ${began.steps}`
      const {covered, onData} = this.ready() ? coverage(this.real, LOOK, this.fake, LOOK) : {covered: 0, onData: 0}
      texts.cover.innerHTML = `G reaches <b>${percent(covered)}</b> of the real points; `
        + `<b>${percent(onData)}</b> of its own lie on them.`
      texts.now.textContent = this.verdict(ratio)
      texts.line3.textContent = last?.moved ? this.rule(last) : ''
      const keys = `Arrow keys show D's copy of a place${this.set === 'drawn' ? ', space draws points' : ''}.`
      this.canvas.setAttribute('aria-label', `Map of D's error with real and generated points. `
        + `${texts.cover.textContent} ${texts.now.textContent} ${keys}`)
      for (const chart of this.box.querySelectorAll('[data-curve]')) {
        const key = chart.dataset.curve
        chart.querySelector('output').value = last ? now[key].toFixed(key === 'ratio' ? 2 : 3) : '–'
        this.curve(chart.querySelector('canvas'), key)
      }
    }

    /** The rule of k with the numbers of a step. */
    rule({before, lambdaK, gamma, real, fake, k}) {
      const next = before + lambdaK * (gamma * real - fake), [a, b, c, d] = [before, real, fake, next].map(v => v.toFixed(3))
      return `k = ${a} + ${lambdaK.toFixed(2)} (${gamma.toFixed(2)} × ${b} − ${c}) = ${d}`
        + (next < 0 || next > 1 ? `, which is kept at ${k}` : '')
    }

    verdict(ratio) {
      const {gamma, k, lambdaK} = this.began, drives = way => lambdaK ? `That drives k ${way}.` : 'But lambda_k is 0, so k stays.'
      const span = this.rows.length < 50 ? 'so far' : 'over the last 50 steps'
      const numbers = `${span} L(G(z)) was ${ratio.toFixed(2)} of L(x), and gamma asks for ${gamma.toFixed(2)}`
      if (!this.ready()) return 'First draw some real points on the map.'
      if (!this.rows.length) return 'Two fresh networks: all points of G are at one spot. Press Play.'
      if (ratio < 0.93 * gamma) return `G is ahead, its points are too easy to copy: ${numbers}. `
        + (k < 1 ? drives('up') : 'k is at 1 and goes no higher.')
      if (ratio <= 1.07 * gamma) return `In balance: ${numbers}.`
      if (k > 0) return `D is ahead, G's points are too hard to copy: ${numbers}. ${drives('down')}`
      return `D is ahead: ${numbers}. But k is at 0, so D only learns to copy real points until G catches up.`
    }

    curve(canvas, key) {
      const [width, height] = [canvas.clientWidth, canvas.clientHeight].map(v => Math.round(v * devicePixelRatio))
      if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, {width, height})
      const pen = canvas.getContext('2d'), {colours, tens, open} = this, dot = devicePixelRatio
      pen.clearRect(0, 0, width, height)
      const all = open.length ? [...tens, average(open)] : tens
      const piece = Math.max(1, Math.ceil(2 * dot * all.length / width)), points = []
      for (let from = 0; from < all.length; from += piece) {
        const part = average(all.slice(from, from + piece))
        points.push({value: key === 'ratio' ? part.fake / part.real : part[key], gamma: part.gamma})
      }
      const highest = Math.max(...points.map(p => p.value), 0)
      const top = key === 'ratio' ? 1.5 : [0.1, 0.2, 0.5, 1, 2, 5, 10].find(v => v >= highest) ?? highest
      const left = 26 * dot, pad = 5 * dot, Y = v => height - pad - (height - 2 * pad) * Math.min(v / top, 1)
      const X = j => left + (width - left - dot) * (j + 1) / Math.max(points.length, 30)
      pen.font = `${10 * dot}px sans-serif`
      pen.textBaseline = 'middle'
      pen.fillStyle = colours.soft
      pen.strokeStyle = colours.line
      pen.lineWidth = dot
      for (const v of [0, top]) {
        pen.fillText(String(+v.toFixed(2)), 0, Y(v))
        pen.beginPath()
        pen.moveTo(left, Y(v))
        pen.lineTo(width, Y(v))
        pen.stroke()
      }
      const draw = (values, colour, dash) => {
        pen.strokeStyle = colour
        pen.lineWidth = 1.6 * dot
        pen.setLineDash(dash)
        pen.beginPath()
        values.forEach((v, j) => j ? pen.lineTo(X(j), Y(v)) : pen.moveTo(X(j), Y(v)))
        pen.stroke()
        pen.setLineDash([])
      }
      if (key === 'ratio') draw(points.map(p => p.gamma), colours.real, [5 * dot, 4 * dot])
      draw(points.map(p => p.value), key === 'ratio' ? colours.fake : colours.text, [])
    }
  }

  /** The page on an element; its style comes along once. Dark where Quarto or the system says so. */
  function mount(box) {
    if (!document.getElementById('bp-style')) {
      const style = document.createElement('style'), [, dark] = STYLE.match(/@dark {([^@]*?}) }/)
      style.id = 'bp-style'
      style.textContent = STYLE.replace(/@dark {[^@]*?} }/, `body.quarto-dark ${dark.trim()}
        @media (prefers-color-scheme: dark) { body:not(.quarto-light) ${dark.trim()} }`)
      document.head.append(style)
    }
    return new Page(box)
  }

  return {Began, DATA, drawn, generator, sample, coverage, mount}
})()

if (typeof document !== 'undefined') {
  const start = () => { for (const box of document.querySelectorAll('#plane')) Plane.mount(box) }
  if (document.readyState === 'loading') addEventListener('DOMContentLoaded', start)
  else start()
}
