// Draws the hall in layers. Far away, the whole hall is one bitmap; near, the window and something around it is one, made
// anew when the window leaves it. A step of a pan is one bitmap moved, and a change is some seats mended.

import { Layer } from './layer.js';
import { outline, tick } from './marks.js';
import { names } from './scenery.js';
import { Sprites } from './sprites.js';

const NUMBERED = 26; // px from seat to seat from which a number is legible
const LARGEST = 4096; // px: the largest bitmap that every phone makes
const FAR = 1.6; // times the whole hall's scale up to which one bitmap of it serves
const AROUND = 0.3; // of the window on each side: some hundred pixels of pan, at not quite three times the seats
const FADE = 700; // ms that a change is shown for
const MENDED = 2_000; // seats at once, from which a new layer is cheaper

export class Painter {
  constructor(hall, picture, choice, camera, grid, pitch) {
    Object.assign(this, { hall, picture, choice, camera, grid, pitch });
    this.far = null;
    this.near = null;
    this.fresh = new Map(); // place -> when it changed
    this.mine = new Set(); // places of one's own hold
    this.pointed = -1;
    this.ratio = 1;
  }

  /** As the page looks now; null: it looks different, read it again. */
  set colours(found) {
    this.looks = found;
    this.sprites = found && new Sprites(found);
    this.forget();
  }

  get colours() {
    return this.looks;
  }

  /** Whatever was drawn before is not true any more. */
  forget() {
    this.far = this.near = null;
  }

  isNumbered(scale) {
    return (this.pitch * scale) / this.ratio >= NUMBERED;
  }

  /** These places changed. */
  changed(places, now, calm) {
    const seats = places.filter((place) => place < this.hall.seats);
    if (seats.length < places.length || seats.length > MENDED) this.forget();
    for (const layer of [this.far, this.near]) layer?.mend(seats);
    if (!calm) for (const place of seats) this.fresh.set(place, now);
  }

  /** Draw; answers whether something still moves. */
  draw(context, ratio, now) {
    const { camera } = this;
    const pitch = this.pitch * camera.scale;
    this.ratio = ratio;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, camera.width, camera.height);
    this.#layer().draw(context, camera);
    this.#drawChosen(context, pitch);
    names(context, this.hall, camera, pitch, this.looks);
    return this.#drawFresh(context, pitch, now);
  }

  #layer() {
    const { camera, ratio } = this;
    const box = camera.bounds;
    const whole = Math.min(camera.least * FAR * ratio, LARGEST / (box.right - box.left), LARGEST / (box.bottom - box.top));
    if (camera.scale <= camera.least * FAR) {
      if (this.far?.scale !== whole) this.far = new Layer(this, grown(box, this.pitch), whole, 1 / camera.least);
      return this.far;
    }
    const scale = camera.scale * ratio;
    if (this.near?.scale !== scale || !this.near.covers(camera.seen())) {
      this.near = new Layer(this, this.#around(scale), scale, 1 / camera.scale);
    }
    return this.near;
  }

  /** What the window shows and something more; on whole pixels, so that a moved layer is as sharp as a new one. */
  #around(scale) {
    const more = AROUND * Math.max(this.camera.width, this.camera.height) / this.camera.scale;
    const seen = this.camera.seen(Math.min(more, (LARGEST / scale - this.camera.width / this.camera.scale) / 2));
    return { ...seen, left: Math.floor(seen.left * scale) / scale, top: Math.floor(seen.top * scale) / scale };
  }

  #drawChosen(context, pitch) {
    const places = [...this.mine, ...this.choice.places].filter((place) => place < this.hall.seats);
    const r = Math.max(3.5, pitch * 0.46);
    for (const place of places) {
      const { x, y } = this.camera.toScreen(this.hall.x[place], this.hall.y[place]);
      this.#disc(context, x, y, r + 2.5, this.looks.surface);
      this.#disc(context, x, y, r, this.looks['seat-mine']);
      context.beginPath();
      tick(context, x, y, r);
      Object.assign(context, { lineWidth: r * 0.2, lineCap: 'round', lineJoin: 'round', strokeStyle: this.looks.surface });
      if (r > 5) context.stroke();
    }
    if (this.pointed >= 0) this.#ring(context, this.pointed, r + 2, this.picture.isFree(this.pointed) ? this.looks.ink : this.looks['line-strong']);
  }

  /** A ring that opens and fades around what somebody else just took or gave back. */
  #drawFresh(context, pitch, now) {
    for (const [place, since] of this.fresh) {
      const passed = (now - since) / FADE;
      if (passed >= 1) {
        this.fresh.delete(place);
        continue;
      }
      const colour = this.picture.isFree(place) ? this.looks.tiers[this.hall.tier[place]].colour : this.looks['line-strong'];
      context.globalAlpha = Math.max(0, 1 - passed);
      this.#ring(context, place, Math.max(3, pitch * 0.45) * (1 + Math.max(0, passed) * 0.7), colour);
      context.globalAlpha = 1;
    }
    return this.fresh.size > 0;
  }

  #disc(context, x, y, r, colour) {
    context.beginPath();
    outline(context, 'circle', x, y, r);
    context.fillStyle = colour;
    context.fill();
  }

  #ring(context, place, r, colour) {
    const { x, y } = this.camera.toScreen(this.hall.x[place], this.hall.y[place]);
    context.beginPath();
    outline(context, 'circle', x, y, r);
    context.lineWidth = 2;
    context.strokeStyle = colour;
    context.stroke();
  }
}

const grown = ({ left, top, right, bottom }, by) => ({ left: left - by, top: top - by, right: right + by, bottom: bottom + by });
