// May this one pass? Asked of the box office where it answers in time, decided here where it does not.
//
// An answer is {status, reason?, type, gate, at, ticket?, other?, offline?}, as POST /api/checkins gives it. What is
// decided here is written into the queue with a nonce and its moment before anybody sees it, and told later under the
// same nonce: should the box office have heard the question after all, it answers what it did then.

import { api, newKey, Problem } from '../core/api.js';
import { now } from '../core/time.js';
import { canVerify, read, verified } from './codes.js';
import { store } from './store.js';

const PATIENCE = 3_000; // ms: longer feels broken to who stands at the door, and the box office answers in 20
const AWAY = new Set([0, 502, 503, 504]);
let reachable = true; // as of the last question; one scan in a row of many waits out its patience, not each

export const isReachable = () => reachable && navigator.onLine;
export const heardOf = (answers) => (reachable = answers);

/** `door` is {showtimeId, gate}; `type` is entry or exit. */
export async function ruled(code, type, door) {
  const scan = { code, type, gate: door.gate, nonce: newKey(), showtimeId: door.showtimeId };
  const at = new Date(now()).toISOString();
  if (isReachable()) {
    try {
      const answer = await withinPatience(api.post('/api/checkins', scan, { timeout: PATIENCE }));
      await remember(answer, read(code));
      return answer;
    } catch (error) {
      if (!(error instanceof Problem) || !AWAY.has(error.status)) throw error;
      reachable = false;
    }
  }
  return { offline: true, ...(await decided({ ...scan, at })) };
}

/** What is in the code, against the kept keys and what this device saw. */
async function decided(scan) {
  const printed = read(scan.code);
  const said = { status: 'error', nonce: scan.nonce, type: scan.type, gate: scan.gate, at: scan.at };
  if (!printed) return { ...said, reason: 'invalid' };
  const refusal = await doubt(printed);
  const seen = await store.get('passes', printed.ticketId);
  const ticket = { id: printed.ticketId, showtimeId: printed.showtimeId, seatId: printed.seatId, ...seen?.ticket };
  if (refusal) return { ...said, reason: refusal };
  if (printed.showtimeId !== scan.showtimeId) return { ...said, reason: 'wrong_showtime', ticket };
  if (seen && seen.serial > printed.serial) return { ...said, reason: 'revoked', ticket };
  if (scan.type === 'entry' && seen?.inside) return { ...said, reason: 'already_redeemed', ticket, other: seen.last };
  await store.together(['passes', 'queue'], ({ passes, queue }) => {
    passes.put(passed(printed, scan, ticket));
    queue.put(scan);
  });
  return { ...said, status: 'ok', ticket };
}

/** Why the signature is not to be believed, or null. */
async function doubt(printed) {
  const keys = (await store.kept('keys')) ?? [];
  const key = keys.find((one) => one.kid === printed.kid);
  if (!(await canVerify())) return 'cannot_verify';
  if (!key) return 'unknown_key';
  return (await verified(key, printed)) ? null : 'invalid';
}

/** What the box office said of a ticket is known here too, for when it cannot be asked. */
async function remember(answer, printed) {
  if (!printed || !answer.ticket || answer.ticket.id !== printed.ticketId) return;
  if (answer.status === 'ok') await store.put('passes', passed(printed, answer, answer.ticket));
  else if (answer.reason === 'already_redeemed') {
    await store.put('passes', passed(printed, { type: 'entry', ...answer.other }, answer.ticket));
  }
}

const passed = ({ ticketId, showtimeId, serial }, { type, at, gate }, ticket) =>
  ({ ticketId, showtimeId, serial, inside: type === 'entry', last: { type, at, gate }, ticket });

/** A renewal of the session may wait longer than the question itself would. */
function withinPatience(asked) {
  const late = new Promise((_, reject) => setTimeout(() => reject(new Problem({ code: 'timeout' }, 0)), PATIENCE + 200));
  return Promise.race([asked, late]);
}
