// Refunds that no bank will carry out: somebody gives the money back, and says so here.

import { api, newKey } from '../core/api.js';
import { dialog } from '../core/dialog.js';
import { h } from '../core/dom.js';
import { field, form } from '../core/form.js';
import { t } from '../core/i18n.js';
import { money } from '../core/money.js';
import { again } from '../core/router.js';
import { empty, note } from '../core/states.js';
import { toast } from '../core/toast.js';
import { ago, id } from './parts.js';

export default async function refunds({ signal }) {
  const { items } = await api.get('/api/operator/refunds', { signal });
  return h('div', { class: 'page stack loose' },
    h('div', { class: 'stack tight' }, h('h1', {}, t('operator.refunds')), h('p', { class: 'lead' }, t('operator.refunds.text'))),
    items.length ? h('ul', { class: 'grid' }, items.map(card)) : empty(t('operator.refunds.none'), t('operator.refunds.none.text')));
}

function card(one) {
  return h('li', { class: 'card stack' },
    h('div', { class: 'row between' }, h('strong', { class: 'amount num' }, money(one.amount, one.currency)), h('span', { class: 'badge' }, one.provider)),
    h('dl', { class: 'facts small' },
      h('dt', {}, t('operator.refund')), h('dd', {}, id(one.refundId)),
      h('dt', {}, t('operator.order')), h('dd', {}, id(one.orderId)),
      h('dt', {}, t('operator.began')), h('dd', {}, ago(one.createdAt))),
    note('warn', h('strong', {}, one.code), one.message),
    h('button', { class: 'button primary', type: 'button', onclick: () => settle(one) }, t('operator.settle')));
}

function settle(one) {
  const key = newKey();
  return dialog({
    title: t('operator.settle'),
    body: (close) => h('div', { class: 'stack' }, h('p', {}, t('operator.settle.text', { amount: money(one.amount, one.currency) })),
      form({ givenBack: field(t('operator.settle.how'), { hint: t('operator.settle.how.hint'), required: true, maxlength: 500 }) },
        h('button', { class: 'button primary wide', type: 'submit' }, t('operator.settle.yes')),
        async ({ givenBack }) => {
          const { outcome } = await api.post(`/api/operator/refunds/${one.refundId}/settle`, { givenBack: givenBack.trim() }, { key, timeout: 25_000 });
          close();
          toast(t(`operator.settle.${outcome}`));
          again();
        })),
  });
}
