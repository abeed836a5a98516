// Where seats are, so that those in a rectangle or under a finger are found without looking at 20,000.

export class Grid {
  /** `cell` in plan units: some seats wide. */
  constructor(hall, cell) {
    this.hall = hall;
    this.cell = cell;
    this.cells = new Map();
    for (let place = 0; place < hall.seats; place++) {
      const key = this.#key(Math.floor(hall.x[place] / cell), Math.floor(hall.y[place] / cell));
      const found = this.cells.get(key);
      if (found) found.push(place);
      else this.cells.set(key, [place]);
    }
  }

  /** Call `each(place)` for every seat whose cell meets the rectangle. */
  within({ left, top, right, bottom }, each) {
    const [c0, c1] = [Math.floor(left / this.cell), Math.floor(right / this.cell)];
    const [r0, r1] = [Math.floor(top / this.cell), Math.floor(bottom / this.cell)];
    if ((c1 - c0 + 1) * (r1 - r0 + 1) > this.cells.size) return this.#all(each);
    for (let row = r0; row <= r1; row++) {
      for (let column = c0; column <= c1; column++) this.cells.get(this.#key(column, row))?.forEach(each);
    }
  }

  /** The seat nearest to a point, within `reach`; -1 if there is none. */
  near(x, y, reach) {
    let [best, least] = [-1, reach * reach];
    this.within({ left: x - reach, top: y - reach, right: x + reach, bottom: y + reach }, (place) => {
      const distance = (this.hall.x[place] - x) ** 2 + (this.hall.y[place] - y) ** 2;
      if (distance <= least) [best, least] = [place, distance];
    });
    return best;
  }

  #all(each) {
    for (const found of this.cells.values()) found.forEach(each);
  }

  #key(column, row) {
    return column * 65_536 + row; // no hall has as many cells in one direction
  }
}

/** How far it usually is from a seat to the next of its row, in plan units. */
export function pitchOf(hall) {
  const steps = [];
  for (const row of hall.rows) {
    if (row.to - row.from > 1) steps.push(Math.hypot(hall.x[row.from + 1] - hall.x[row.from], hall.y[row.from + 1] - hall.y[row.from]));
    if (steps.length > 200) break;
  }
  steps.sort((a, b) => a - b);
  return steps[steps.length >> 1] || 22; // the pitch of the layouts that Aisle makes itself
}

/** Everything that is drawn. */
export function boundsOf(hall, pitch) {
  const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  const add = (x, y, half = 0, high = half) => {
    box.left = Math.min(box.left, x - half);
    box.right = Math.max(box.right, x + half);
    box.top = Math.min(box.top, y - high);
    box.bottom = Math.max(box.bottom, y + high);
  };
  for (let place = 0; place < hall.seats; place++) add(hall.x[place], hall.y[place], pitch);
  for (const area of hall.areas) add(area.x, area.y, area.width / 2, area.height / 2);
  for (const shape of hall.shapes) {
    add(shape.x, shape.y);
    add(shape.x + (shape.width ?? 0), shape.y + (shape.height ?? 0));
  }
  return Number.isFinite(box.left) ? box : { left: 0, top: 0, right: 100, bottom: 100 };
}
