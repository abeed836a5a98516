// Which part of the hall is seen: a scale and an offset, in CSS pixels. Pure.

const CLOSEST = 46; // px from seat to seat: what a thumb hits, and no closer
const MARGIN = 18; // px around the whole hall
const OVERLAP = 0.35; // of the window that the hall always covers, so that nobody loses it

export class Camera {
  /** `bounds` {left, top, right, bottom} of all that is drawn, `pitch` the usual distance from seat to seat, in plan units. */
  constructor(bounds, pitch) {
    this.bounds = bounds;
    this.pitch = pitch;
    this.scale = 1;
    this.x = 0; // of the plan's origin on the screen
    this.y = 0;
    this.width = 1;
    this.height = 1;
  }

  resize(width, height) {
    const whole = this.width === 1 || this.scale <= this.least * 1.001;
    const middle = this.toPlan(this.width / 2, this.height / 2);
    [this.width, this.height] = [width, height];
    if (whole) return this.fit();
    this.#centre(middle, this.scale);
  }

  /** The scale at which all of the hall is seen. */
  get least() {
    const { left, top, right, bottom } = this.bounds;
    const [w, h] = [Math.max(1, right - left), Math.max(1, bottom - top)];
    return Math.min(this.most, Math.max(1e-4, Math.min((this.width - 2 * MARGIN) / w, (this.height - 2 * MARGIN) / h)));
  }

  get most() {
    return CLOSEST / this.pitch;
  }

  fit() {
    const { left, top, right, bottom } = this.bounds;
    this.#centre({ x: (left + right) / 2, y: (top + bottom) / 2 }, this.least);
  }

  /** Make these plan bounds fill the window, as far as that is allowed. */
  show({ left, top, right, bottom }) {
    const scale = Math.min((this.width - 2 * MARGIN) / Math.max(1, right - left), (this.height - 2 * MARGIN) / Math.max(1, bottom - top));
    this.#centre({ x: (left + right) / 2, y: (top + bottom) / 2 }, this.#allowed(scale));
  }

  /** Closer by `factor`; what is at (x, y) of the window stays there. */
  zoom(factor, x = this.width / 2, y = this.height / 2) {
    const scale = this.#allowed(this.scale * factor);
    const at = this.toPlan(x, y);
    this.scale = scale;
    this.x = x - at.x * scale;
    this.y = y - at.y * scale;
    this.#clamp();
  }

  pan(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.#clamp();
  }

  toPlan(x, y) {
    return { x: (x - this.x) / this.scale, y: (y - this.y) / this.scale };
  }

  toScreen(x, y) {
    return { x: x * this.scale + this.x, y: y * this.scale + this.y };
  }

  /** What of the plan is in the window, and `more` plan units around it. */
  seen(more = 0) {
    const [a, b] = [this.toPlan(0, 0), this.toPlan(this.width, this.height)];
    return { left: a.x - more, top: a.y - more, right: b.x + more, bottom: b.y + more };
  }

  get state() {
    return { scale: this.scale, x: this.x, y: this.y };
  }

  set state({ scale, x, y }) {
    Object.assign(this, { scale, x, y });
  }

  #allowed(scale) {
    return Math.min(this.most, Math.max(this.least, scale));
  }

  #centre(at, scale) {
    this.scale = scale;
    this.x = this.width / 2 - at.x * scale;
    this.y = this.height / 2 - at.y * scale;
    this.#clamp();
  }

  #clamp() {
    const { left, top, right, bottom } = this.bounds;
    this.x = clamped(this.x, left * this.scale, right * this.scale, this.width);
    this.y = clamped(this.y, top * this.scale, bottom * this.scale, this.height);
  }
}

/** The offset at which a hall from `from` to `to` px still covers a part of a window of `size` px; in its middle if it is smaller. */
function clamped(offset, from, to, size) {
  if (to - from <= size - 2 * MARGIN) return size / 2 - (from + to) / 2;
  const kept = size * OVERLAP;
  return Math.min(size - kept - from, Math.max(kept - to, offset));
}
