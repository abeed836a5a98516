// A venue on a canvas, for those who draw it, block its seats, or watch them sell. What a seat looks like and what a
// pointer does are its user's: `look` has fill(place) and chosen(place), `tool` may take a gesture, or else it pans.
//
//   const plan = new Plan({ label, look, tool });   plan.show(layout);   plan.ask();   plan.close();

import { onColours } from '../../core/colour.js';
import { h } from '../../core/dom.js';
import { t } from '../../core/i18n.js';
import { colours, tierColours } from './colours.js';
import { eachWithin, placesOf } from './places.js';
import { paint } from './paint.js';

const CLOSEST = 60; // px from seat to seat
const MARGIN = 24;
const SLOP = 4; // px that a hand may tremble without it being a drag

export class Plan {
  constructor({ label, look, tool = {}, help = '' }) {
    Object.assign(this, { look, tool });
    this.camera = { scale: 1, x: 0, y: 0 };
    this.places = placesOf({});
    this.canvas = h('canvas', { class: 'plan-canvas', tabindex: 0, role: 'application', aria: { label, roledescription: t('plan.kind'), description: help || null } });
    this.node = h('div', { class: 'plan' }, this.canvas, this.#tools());
    this.ended = new AbortController();
    this.pointers = new Map();
    this.fitted = false;
    this.watch = new ResizeObserver(() => this.#resize());
    this.watch.observe(this.node);
    onColours(() => (this.#recolour(), this.ask()), this.ended.signal);
    this.#listen();
  }

  close() {
    this.ended.abort();
    this.watch.disconnect();
    this.read?.end();
    cancelAnimationFrame(this.asked);
  }

  /** Another layout; the view stays where it is unless it was never set. */
  show(layout) {
    const recoloured = layout.tiers !== this.layout?.tiers;
    this.layout = layout;
    this.places = placesOf(layout);
    if (recoloured) this.#recolour();
    if (!this.fitted) this.fit();
    this.ask();
  }

  fit() {
    const { left, top, right, bottom } = this.places.bounds;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width || !this.layout) return;
    this.fitted = true;
    const pad = MARGIN + 10;
    const scale = Math.min((width - 2 * pad) / Math.max(right - left, this.places.pitch * 4), (height - 2 * pad) / Math.max(bottom - top, this.places.pitch * 4), CLOSEST / this.places.pitch / 1.5);
    this.camera = { scale, x: width / 2 - ((left + right) / 2) * scale, y: height / 2 - ((top + bottom) / 2) * scale };
    this.ask();
  }

  ask() {
    this.asked ||= requestAnimationFrame(() => {
      this.asked = 0;
      if (this.layout && this.ratio) paint(this); // else it is not laid out yet
    });
  }

  zoom(factor, x = this.canvas.clientWidth / 2, y = this.canvas.clientHeight / 2) {
    const { camera } = this;
    const scale = Math.min(CLOSEST / this.places.pitch, Math.max(0.005, camera.scale * factor));
    const by = scale / camera.scale;
    this.camera = { scale, x: x - (x - camera.x) * by, y: y - (y - camera.y) * by };
    this.ask();
  }

  toPlan({ x, y }) {
    return { x: (x - this.camera.x) / this.camera.scale, y: (y - this.camera.y) / this.camera.scale };
  }

  /** Whether something is being dragged or painted at this moment. */
  get isBusy() {
    return Boolean(this.taken && this.moved);
  }

  /** What is at this point of the plan: a seat, an area or a shape; the uppermost. */
  at(point) {
    const reach = Math.max(this.places.pitch * 0.75, 5 / this.camera.scale); // between two rows is still theirs
    let [found, near] = [null, reach];
    eachWithin(this.places, { left: point.x - reach, top: point.y - reach, right: point.x + reach, bottom: point.y + reach }, (place) => {
      const away = Math.hypot(place.x - point.x, place.y - point.y);
      if (away < near) [found, near] = [place, away];
    });
    if (found) return { kind: 'seat', place: found, section: found.section };
    const within = ({ x, y, width, height }) => point.x >= x && point.x <= x + width && point.y >= y && point.y <= y + height;
    const area = this.layout.areas?.findLast((one) => within(this.places.boxes.get(one.id)));
    if (area) return { kind: 'area', area };
    const index = (this.layout.shapes ?? []).findLastIndex((one) => within({ width: 0, height: 0, ...one }));
    return index >= 0 ? { kind: 'shape', index } : null;
  }

  /** The places within a box of plan points. */
  within(a, b) {
    const found = [];
    const box = { left: Math.min(a.x, b.x), right: Math.max(a.x, b.x), top: Math.min(a.y, b.y), bottom: Math.max(a.y, b.y) };
    eachWithin(this.places, box, (place) => found.push(place));
    return found;
  }

  #recolour() {
    this.read?.end();
    this.read = colours();
    this.tiers = tierColours(this.layout?.tiers ?? [], this.read);
    this.stamps = new Map();
  }

  #resize() {
    const ratio = Math.min(2, devicePixelRatio || 1);
    const { clientWidth, clientHeight } = this.canvas;
    if (!clientWidth) return;
    this.ratio = ratio;
    this.canvas.width = Math.round(clientWidth * ratio);
    this.canvas.height = Math.round(clientHeight * ratio);
    if (!this.fitted) this.fit();
    this.asked = 0;
    this.ask();
  }

  #listen() {
    const options = { signal: this.ended.signal };
    const on = (name, listener, more) => this.canvas.addEventListener(name, listener, { ...options, ...more });
    on('pointerdown', (event) => this.#down(event));
    on('pointermove', (event) => this.#move(event));
    on('pointerup', (event) => this.#up(event));
    on('pointercancel', (event) => this.#up(event));
    on('wheel', (event) => (event.preventDefault(), this.zoom(Math.exp(-event.deltaY * 0.0015), event.offsetX, event.offsetY)), { passive: false });
    on('keydown', (event) => this.tool.key?.(event) && event.preventDefault());
  }

  #point(event) {
    const box = this.canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  #down(event) {
    if (event.button) return;
    const screen = this.#point(event);
    this.pointers.set(event.pointerId, screen);
    try {
      this.canvas.setPointerCapture(event.pointerId);
    } catch {
      // a pointer that is gone already
    }
    if (this.pointers.size > 1) {
      this.taken = false;
      return;
    }
    const point = this.toPlan(screen);
    this.began = screen;
    this.moved = false;
    this.taken = Boolean(this.tool.down?.(this.at(point), point, event));
  }

  #move(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return this.tool.hover?.(this.at(this.toPlan(this.#point(event))), this.#point(event));
    const now = this.#point(event);
    if (this.pointers.size === 2) return this.#pinch(event.pointerId, before, now);
    this.moved ||= Math.hypot(now.x - this.began.x, now.y - this.began.y) > SLOP;
    this.pointers.set(event.pointerId, now);
    if (!this.moved) return;
    if (this.taken) return this.tool.drag?.(this.toPlan(now), this.at(this.toPlan(now)));
    this.camera = { ...this.camera, x: this.camera.x + now.x - before.x, y: this.camera.y + now.y - before.y };
    this.ask();
  }

  #pinch(id, before, now) {
    const [other] = [...this.pointers].filter(([one]) => one !== id).map(([, point]) => point);
    const [was, is] = [before, now].map((one) => Math.hypot(one.x - other.x, one.y - other.y));
    this.pointers.set(id, now);
    if (was > 8) this.zoom(is / was, (now.x + other.x) / 2, (now.y + other.y) / 2);
    this.moved = true;
  }

  #up(event) {
    if (!this.pointers.delete(event.pointerId) || this.pointers.size) return;
    const point = this.toPlan(this.#point(event));
    if (!this.moved && event.type === 'pointerup') this.tool.tap?.(this.at(point), point, event);
    else if (this.taken) this.tool.drop?.(point);
    this.taken = false;
  }

  #tools() {
    const button = (label, key, run) => h('button', { class: 'button icon', type: 'button', onclick: run, title: t(key), aria: { label: t(key) } }, label);
    return h('div', { class: 'plan-tools' },
      button('+', 'plan.closer', () => this.zoom(1.5)), button('−', 'plan.farther', () => this.zoom(1 / 1.5)), button('⤢', 'plan.whole', () => this.fit()));
  }
}
