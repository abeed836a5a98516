// How the seats of a showtime stand: the layout that it was published on, and what of it is not free.

import { api } from '../../core/api.js';
import { FRESH } from '../workspace.js';

const LISTS = { held: 'held', sold: 'sold', blocked: 'blocked' };

export class States {
  #by = new Map(); // seat id -> held, sold or blocked

  constructor(showtimeId) {
    this.showtimeId = showtimeId;
    this.version = null;
  }

  of(id) {
    return this.#by.get(id) ?? 'free';
  }

  /** Ask anew; whether something changed. */
  async load(signal) {
    const found = await api.get(`/api/showtimes/${this.showtimeId}/seats`, { signal, headers: FRESH });
    return this.become(found);
  }

  /** A picture of all that is not free. */
  become(found) {
    if (found.version === this.version) return false;
    this.#by.clear();
    for (const [list, state] of Object.entries(LISTS)) for (const id of found[list] ?? []) this.#by.set(id, state);
    this.version = found.version;
    return true;
  }

  /** What changed since. */
  follow(frame) {
    for (const id of frame.released ?? []) this.#by.delete(id);
    for (const [list, state] of Object.entries(LISTS)) for (const id of frame[list] ?? []) this.#by.set(id, state);
    this.version = frame.version;
  }

  count(ids, state) {
    let found = 0;
    for (const id of ids) if (this.of(id) === state) found++;
    return found;
  }
}

export const placesOfArea = (area) => Array.from({ length: area.capacity }, (_, at) => `${area.id}:${at + 1}`);
