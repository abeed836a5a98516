// A part of the hall as a bitmap that is made once and moved with the camera.

import { areas, shapes } from './scenery.js';

/** `box` in plan units, `scale` in pixels of the screen's raster for each, `unit` plan units for each CSS pixel seen. */
export class Layer {
  constructor(painter, box, scale, unit) {
    Object.assign(this, { painter, box, scale, unit });
    this.canvas = document.createElement('canvas');
    this.canvas.width = Math.max(1, Math.ceil((box.right - box.left) * scale));
    this.canvas.height = Math.max(1, Math.ceil((box.bottom - box.top) * scale));
    this.context = this.canvas.getContext('2d');
    this.#scenery();
    const places = [];
    painter.grid.within(box, (place) => places.push(place));
    this.#stamp(places);
    if (painter.isNumbered(scale)) this.#number(places);
  }

  /** Whether all of this is in it. */
  covers({ left, top, right, bottom }) {
    const { box } = this;
    return left >= box.left && top >= box.top && right <= box.right && bottom <= box.bottom;
  }

  draw(context, camera) {
    const at = camera.toScreen(this.box.left, this.box.top);
    const factor = camera.scale / this.scale;
    context.drawImage(this.canvas, at.x, at.y, this.canvas.width * factor, this.canvas.height * factor);
  }

  /** These seats changed; the ground under them is clear, for seats stand on nothing that is drawn but areas. */
  mend(places) {
    const { hall, pitch } = this.painter;
    const size = Math.ceil(pitch * this.scale * 0.98);
    for (const place of places) this.context.clearRect(this.#x(hall.x[place]) - size / 2, this.#y(hall.y[place]) - size / 2, size, size);
    this.#stamp(places);
    if (this.painter.isNumbered(this.scale)) this.#number(places);
  }

  #scenery() {
    const { hall, picture, colours } = this.painter;
    this.context.setTransform(this.scale, 0, 0, this.scale, -this.box.left * this.scale, -this.box.top * this.scale);
    shapes(this.context, hall, colours, this.unit);
    areas(this.context, hall, picture, colours, this.unit);
    this.context.setTransform(1, 0, 0, 1, 0, 0);
  }

  #stamp(places) {
    const { hall, picture, pitch } = this.painter;
    const sprites = this.painter.sprites.at(pitch * this.scale);
    const half = sprites.size / 2;
    for (const place of places) {
      const sprite = sprites.of(picture.states[place], hall.tier[place], Number(hall.flags.get(place)?.includes('accessible') ?? 0));
      this.context.drawImage(sprite, Math.round(this.#x(hall.x[place]) - half), Math.round(this.#y(hall.y[place]) - half));
    }
  }

  #number(places) {
    const { hall, picture, colours, pitch } = this.painter;
    Object.assign(this.context, { font: `600 ${Math.round(pitch * this.scale * 0.34)}px system-ui, sans-serif`, textAlign: 'center', textBaseline: 'middle' });
    for (const place of places) {
      if (!picture.isFree(place) || hall.flags.get(place)?.includes('accessible')) continue;
      this.context.fillStyle = colours.onTiers[hall.tier[place]];
      this.context.fillText(hall.numbers[place], this.#x(hall.x[place]), this.#y(hall.y[place]));
    }
  }

  #x = (x) => (x - this.box.left) * this.scale;
  #y = (y) => (y - this.box.top) * this.scale;
}
