// How the house and this device stand: who is in, what waits to be told, what went wrong with it.

import { Problem } from '../core/api.js';
import { h, replace } from '../core/dom.js';
import { date, number, t } from '../core/i18n.js';
import { askToLogin } from '../core/login.js';
import { isMember, resume } from '../core/session.js';
import { note, said } from '../core/states.js';
import { momentOf, seatOf, titleOf } from './answer.js';
import { nobody } from './closed.js';
import { canVerify } from './codes.js';
import { heardOf, isReachable } from './ruling.js';
import { store } from './store.js';
import { fetchKeys, look, onQueue, upload } from './upload.js';

const EVERY = 5_000; // ms between two looks: other gates' guests show up that late; and 20 scanners ask 4 times a second
const KEYS_EVERY = 60; // looks: five minutes, as long as the keys may be kept by anybody

/** {node, trouble, soon, leave}: what is shown above and below, a look at once, and the end of looking. */
export function standing(setting, signal) {
  const id = setting.showtimeId;
  const [counts, chips, notes, trouble] = [h('div', { class: 'counts' }), h('div', { class: 'row' }), h('div', { class: 'stack tight' }), h('div', {})];
  let [timer, looking, rounds, refused, keys, known] = [0, false, 0, null, true, null];

  async function round() {
    clearTimeout(timer);
    if (looking || signal.aborted) return;
    looking = true;
    try {
      if (rounds++ % KEYS_EVERY === 0) keys = await fetchKeys(signal);
      if (navigator.onLine && !isMember() && !nobody()) await resume();
      if (navigator.onLine && isMember()) {
        await upload();
        known = { ...(await look(id, signal)), at: Date.now() };
        await store.keep(`counts ${id}`, known);
        refused = null;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof Problem)) throw error;
      if (error.status === 0) heardOf(false);
      else refused = error;
    } finally {
      looking = false;
      if (!signal.aborted) (timer = setTimeout(round, EVERY)), draw();
    }
  }

  async function draw() {
    const [waiting, wrong, able] = await Promise.all([store.all('queue'), store.all('trouble'), canVerify()]);
    if (signal.aborted) return;
    known ??= (await store.kept(`counts ${id}`)) ?? null;
    replace(counts, figures(known, waiting.filter((one) => one.showtimeId === id)));
    replace(chips, chip(waiting.length));
    replace(notes, ...warnings({ able, keys, refused }));
    replace(trouble, wrong.length ? troubled(wrong, setting.showtime.timeZone, draw) : null);
  }

  const soon = () => (looking ? draw() : round());
  const back = () => (heardOf(true), soon());
  const stopHearing = onQueue(draw);
  addEventListener('online', back);
  addEventListener('offline', draw);
  round();
  return {
    node: h('section', { class: 'standing', aria: { label: t('door.standing') } }, counts, chips, notes),
    trouble,
    soon,
    leave: () => (clearTimeout(timer), stopHearing(), removeEventListener('online', back), removeEventListener('offline', draw)),
  };
}

/** What the box office knew when it was last asked, and what this device has let pass since. */
function figures(known, waiting) {
  const more = waiting.filter((one) => one.type === 'entry').length;
  const entered = (known?.entered ?? 0) + more;
  const inside = (known?.inside ?? 0) + more - waiting.filter((one) => one.type === 'exit').length;
  const share = known?.tickets ? Math.min(1, entered / known.tickets) : 0;
  return [
    h('p', { class: 'entered num' }, h('strong', {}, known || more ? number(entered) : '–'),
      h('span', { class: 'muted' }, ' ', t('door.of', { tickets: known ? known.tickets : '–' }))),
    h('div', { class: 'bar', aria: { hidden: 'true' } }, h('span', { style: { width: `${share * 100}%` } })),
    h('p', { class: 'muted small num' }, t('door.inside', { inside: Math.max(0, inside) }),
      known && !isReachable() && ` · ${t('door.asof', { time: date(known.at, { timeStyle: 'short' }) })}`),
  ];
}

function chip(waiting) {
  return [
    h('span', { class: ['badge', isReachable() ? 'good' : 'warn'] }, t(isReachable() ? 'door.online' : 'door.offline')),
    waiting > 0 && h('span', { class: 'badge info' }, t('door.waiting', { n: waiting })),
  ];
}

function warnings({ able, keys, refused }) {
  return [
    nobody() && note('warn', h('p', {}, t('door.loggedout')), navigator.onLine &&
      h('div', {}, h('button', { class: 'button', type: 'button', onclick: () => askToLogin() }, t('login.title')))),
    refused && isMember() && note('bad', said(refused)),
    !able && note('warn', t('door.unable')),
    able && !keys && note('warn', t('door.nokeys')),
  ].filter(Boolean);
}

/** What the box office said against what was decided here: somebody goes and looks, or says that it is well. */
function troubled(wrong, zone, draw) {
  const seen = async (one) => (await store.remove('trouble', one.nonce), draw());
  return h('section', { class: 'note bad', role: 'alert' }, h('h2', { class: 'small-title' }, t('door.trouble', { n: wrong.length })),
    h('ul', { class: 'recent' }, wrong.map((one) => h('li', {},
      h('span', { class: 'grow' }, h('strong', {}, one.status === 'ok' ? t('door.trouble.twice') : titleOf(one)), h('br'),
        one.ticket ? seatOf(one.ticket) : t('door.unknown'), ' · ', t('door.trouble.here', { time: momentOf(one.at, zone), gate: one.gate }),
        one.other && [h('br'), t(`door.other.${one.other.type}`, { time: momentOf(one.other.at, zone), gate: one.other.gate })]),
      h('button', { class: 'button small', type: 'button', onclick: () => seen(one) }, t('door.trouble.seen'))))));
}
