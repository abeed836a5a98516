// The showtimes whose doors somebody may keep: of their organisations, from last night on. Kept for when there is no
// network.

import { api, pages, Problem } from '../core/api.js';
import { isMember } from '../core/session.js';
import { store } from './store.js';

const SINCE = 12 * 3_600_000; // ms: a show of last night has its doors open still
const AT_ONCE = 6; // requests: as many as a browser has connections to one house

/** {items: [{id, name, startsAt, timeZone, status}], old}; `old` where these are the kept ones. */
export async function showtimes(signal) {
  if (isMember() && navigator.onLine) {
    try {
      const items = await found(signal);
      await store.keep('showtimes', items);
      return { items, old: false };
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 0) throw error;
    }
  }
  return { items: (await store.kept('showtimes')) ?? [], old: true };
}

async function found(signal) {
  const from = new Date(Date.now() - SINCE).toISOString();
  const events = [];
  for await (const { id } of pages('/api/organizations', { signal, query: { limit: 200 } })) {
    const query = { organizationId: id, from, limit: 200 };
    for await (const event of pages('/api/events', { signal, query })) events.push(event);
  }
  const lists = [];
  while (events.length) lists.push(...(await Promise.all(events.splice(0, AT_ONCE).map((event) => of(event, signal)))));
  return lists.flat().filter((one) => one.startsAt >= from).sort((a, b) => (a.startsAt < b.startsAt ? -1 : 1));
}

async function of(event, signal) {
  const items = [];
  for await (const { id, startsAt, timeZone, status } of pages(`/api/events/${event.id}/showtimes`, { signal })) {
    items.push({ id, name: event.name, startsAt, timeZone, status });
  }
  return items;
}
