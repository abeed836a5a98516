// One small picture for each look of a seat, stamped wherever such a seat is: thousands of stamps cost less than one path
// of thousands of outlines, on every machine.

import { BLOCKED, FREE, HELD, SOLD } from './picture.js';
import { outline, wheelchair } from './marks.js';

const SMALL = 7; // px from seat to seat below which a seat is a plain square: nobody sees more
const WHEELCHAIR = 12; // px from which that sign is more than a spot

export class Sprites {
  #made = new Map();
  #pixels = 0;

  /** `pixels` from seat to seat, on the screen's own raster. */
  constructor(colours) {
    this.colours = colours;
  }

  /** The looks at this size. */
  at(pixels) {
    const rounded = Math.max(1, Math.round(pixels * 4) / 4);
    if (rounded !== this.#pixels) this.#made.clear();
    this.#pixels = rounded;
    return this;
  }

  get size() {
    return Math.ceil(this.#pixels);
  }

  of(state, tier, accessible) {
    const key = state === FREE ? tier * 2 + accessible : -state;
    let found = this.#made.get(key);
    if (!found) this.#made.set(key, (found = this.#make(state, tier, accessible)));
    return found;
  }

  #make(state, tier, accessible) {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = this.size;
    const context = canvas.getContext('2d');
    const [middle, r] = [this.size / 2, this.#pixels * 0.41];
    const small = this.#pixels < SMALL;
    const look = {
      [FREE]: () => this.#fill(context, this.colours.tiers[tier].colour, small ? 'square' : this.colours.tiers[tier].shape, middle, r),
      [HELD]: () => (small ? this.#fill(context, this.colours['seat-held'], 'square', middle, r * 0.8) : this.#ring(context, middle, r)),
      [SOLD]: () => this.#fill(context, this.colours['seat-sold'], small ? 'square' : 'circle', middle, r * 0.62),
      [BLOCKED]: () => this.#fill(context, this.colours['seat-blocked'], small ? 'square' : 'circle', middle, r * 0.45),
    };
    look[state]();
    if (state === FREE && accessible && this.#pixels >= WHEELCHAIR) this.#sign(context, this.colours.onTiers[tier], middle, r);
    return canvas;
  }

  #fill(context, colour, shape, middle, r) {
    context.beginPath();
    outline(context, shape, middle, middle, r);
    context.fillStyle = colour;
    context.fill();
  }

  #ring(context, middle, r) {
    context.beginPath();
    outline(context, 'circle', middle, middle, r * 0.75);
    context.lineWidth = r * 0.4;
    context.strokeStyle = this.colours['seat-held'];
    context.stroke();
  }

  #sign(context, colour, middle, r) {
    context.beginPath();
    wheelchair(context, middle, middle, r * 0.9);
    Object.assign(context, { lineWidth: r * 0.14, lineCap: 'round', lineJoin: 'round', strokeStyle: colour });
    context.stroke();
  }
}
