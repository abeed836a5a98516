// What was decided without the box office is told to it, and what it knows is fetched: who came in by other doors, how
// many are expected, and the keys. Whatever fails is tried again in the next round.

import { api, Problem } from '../core/api.js';
import { isMember } from '../core/session.js';
import { heardOf } from './ruling.js';
import { store } from './store.js';

const AT_ONCE = 500; // as many as the box office takes
const PAGE = 200;
const PAGES = 100; // of the door's book at the first look: 20,000 passes
const listeners = new Set();

/** Call back after each change of the queue or of what is in trouble. */
export function onQueue(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const told = () => listeners.forEach((listener) => listener());

/** Tell all that waits, the oldest first; how many were told. Two tabs at once do no harm, but one is enough. */
export async function upload() {
  return navigator.locks ? navigator.locks.request('aisle.door.upload', uploaded) : uploaded();
}

async function uploaded() {
  const waiting = (await store.all('queue')).sort((a, b) => (a.at < b.at ? -1 : 1));
  if (!waiting.length || !isMember()) return 0;
  for (let from = 0; from < waiting.length; from += AT_ONCE) {
    const items = waiting.slice(from, from + AT_ONCE);
    const answer = await api.post('/api/checkins/batch', { items }, { timeout: 60_000 });
    await store.together(['queue', 'trouble'], ({ queue, trouble }) => {
      items.forEach((item, at) => {
        const said = answer.items[at];
        queue.delete(item.nonce);
        // of two entries with one ticket the earlier counts: then `conflict` is said of one that is ok itself
        if (said.conflict || said.status !== 'ok') trouble.put({ ...said, nonce: item.nonce, showtimeId: item.showtimeId });
      });
    });
    told();
  }
  return waiting.length;
}

/** The counts of a showtime, and the passes at all its doors since the last look. */
export async function look(showtimeId, signal) {
  const mark = `seen ${showtimeId}`;
  const last = await store.kept(mark);
  const fresh = [];
  let [cursor, counts, known] = [null, null, false];
  for (let page = 0; page < PAGES && !known; page++) {
    const query = { limit: last ? 50 : PAGE, standing: 'counted', cursor };
    const book = await api.get(`/api/showtimes/${showtimeId}/checkins`, { query, signal, timeout: 6_000 });
    counts ??= book.counts;
    const upTo = book.items.findIndex((one) => one.id === last);
    fresh.push(...(upTo < 0 ? book.items : book.items.slice(0, upTo)));
    cursor = book.nextCursor;
    known = upTo >= 0 || !cursor;
  }
  heardOf(true);
  if (fresh.length) await learn(fresh, showtimeId, mark);
  return counts;
}

async function learn(fresh, showtimeId, mark) {
  const mine = new Map((await store.all('passes')).map((one) => [one.ticketId, one]));
  await store.together(['passes', 'kept'], ({ passes, kept }) => {
    for (const one of fresh.reverse()) { // the oldest first: the last word counts
      const before = mine.get(one.ticketId);
      if (!one.ticketId || (before && before.last.at >= one.at)) continue;
      const now = {
        ticketId: one.ticketId, showtimeId, serial: before?.serial ?? 0, inside: one.type === 'entry',
        last: { type: one.type, at: one.at, gate: one.gate }, ticket: before?.ticket,
      };
      mine.set(one.ticketId, now);
      passes.put(now);
    }
    kept.put(fresh.at(-1).id, mark);
  });
}

/** The published keys, kept; true if there are any. */
export async function fetchKeys(signal) {
  try {
    const { keys } = await api.get('/.well-known/tickets.json', { signal, token: 'none' });
    await store.keep('keys', keys);
    return keys.length > 0;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return Boolean((await store.kept('keys'))?.length);
  }
}
