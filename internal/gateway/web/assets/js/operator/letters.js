// The dead letters: what could not be handled, and once that is repaired: again.

import { api } from '../core/api.js';
import { confirm } from '../core/dialog.js';
import { h, replace } from '../core/dom.js';
import { field, flawOf } from '../core/form.js';
import { t } from '../core/i18n.js';
import { empty } from '../core/states.js';
import { toast } from '../core/toast.js';
import { act, ago, table } from './parts.js';

const PATIENCE = 75_000; // ms: a handler has a minute

export default async function letters({ query, signal, go }) {
  const asked = { durable: query.durable, reason: query.reason };
  const list = h('div', { class: 'stack' });
  const items = [];
  let page = await api.get('/api/operator/letters', { query: asked, signal });
  items.push(...page.items);
  const show = () => replace(list,
    h('p', { class: 'muted', role: 'status' }, t('operator.letters.count', { n: page.total })),
    items.length ? tabled(items) : empty(t('operator.letters.none'), t('operator.letters.none.text')),
    page.nextCursor && act(t('more'), more),
    items.length > 0 && h('div', { class: 'row' }, act(t('operator.replay.all', { n: items.length }), all, { kind: 'primary' })));
  async function more() {
    page = await api.get('/api/operator/letters', { query: { ...asked, cursor: page.nextCursor }, signal });
    items.push(...page.items);
    show();
  }
  async function all(key) {
    if (!(await confirm(t('operator.replay.sure', { n: items.length }), t('operator.replay.sure.text'), { yes: t('operator.replay') }))) return;
    const counts = {};
    for (const one of [...items].reverse()) { // the oldest first
      const { outcome } = await replayed(one.number, `${key}-${one.number}`);
      counts[outcome] = (counts[outcome] ?? 0) + 1;
    }
    toast(Object.entries(counts).map(([outcome, n]) => `${n} ${t(`operator.outcome.${outcome}`)}`).join(', '));
    await go(location.href, { replace: true });
  }
  show();
  return h('div', { class: 'page stack loose' },
    h('div', { class: 'stack tight' }, h('h1', {}, t('operator.letters')), h('p', { class: 'lead' }, t('operator.letters.text'))),
    chooser(asked, go), list);
}

export const replayed = (number, key) => api.post(`/api/operator/letters/${number}/replay`, undefined, { key, timeout: PATIENCE });

function chooser(asked, go) {
  const durable = field(t('operator.durable'), { value: asked.durable ?? '', maxlength: 100, pattern: '[A-Za-z0-9_\\-]*', autocomplete: 'off' });
  const reason = field(t('operator.words'), { value: asked.reason ?? '', maxlength: 200, type: 'search', autocomplete: 'off' });
  const choose = (event) => {
    event.preventDefault();
    if (!durable.input.checkValidity()) return durable.error(flawOf(durable.input));
    const given = Object.entries({ durable: durable.input.value.trim(), reason: reason.input.value.trim() }).filter(([, value]) => value);
    go(`/operator/letters?${new URLSearchParams(given)}`);
  };
  return h('form', { class: 'chooser', novalidate: true, onsubmit: choose }, durable.node, reason.node,
    h('button', { class: 'button', type: 'submit' }, t('operator.choose')));
}

function tabled(items) {
  const heads = [t('operator.number'), t('operator.parked'), t('operator.durable'), t('operator.subject'), t('operator.tries'), t('operator.reason')];
  return table(t('operator.letters'), heads, items.map((one) => [
    h('a', { class: 'tap num', href: `/operator/letters/${one.number}`, aria: { label: t('operator.letter', { number: String(one.number) }) } }, String(one.number)),
    ago(one.parkedAt), h('code', {}, one.durable), h('code', {}, one.subject),
    { text: String(one.deliveries + one.replays), class: 'number' },
    { text: one.error ? `${one.reason}: ${one.error}` : one.reason, class: 'reason' },
  ]));
}
