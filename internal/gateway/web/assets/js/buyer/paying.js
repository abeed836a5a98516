// One try to pay for a hold: begun under a key, waited for, found again after a reload or the way to the bank and back.
//
// The key is kept in the tab before anything is sent. Whoever comes back finds the checkout by its id, if that arrived;
// else among the own orders by the hold: a checkout has the id of its order. The card is nowhere but in the request.

import { api, newKey, Problem } from '../core/api.js';
import { keep, kept } from './kept.js';

const PATIENCE = 60_000; // ms for an answer: the server's own is shorter, and says 202
const LOOKS = [500, 1_000, 1_500, 2_000]; // ms between looks at a checkout that goes on; then always the last
const NEED = { token: 'need', headers: { 'cache-control': 'no-cache' } };

const nameOf = (holdId) => `paying.${holdId}`;

/** Whether a payment of this hold was begun in this tab and not seen to its end. */
export const isUnderWay = (holdId) => kept(nameOf(holdId)) !== null;

/** Begin; resolves with the checkout as it stands, or throws the Problem. */
export async function pay(holdId, body) {
  const key = kept(nameOf(holdId))?.key ?? newKey();
  keep(nameOf(holdId), { key });
  try {
    const checkout = await api.post('/api/checkouts', { holdId, ...body }, { token: 'need', key, timeout: PATIENCE });
    keep(nameOf(holdId), { key, checkoutId: checkout.checkoutId });
    return checkout;
  } catch (error) {
    return refused(holdId, key, error);
  }
}

function refused(holdId, key, error) {
  if (!(error instanceof Problem)) throw error;
  if (error.code === 'checkout_under_way' && error.body.checkoutId) {
    keep(nameOf(holdId), { key, checkoutId: error.body.checkoutId });
    return look(error.body.checkoutId);
  }
  const unknown = error.status === 0 || error.status >= 500 || error.code === 'key_reused' || error.code === 'in_flight';
  if (unknown) throw Object.assign(error, { unknown }); // it may have begun: the key is kept
  over(holdId);
  throw error;
}

/** Nothing of this hold is being paid any more. */
export const over = (holdId) => keep(nameOf(holdId), null);

/** The checkout that was begun, wherever it stands; null if none was. */
export async function found(holdId) {
  const begun = kept(nameOf(holdId));
  if (!begun) return null;
  if (begun.checkoutId) return look(begun.checkoutId);
  const order = await orderOf(holdId);
  if (!order) return null;
  const checkoutId = order.id.replace(/^order_/, 'checkout_');
  keep(nameOf(holdId), { ...begun, checkoutId });
  return look(checkoutId);
}

/** The order that came of a hold, among the newest of one's own; null if there is none. */
export async function orderOf(holdId) {
  const { items } = await api.get('/api/orders', { ...NEED, query: { limit: 20 } });
  return items.find((one) => one.holdId === holdId) ?? null;
}

export const look = (checkoutId) => api.get(`/api/checkouts/${checkoutId}`, NEED);

/**
 * Wait until a checkout is completed, failed, or asks for the buyer; `news` is called with it at each look, and with null
 * while nobody can be reached. `past` is the bank's address that the buyer comes from: it is not asked for again at once.
 */
export async function settled(checkout, { signal, news = () => {}, past = null }) {
  for (let at = 0; ; at++) {
    const waits = checkout.status === 'running' || (checkout.status === 'requires_action' && past && at < PAST);
    if (!waits) return checkout;
    await pause(LOOKS[Math.min(at, LOOKS.length - 1)], signal);
    try {
      checkout = await api.get(`/api/checkouts/${checkout.checkoutId}`, { ...NEED, signal });
      news(checkout);
    } catch (error) {
      if (signal.aborted || !(error instanceof Problem) || (error.status && error.status < 500)) throw error;
      news(null);
    }
  }
}

const PAST = 8; // looks, some ten seconds: the bank's answer is under way

function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => (clearTimeout(timer), reject(signal.reason)), { once: true });
  });
}
