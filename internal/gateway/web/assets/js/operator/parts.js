// What the operator's pages are made of alike.

import { newKey, Problem } from '../core/api.js';
import { all, h, replace } from '../core/dom.js';
import { dateTime, relative, t } from '../core/i18n.js';
import { said } from '../core/states.js';
import { now } from '../core/time.js';
import { toast } from '../core/toast.js';

/** A table of rows; a cell is text, a Node, or {text, class}. On a phone each row is a card, its cells with their names. */
export function table(label, heads, rows) {
  const cell = (one, at) => {
    const { text, class: kind } = one instanceof Node || typeof one !== 'object' || one === null ? { text: one } : one;
    return h('td', { class: kind, data: { label: heads[at] } }, h('span', {}, text));
  };
  return h('div', { class: 'scroll cards', tabindex: 0, role: 'region', aria: { label } },
    h('table', {}, h('thead', {}, h('tr', {}, heads.map((one, at) => h('th', { scope: 'col', class: rows[0]?.[at]?.class }, one)))),
      h('tbody', {}, rows.map((row) => h('tr', {}, row.map(cell))))));
}

/** "5 minutes ago", and the moment itself for who points at it. */
export function ago(moment) {
  if (!moment) return h('span', { class: 'muted' }, '–');
  const seconds = (new Date(moment).getTime() - now()) / 1000;
  const [size, unit] = [[86_400, 'day'], [3_600, 'hour'], [60, 'minute'], [1, 'second']].find(([one]) => Math.abs(seconds) >= one) ?? [1, 'second'];
  return h('time', { class: 'nowrap', datetime: moment, title: dateTime(moment) }, relative(Math.round(seconds / size), unit));
}

/** An id, short enough for a table; whole for who points at it or copies it. */
export const id = (text) => h('code', { class: 'nowrap', title: text }, text.length > 22 ? `${text.slice(0, 16)}…${text.slice(-4)}` : text);

/** A button that acts once for each press and says what came of it; `work(key)` returns what to say, or null. */
export function act(label, work, { kind = '', small = false } = {}) {
  const button = h('button', { class: ['button', kind, small && 'small'], type: 'button', onclick: press }, label);
  async function press() {
    if (button.getAttribute('aria-busy') === 'true') return;
    button.setAttribute('aria-busy', 'true');
    try {
      const word = await work(newKey());
      if (word) toast(word);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      toast(said(error), { kind: 'bad' });
    } finally {
      button.removeAttribute('aria-busy');
    }
  }
  return button;
}

/** The view anew every so often, as long as somebody looks at it; returns how to stop. */
export function every(milliseconds, work) {
  const timer = setInterval(() => document.visibilityState === 'visible' && work(), milliseconds);
  return () => clearInterval(timer);
}

/** A part of a view that is drawn anew: only where it says something else, and what had the focus has it again. */
export function refreshed(draw) {
  const node = h('div', { class: ['maybe', 'stack', 'tight'] });
  let last = null;
  function show(seen) {
    const drawn = h('div', {}, draw(seen));
    if (last?.isEqualNode(drawn)) return; // nor is what was read out read out again
    const focused = node.contains(document.activeElement) ? document.activeElement : null;
    last = drawn.cloneNode(true);
    replace(node, ...drawn.childNodes);
    if (focused) all(focused.localName, node).find((one) => alike(one, focused))?.focus({ preventScroll: true });
  }
  return { node, show };
}

const alike = (one, other) => ['href', 'aria-label'].every((name) => one.getAttribute(name) === other.getAttribute(name));

export const state = (up) => h('span', { class: ['badge', up ? 'good' : 'bad'] }, h('span', { aria: { hidden: 'true' } }, up ? '✓' : '✕'), t(up ? 'operator.up' : 'operator.down'));

const KINDS = { running: 'info', undoing: 'warn', completed: 'good', failed: '', abandoned: 'bad' };

export const status = (saga) => h('span', { class: 'row tight' }, h('span', { class: ['badge', KINDS[saga.status]] }, t(`operator.status.${saga.status}`)),
  saga.stuck && h('span', { class: 'badge bad' }, t('operator.stuck')));
