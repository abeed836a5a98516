// The seat map: a canvas with what belongs to it, the buttons to zoom and the card that says what is under the pointer.
//
//   const map = new SeatMap({ hall, picture, choice, pick(place), enter(area), card(place) -> Node });
//   somewhere.append(map.node);   …   map.close();

import { onColours } from '../core/colour.js';
import { h, replace } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { Camera } from './camera.js';
import { colours } from './colours.js';
import { gestures } from './gestures.js';
import { Grid } from './grid.js';
import { Painter } from './painter.js';

const CHOOSABLE = { mouse: 9, pen: 12, touch: 17 }; // px from seat to seat from which a tap means one seat and not its neighbour
const CLOSER = 3; // a tap on seats that are too small shows them so much larger
const GLIDE = 240; // ms

export class SeatMap {
  constructor({ hall, picture, choice, pick, enter, card }) {
    Object.assign(this, { hall, picture, choice, pick, enter, card });
    this.still = matchMedia('(prefers-reduced-motion: reduce)');
    this.camera = new Camera(hall.bounds, hall.pitch);
    this.grid = new Grid(hall, hall.pitch * 6);
    this.painter = new Painter(hall, picture, choice, this.camera, this.grid, hall.pitch);
    this.canvas = h('canvas', { class: 'map-canvas', tabindex: 0, role: 'img', aria: { label: t('map.label') } });
    this.bubble = h('div', { class: 'map-card', hidden: true });
    this.node = h('div', { class: 'map' }, this.canvas, this.#tools(), this.bubble);
    this.#live();
  }

  close() {
    this.ended.abort();
    this.watch.disconnect();
    cancelAnimationFrame(this.asked);
  }

  /** These places are the buyer's own hold. */
  hold(places) {
    this.painter.mine = new Set(places);
    this.ask();
  }

  /** Show these places, close enough to tell them apart. */
  reveal(places) {
    const seats = places.filter((place) => place < this.hall.seats);
    if (!seats.length) return;
    const [x, y] = [seats.map((place) => this.hall.x[place]), seats.map((place) => this.hall.y[place])];
    const more = this.hall.pitch * 6;
    const [left, right] = [Math.min(...x) - more, Math.max(...x) + more];
    this.#glide(() => this.camera.show({ left, right, top: Math.min(...y) - more, bottom: Math.max(...y) + more }));
  }

  /** Draw once, with the next frame. */
  ask() {
    this.asked ||= requestAnimationFrame((now) => this.#draw(now));
  }

  #live() {
    this.ended = new AbortController();
    const { signal } = this.ended;
    this.watch = new ResizeObserver(() => this.#resize());
    this.watch.observe(this.node);
    const off = [
      this.picture.onChange((places) => {
        this.painter.changed(places, performance.now(), this.still.matches || document.hidden);
        this.ask();
      }),
      this.choice.onChange(() => this.ask()),
    ];
    signal.addEventListener('abort', () => off.forEach((stop) => stop()));
    onColours(() => this.#recolour(), signal);
    gestures(this.canvas, {
      pan: (dx, dy) => (this.camera.pan(dx, dy), this.ask()),
      zoom: (factor, x, y) => (this.camera.zoom(factor, x, y), this.ask()),
      tap: (x, y, kind, twice) => this.#tap(x, y, kind, twice),
      hover: (x, y) => this.#hover(x, y),
      leave: () => this.#hover(),
    }, signal);
  }

  #resize() {
    const { clientWidth, clientHeight } = this.canvas;
    if (!clientWidth || !clientHeight) return;
    this.ratio = Math.min(3, devicePixelRatio || 1);
    this.canvas.width = Math.round(clientWidth * this.ratio);
    this.canvas.height = Math.round(clientHeight * this.ratio);
    this.camera.resize(clientWidth, clientHeight);
    this.painter.forget();
    this.#draw(performance.now());
  }

  #recolour() {
    this.painter.colours = null;
    this.ask();
  }

  #draw(now) {
    this.asked = 0;
    if (!this.ratio || !this.canvas.clientWidth) return; // not laid out yet
    if (!this.painter.colours) this.painter.colours = colours(this.node, this.hall.tiers);
    if (this.painter.draw(this.canvas.getContext('2d'), this.ratio, now)) this.ask();
  }

  #tap(x, y, kind, twice) {
    if (twice) return this.#glide(() => this.camera.zoom(2, x, y));
    const area = this.#areaAt(x, y);
    const place = this.#seatAt(x, y);
    if (place < 0) return area && this.enter(area);
    const pitch = this.hall.pitch * this.camera.scale;
    if (pitch < CHOOSABLE[kind] && this.camera.scale < this.camera.most) return this.#glide(() => this.camera.zoom(Math.max(CLOSER, (CHOOSABLE[kind] * 1.5) / pitch), x, y));
    this.pick(place);
  }

  #hover(x, y) {
    const area = x === undefined ? null : this.#areaAt(x, y);
    const place = x === undefined ? -1 : this.#seatAt(x, y);
    this.canvas.classList.toggle('pointing', place >= 0 || Boolean(area));
    if (place === this.painter.pointed && place >= 0) return;
    this.painter.pointed = place;
    this.bubble.hidden = place < 0 && !area;
    if (!this.bubble.hidden) {
      replace(this.bubble, this.card(place >= 0 ? place : area.from));
      this.#put(place >= 0 ? this.camera.toScreen(this.hall.x[place], this.hall.y[place]) : { x, y });
    }
    this.ask();
  }

  /** Above what it speaks of, or below where there is no room; always within the map. */
  #put({ x, y }) {
    const { offsetWidth: width, offsetHeight: height } = this.bubble;
    const gap = 14 + (this.hall.pitch * this.camera.scale) / 2;
    const left = Math.max(6, Math.min(this.camera.width - width - 6, x - width / 2));
    const top = y - height - gap < 6 ? y + gap : y - height - gap;
    this.bubble.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }

  #seatAt(x, y) {
    const at = this.camera.toPlan(x, y);
    return this.grid.near(at.x, at.y, Math.max(this.hall.pitch * 0.6, 4 / this.camera.scale));
  }

  #areaAt(x, y) {
    const at = this.camera.toPlan(x, y);
    const inside = ({ box }) => at.x >= box.left && at.x <= box.left + box.width && at.y >= box.top && at.y <= box.top + box.height;
    return this.hall.areas.find(inside) ?? null;
  }

  /** Move the camera there, unless the buyer wants things to stand still. */
  #glide(move) {
    const from = this.camera.state;
    move();
    const to = this.camera.state;
    if (this.still.matches) return this.ask();
    const began = performance.now();
    const step = (now) => {
      const passed = Math.min(1, (now - began) / GLIDE);
      const part = 1 - (1 - passed) ** 3;
      this.camera.state = Object.fromEntries(Object.keys(to).map((key) => [key, from[key] + (to[key] - from[key]) * part]));
      this.#draw(now);
      if (passed < 1 && !this.ended.signal.aborted) requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  #tools() {
    const button = (label, key, run) => h('button', { class: 'button icon', type: 'button', onclick: run, title: t(key), aria: { label: t(key) } }, label);
    return h('div', { class: 'map-tools' },
      button('+', 'map.closer', () => this.#glide(() => this.camera.zoom(1.7))),
      button('−', 'map.farther', () => this.#glide(() => this.camera.zoom(1 / 1.7))),
      button('⤢', 'map.whole', () => this.#glide(() => this.camera.fit())));
  }
}
