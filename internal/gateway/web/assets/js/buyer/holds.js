// Holds: asked for, looked at again, given more time, given back; and the clock that shows how long one lasts.

import { api, newKey } from '../core/api.js';
import { h } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { clock, countdown, left } from '../core/time.js';
import { keep, kept } from './kept.js';

const SOON = 60_000; // ms before its end that a hold is shown in another colour and said aloud
const KNOWN = 300; // ms after which a screen reader knows of a region and hears what is said in it
const NEED = { token: 'need' };

export async function hold(showtimeId, body) {
  return remembered(await api.post(`/api/showtimes/${showtimeId}/holds`, body, { ...NEED, key: newKey() }));
}

/** The hold that this tab has in a showtime, if it still lives. */
export async function holdOf(showtimeId) {
  const id = kept(`hold.${showtimeId}`);
  if (!id) return null;
  try {
    return await look(id);
  } catch (error) {
    if (error.status === 0 || error.status >= 500) throw error;
    forget(showtimeId);
    return null;
  }
}

export const look = async (holdId) => remembered(await api.get(`/api/holds/${holdId}`, { ...NEED, headers: { 'cache-control': 'no-cache' } }));

export const extend = async (holdId) => remembered(await api.post(`/api/holds/${holdId}/refresh`, undefined, NEED));

export async function giveBack(one) {
  await api.delete(`/api/holds/${one.holdId}`, NEED);
  forget(one.showtimeId);
}

/** Give some seats back; what remains of the hold, or null. */
export async function release(one, seatIds) {
  const { holds } = await api.post(`/api/holds/${one.holdId}/release`, { seatIds }, NEED);
  if (!holds.length) forget(one.showtimeId);
  return holds.length ? remembered(holds[0]) : null;
}

export function forget(showtimeId) {
  keep(`hold.${showtimeId}`, null);
}

function remembered(one) {
  keep(`hold.${one.showtimeId}`, one.holdId);
  keep(`held.${one.holdId}`, { showtimeId: one.showtimeId });
  return one;
}

/** The showtime of a hold that is over, so that its page can lead back. */
export const showtimeOf = (holdId) => kept(`held.${holdId}`)?.showtimeId ?? null;

/** How long a hold still lasts, as its clock says it. */
export const leftOf = ({ expiresAt }) => clock(left(expiresAt));

/** A clock that runs down; `over()` is called at its end, `signal` stops it. */
export function clockOf(expiresAt, over, signal) {
  const digits = h('strong', { class: 'num', aria: { hidden: 'true' } });
  const aloud = h('span', { class: 'sr-only', role: 'status' });
  const node = h('p', { class: 'hold-clock' }, t('hold.lasts'), ' ', digits, aloud);
  let warned = false;
  const tick = (rest) => {
    digits.textContent = clock(rest);
    node.classList.toggle('soon', rest <= SOON);
    if (rest <= SOON && !warned) {
      warned = true;
      setTimeout(() => (aloud.textContent = t('hold.soon')), KNOWN);
    }
  };
  const stop = countdown(expiresAt, tick, over);
  signal.addEventListener('abort', stop);
  return node;
}
