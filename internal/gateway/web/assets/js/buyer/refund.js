// Giving seats back: which, why, and what comes back; and how earlier ones stand.

import { api, newKey } from '../core/api.js';
import { dialog } from '../core/dialog.js';
import { h, replace, uid } from '../core/dom.js';
import { dateTime, t } from '../core/i18n.js';
import { money } from '../core/money.js';
import { said } from '../core/states.js';
import { toast } from '../core/toast.js';
import { seatName } from './words.js';

export function refundPart(order, refunds, changed) {
  const good = order.items.filter((one) => one.status === 'good');
  const mayRefund = good.length > 0 && ['completed', 'partially_refunded'].includes(order.status) && new Date(order.startsAt) > new Date();
  return h('section', { class: 'stack tight' },
    refunds.length > 0 && h('h2', {}, t('refunds')),
    refunds.length > 0 && h('ul', { class: 'refunds' }, refunds.map((one) => h('li', {}, h('span', { class: 'grow' }, t(`refund.${one.status}`, { price: money(one.amount, one.currency), when: dateTime(one.createdAt) }))))),
    h('div', { class: 'row' },
      mayRefund && h('button', { class: 'button', type: 'button', onclick: async () => (await ask(order, good)) && changed() }, t('refund.ask')),
      order.status === 'pending' && !order.cancelRequested && h('button', { class: 'button danger', type: 'button', onclick: () => cancel(order, changed) }, t('order.cancel'))));
}

async function cancel(order, changed) {
  try {
    await api.post(`/api/orders/${order.id}/cancel`, undefined, { token: 'need' });
    await changed();
  } catch (error) {
    toast(said(error), { kind: 'bad' });
  }
}

function ask(order, good) {
  const keys = new Map(); // by what is asked for: trying again is no second refund
  return dialog({ title: t('refund.ask'), body: (close) => {
    const boxes = good.map((one) => ({ one, box: h('input', { type: 'checkbox', checked: true, onchange: () => sum() }) }));
    const back = h('p', { class: 'total' });
    const wrong = h('p', { class: 'error', role: 'alert' });
    const id = uid('reason');
    const reason = h('textarea', { id, maxlength: 500, rows: 2 });
    const button = h('button', { class: 'button danger primary wide', type: 'submit' }, t('refund.send'));
    const chosen = () => boxes.filter(({ box }) => box.checked).map(({ one }) => one);
    const sum = () => {
      const amount = chosen().reduce((total, one) => total + one.price, 0);
      replace(back, h('span', {}, t('refund.back')), h('strong', { class: 'num' }, money(amount, order.currency)));
      button.disabled = !chosen().length;
    };
    const send = async (event) => {
      event.preventDefault();
      wrong.textContent = '';
      button.setAttribute('aria-busy', 'true');
      try {
        const body = { seatIds: chosen().map((one) => one.seatId), reason: reason.value.trim() || t('refund.noReason') };
        const name = JSON.stringify(body);
        if (!keys.has(name)) keys.set(name, newKey());
        close(await api.post(`/api/orders/${order.id}/refunds`, body, { token: 'need', key: keys.get(name) }));
      } catch (error) {
        wrong.textContent = said(error);
      } finally {
        button.removeAttribute('aria-busy');
      }
    };
    sum();
    return h('form', { class: 'stack', onsubmit: send }, h('p', {}, t('refund.text')),
      h('fieldset', {}, h('legend', { class: 'sr-only' }, t('refund.which')), boxes.map(({ one, box }) => h('label', { class: 'check' }, box, h('span', { class: 'grow' }, seatName(one)), h('span', { class: 'num' }, money(one.price, order.currency))))),
      h('div', { class: 'field' }, h('label', { for: id }, t('refund.reason')), reason), back, wrong, button);
  } });
}
