// How a showtime stands and is sold, while it is looked at: the live connection tells; where there is none, it is asked.

import { api } from '../core/api.js';

const EVERY = 60_000; // ms: a net below the frames, and 10,000 who look are 170 requests a second for a cached answer

export class Terms {
  #page;
  #changed;
  #signal;

  /** `changed(page, before)` is called with the page as it would be loaded now; `signal` ends it. */
  constructor(page, changed, signal) {
    [this.#page, this.#changed, this.#signal] = [page, changed, signal];
    const timer = setInterval(() => this.look(), EVERY);
    document.addEventListener('visibilitychange', () => this.look(), { signal });
    signal.addEventListener('abort', () => clearInterval(timer));
  }

  /** A SHOWTIME frame, or the showtime's own answer. */
  told(now) {
    const before = this.#page;
    if (before.showtime.status === 'canceled') return; // it changes no more, whatever comes late
    const page = merged(before, now);
    if (this.#signal.aborted || fingerprint(page) === fingerprint(before)) return;
    this.#page = page;
    this.#changed(page, before);
  }

  async look() {
    if (document.hidden) return;
    const headers = { 'cache-control': 'no-cache' };
    const now = await api.get(`/api/showtimes/${this.#page.showtime.id}`, { signal: this.#signal, token: 'none', headers }).catch(() => null);
    if (now) this.told(now);
  }
}

/** Of one that is called off nothing else is told, nor wanted. */
function merged(page, now) {
  if (now.status === 'canceled') return { ...page, showtime: { ...page.showtime, status: now.status } };
  const { status, startsAt, timeZone, onSaleFrom, onSaleUntil, seatsPerBuyer, holdSeconds, currency, tiers } = now;
  const showtime = { ...page.showtime, status, startsAt, timeZone, onSaleFrom, onSaleUntil, seatsPerBuyer, holdSeconds, currency };
  return { ...page, showtime, prices: tiers.map(({ name, price }) => ({ name, price })) };
}

function fingerprint({ showtime, prices }) {
  const moments = [showtime.startsAt, showtime.onSaleFrom, showtime.onSaleUntil].map((one) => one && new Date(one).getTime());
  const tiers = prices.map(({ name, price }) => `${name}=${price}`).sort();
  return JSON.stringify([showtime.status, moments, showtime.timeZone, showtime.seatsPerBuyer, showtime.currency, tiers]);
}
