// One dead letter whole, and to hand it in again.

import { api } from '../core/api.js';
import { h } from '../core/dom.js';
import { dateTime, t } from '../core/i18n.js';
import { note } from '../core/states.js';
import { replayed } from './letters.js';
import { act } from './parts.js';

export default async function letter({ params, signal, go }) {
  const one = await api.get(`/api/operator/letters/${params.number}`, { signal });
  const replay = async (key) => {
    const { outcome, reason, number } = await replayed(one.number, key);
    if (outcome === 'handled' || outcome === 'gone') go('/operator/letters');
    else if (number) go(`/operator/letters/${number}`, { replace: true });
    return [t(`operator.outcome.${outcome}`), reason].filter(Boolean).join(': ');
  };
  return {
    title: t('operator.letter', { number: String(one.number) }),
    node: h('div', { class: 'page stack loose' },
      h('p', {}, h('a', { class: 'tap', href: '/operator/letters' }, `← ${t('operator.letters')}`)),
      h('div', { class: 'row between' }, h('h1', {}, t('operator.letter', { number: String(one.number) })), act(t('operator.replay'), replay, { kind: 'primary' })),
      note('bad', h('strong', {}, one.reason), one.error && h('code', { class: 'wrapped' }, one.error)),
      h('dl', { class: 'facts' }, facts(one)),
      h('section', { class: 'stack tight' }, h('h2', {}, t('operator.headers')),
        h('dl', { class: 'facts small' }, Object.entries(one.headers).map(([name, value]) => [h('dt', {}, name), h('dd', {}, h('code', { class: 'wrapped' }, value))]))),
      h('section', { class: 'stack tight' }, h('h2', {}, t('operator.body')),
        one.body === null ? note('warn', t('operator.body.gone')) : h('pre', { class: 'body', tabindex: 0, role: 'region', aria: { label: t('operator.body') } }, pretty(one.body)))),
  };
}

function facts(one) {
  const said = {
    'operator.durable': one.durable, 'operator.stream': one.stream, 'operator.subject': one.subject,
    'operator.tries': t('operator.tries.of', { n: one.deliveries, replays: one.replays }),
    'operator.stored': dateTime(one.storedAt), 'operator.parked': dateTime(one.parkedAt),
  };
  return Object.entries(said).map(([key, value]) => [h('dt', {}, t(key)), h('dd', {}, value)]);
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text; // it may lie here because it is no JSON
  }
}
