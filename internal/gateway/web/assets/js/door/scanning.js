// One scan after the other: camera, hardware scanner or typed code in; a big answer out; and how full the house is.

import { Problem } from '../core/api.js';
import { h, replace } from '../core/dom.js';
import { field } from '../core/form.js';
import { date, t } from '../core/i18n.js';
import { onSession } from '../core/session.js';
import { sync } from '../core/time.js';
import { board, kindOf, momentOf, seatOf, titleOf } from './answer.js';
import { closed, nobody } from './closed.js';
import { tidy } from './codes.js';
import { ruled } from './ruling.js';
import { seeing } from './seeing.js';
import { isLoud, setLoud, signal as played } from './signals.js';
import { standing } from './standing.js';
import { store } from './store.js';
import { told } from './upload.js';
import { listen } from './wedge.js';

const RECENT = 8; // scans that are shown, and can be taken back
const SLOW = 250; // ms after which a guest and the person at the door want to see that something happens
const recent = []; // of one showtime, also when the language changes
let recentOf = null;

export default async function scanning({ params, go, signal }) {
  const setting = await store.kept('setting');
  if (setting?.showtimeId !== params.showtime) return go('/door', { replace: true }), h('div', {});
  if (nobody() && navigator.onLine) return closed();
  sync();
  if (recentOf !== params.showtime) [recentOf, recent.length] = [params.showtime, 0];
  const zone = setting.showtime.timeZone;
  const answers = board();
  const past = h('ol', { class: 'recent' });
  const ways = way();
  const state = standing(setting, signal);
  let turn = Promise.resolve();

  const scan = (text, type = ways.value()) => {
    const code = tidy(text);
    if (code) turn = turn.then(() => asked(code, type));
    return turn;
  };

  async function asked(code, type) {
    const slow = setTimeout(answers.busy, SLOW);
    try {
      const answer = await ruled(code, type, setting);
      noted({ code, answer });
      played(kindOf(answer));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      clearTimeout(slow);
      answers.problem(error);
      played('bad');
    } finally {
      clearTimeout(slow);
    }
    told();
    state.soon();
  }

  function noted(one) {
    recent.unshift(one);
    recent.length = Math.min(recent.length, RECENT);
    answers.answer(one.answer, zone, undoing(one));
    drawPast();
  }

  /** The other way, with the same ticket: that is what takes a pass back. */
  function undoing(one) {
    if (one.answer.status !== 'ok' || one.undone) return null;
    return () => ((one.undone = true), scan(one.code, one.answer.type === 'entry' ? 'exit' : 'entry'));
  }

  const drawPast = () => replace(past, recent.map((one) => line(one, zone, undoing(one))));
  const eyes = seeing(scan);
  const deaf = listen(scan);
  const unsubscribe = onSession(state.soon);
  answers.idle();
  drawPast();
  const node = h('div', { class: 'page door stack' },
    head(setting, zone), state.node,
    h('div', { class: 'door-body' },
      h('div', { class: 'stack' }, answers.node, ways.node, eyes.node),
      h('div', { class: 'stack' }, typed(scan), h('section', { class: 'stack tight' }, h('h2', { class: 'small-title' }, t('door.recent')),
        past, h('p', { class: 'muted small nothing' }, t('door.recent.none'))), state.trouble, sound())));
  return {
    node,
    title: setting.showtime.name,
    leave: () => (eyes.stop(), deaf(), unsubscribe(), state.leave()),
  };
}

function head(setting, zone) {
  const { name, startsAt } = setting.showtime;
  return h('header', { class: 'row between door-head' },
    h('div', { class: 'grow' }, h('h1', {}, name),
      h('p', { class: 'muted' }, date(startsAt, { dateStyle: 'medium', timeStyle: 'short' }, zone), ' · ', setting.gate)),
    h('a', { class: 'button', href: '/door' }, t('door.change')));
}

/** In or out. */
function way() {
  const one = (value, checked) => h('label', {}, h('input', { type: 'radio', name: 'way', value, checked }), h('span', {}, t(`door.way.${value}`)));
  const node = h('fieldset', { class: 'way' }, h('legend', { class: 'sr-only' }, t('door.way')), one('entry', true), one('exit', false));
  return { node, value: () => node.querySelector('input:checked').value };
}

function typed(scan) {
  const code = field(t('door.code'), { hint: t('door.code.hint'), autocomplete: 'off', autocapitalize: 'characters', spellcheck: 'false', enterkeyhint: 'go', maxlength: 400 });
  const check = (event) => {
    event.preventDefault();
    if (!code.input.value.trim()) return code.error(t('door.code.missing')), code.input.focus();
    scan(code.input.value);
    code.input.value = '';
  };
  return h('form', { class: 'stack tight', novalidate: true, onsubmit: check }, code.node,
    h('button', { class: 'button primary', type: 'submit' }, t('door.check')));
}

function line({ answer }, zone, undo) {
  const kind = kindOf(answer);
  return h('li', {}, h('span', { class: ['badge', kind] }, titleOf(answer)),
    h('span', { class: 'grow' }, answer.ticket ? seatOf(answer.ticket) : t('door.unknown'), h('br'),
      h('span', { class: 'muted small num' }, momentOf(answer.at, zone), answer.offline && ` · ${t('door.offline')}`)),
    undo && h('button', { class: 'button quiet small', type: 'button', onclick: undo }, t('door.undo')));
}

function sound() {
  const box = h('input', { type: 'checkbox', checked: isLoud(), onchange: () => (setLoud(box.checked), box.checked && played('good')) });
  return h('label', { class: 'check' }, box, h('span', {}, t('door.sound')));
}
