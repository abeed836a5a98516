// The sagas: purchases and refunds under way, which are stuck, and how the others ended.

import { api } from '../core/api.js';
import { h, replace } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { empty } from '../core/states.js';
import { act, ago, id, status, table } from './parts.js';

const WHICH = ['live', 'stuck', 'completed', 'failed', 'abandoned', 'all'];

export default async function sagas({ query, signal }) {
  const which = WHICH.includes(query.which) ? query.which : 'live';
  const list = h('div', { class: 'stack' });
  const items = [];
  let cursor = null;
  async function more() {
    const page = await api.get('/api/operator/sagas', { query: { which, cursor }, signal });
    items.push(...page.items);
    cursor = page.nextCursor;
    replace(list, items.length ? tabled(items) : empty(t('operator.sagas.none'), t('operator.sagas.none.text')), cursor && act(t('more'), more));
  }
  await more();
  const tabs = WHICH.map((one) => h('a', { class: 'tab', href: `/operator/sagas?which=${one}`, aria: { current: one === which ? 'page' : null } }, t(`operator.which.${one}`)));
  return h('div', { class: 'page stack loose' },
    h('div', { class: 'stack tight' }, h('h1', {}, t('operator.sagas')), h('p', { class: 'lead' }, t('operator.sagas.text'))),
    h('nav', { class: 'tabs', aria: { label: t('operator.sagas') } }, tabs),
    list);
}

function tabled(items) {
  const heads = [t('operator.saga'), t('operator.kind'), t('operator.state'), t('operator.step'), t('operator.began'), t('operator.tries'), t('operator.error')];
  return table(t('operator.sagas'), heads, items.map((one) => {
    const step = one.steps.find((step) => step.name === one.step) ?? {};
    return [
      h('a', { class: 'tap', href: `/operator/sagas/${one.sagaId}` }, id(one.sagaId)), one.name, status(one), one.step, ago(one.createdAt),
      { text: String((one.status === 'undoing' ? step.undos : step.tries) ?? ''), class: 'number' }, { text: step.error || one.code, class: 'reason' },
    ];
  }));
}
