// How each place of a hall stands, kept true by snapshots and changes.

export const [FREE, HELD, SOLD, BLOCKED] = [0, 1, 2, 3];

const LETTERS = '.hsb';
const BY_LETTER = { '.': FREE, h: HELD, s: SOLD, b: BLOCKED };
const BY_LIST = { held: HELD, released: FREE, sold: SOLD, blocked: BLOCKED };

export class Picture {
  #listeners = new Set();

  /** `hall` is of core/layout.js; `seats` the page's {version, states}, or null where nothing is on sale. */
  constructor(hall, seats) {
    this.hall = hall;
    this.version = seats?.version ?? null;
    this.states = seats
      ? Uint8Array.from(seats.states, (letter) => BY_LETTER[letter] ?? BLOCKED)
      : new Uint8Array(hall.count).fill(BLOCKED);
  }

  /** As the page's own `seats`, for another picture to begin with. */
  get seats() {
    return { version: this.version, states: Array.from(this.states, (state) => LETTERS[state]).join('') };
  }

  isFree(place) {
    return this.states[place] === FREE;
  }

  /** Free places from `from` up to `to`, in `tier` if one is named. */
  free(from = 0, to = this.hall.count, tier = null) {
    let found = 0;
    for (let place = from; place < to; place++) {
      if (this.states[place] === FREE && (tier === null || this.hall.tier[place] === tier)) found++;
    }
    return found;
  }

  /** A SNAPSHOT: whatever it does not name is free. */
  become(frame) {
    const fresh = new Uint8Array(this.hall.count);
    this.#write(fresh, frame);
    const changed = [];
    for (let place = 0; place < fresh.length; place++) if (fresh[place] !== this.states[place]) changed.push(place);
    this.states = fresh;
    this.version = frame.version;
    this.#tell(changed);
  }

  /** A SEATS frame. */
  follow(frame) {
    const before = this.states.slice();
    const named = this.#write(this.states, frame);
    this.version = frame.version;
    this.#tell(named.filter((place) => before[place] !== this.states[place]));
  }

  /** Call back with the places that changed; returns how to stop. */
  onChange(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #write(states, frame) {
    const named = [];
    for (const [list, state] of Object.entries(BY_LIST)) {
      for (const id of frame[list] ?? []) {
        const place = this.hall.at.get(id);
        if (place === undefined) continue;
        states[place] = state;
        named.push(place);
      }
    }
    return named;
  }

  #tell(changed) {
    if (changed.length) for (const listener of [...this.#listeners]) listener(changed);
  }
}
