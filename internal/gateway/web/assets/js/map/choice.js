// What the buyer has chosen of the hall, whichever way it was chosen: the map and the list share one of these.

export class Choice {
  #places = new Set();
  #listeners = new Set();

  constructor(picture, limit) {
    this.picture = picture;
    this.limit = limit;
    this.locked = false; // while something is asked for, or held
  }

  get size() {
    return this.#places.size;
  }

  get places() {
    return [...this.#places].sort((a, b) => a - b);
  }

  has(place) {
    return this.#places.has(place);
  }

  /** Take a seat or put it back; answers 'taken', 'limit' or 'locked' where that cannot be, and else 'added' or 'removed'. */
  toggle(place) {
    if (this.locked) return 'locked';
    if (this.#places.has(place)) return this.remove([place]), 'removed';
    if (!this.picture.isFree(place)) return 'taken';
    if (this.#places.size >= this.limit) return 'limit';
    this.#places.add(place);
    this.#tell('added', [place]);
    return 'added';
  }

  /** Put these back; 'lost' says that it was not the buyer who did. */
  remove(places, what = 'removed') {
    const gone = places.filter((place) => this.#places.delete(place));
    if (gone.length) this.#tell(what, gone);
  }

  replace(places) {
    this.#places = new Set(places);
    this.#tell('replaced', places);
  }

  /** Call back with (what, places); returns how to stop. */
  onChange(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(what, places) {
    for (const listener of [...this.#listeners]) listener(what, places);
  }
}

/** Free seats beside these, nearest first: what to offer to whoever lost one of them. */
export function neighbours(picture, places, chosen, wanted) {
  const { hall } = picture;
  const near = new Map();
  for (const lost of places) {
    if (lost >= hall.seats) continue;
    const row = hall.rows[hall.row[lost]];
    for (let place = row.from; place < row.to; place++) {
      if (!picture.isFree(place) || chosen.has(place)) continue;
      const distance = Math.abs(place - lost);
      if (distance <= REACH) near.set(place, Math.min(distance, near.get(place) ?? REACH));
    }
  }
  return [...near].sort((a, b) => a[1] - b[1]).slice(0, wanted).map(([place]) => place);
}

const REACH = 6; // seats along the row: further off it is no longer "beside"
