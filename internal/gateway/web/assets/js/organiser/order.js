// One order: whose, which seats, what was paid, and what goes back.

import { api, newKey } from '../core/api.js';
import { dialog } from '../core/dialog.js';
import { h } from '../core/dom.js';
import { field, form } from '../core/form.js';
import { dateTime, t } from '../core/i18n.js';
import { money } from '../core/money.js';
import { again } from '../core/router.js';
import { spoken } from '../core/spoken.js';
import { note } from '../core/states.js';
import { toast } from '../core/toast.js';
import { orderBadge } from './orders.js';
import { address, framed, heading, workspace } from './workspace.js';

const SETTLING = 1_500; // ms between looks while money is on its way back

export default async function order(context) {
  const { params, signal } = context;
  const [place, found, refunds] = await Promise.all([
    workspace(context), api.get(`/api/orders/${params.order}`, { signal }), api.get(`/api/orders/${params.order}/refunds`, { signal }),
  ]);
  const chosen = new Set();
  const moving = found.status === 'pending' || refunds.items.some((one) => one.status === 'requested');
  const timer = moving ? setTimeout(() => (document.querySelector('dialog[open]') || document.activeElement?.closest('table')) ? null : again(), SETTLING) : 0;
  const good = found.items.filter((one) => one.status === 'good');
  const node = framed(place, 'orders',
    heading(t('order.title', { number: spoken(found.id) }), { back: { href: address(place.id, 'orders'), label: t('tab.orders') }, badge: orderBadge(found) }),
    found.reason && note('info', found.reason),
    h('div', { class: 'split' },
      h('section', { class: 'stack' }, h('h2', { class: 'subtitle' }, t('orders.seats')), seats(found, chosen), good.length > 0 && refundBar(found, good, chosen)),
      h('aside', { class: 'card stack about' }, h('h2', { class: 'subtitle' }, t('order.about')), about(found),
        place.owner && h('a', { href: `${address(place.id, 'audit')}?entity=${found.id}` }, t('audit.of')))),
    refunds.items.length > 0 && h('section', { class: 'stack' }, h('h2', { class: 'subtitle' }, t('refunds.title')), refunded(refunds.items)));
  return { node, leave: () => clearTimeout(timer) };
}

function about(order) {
  const facts = [
    ['orders.buyer', [order.buyerName || t('orders.guest'), order.buyerEmail && h('span', { class: 'muted small zone' }, order.buyerEmail)]],
    ['orders.for', [order.eventName, h('span', { class: 'muted small zone' }, dateTime(order.startsAt, order.timeZone))]],
    ['order.made', dateTime(order.createdAt)],
    ['orders.total', money(order.total, order.currency, { exact: true })],
    ['order.returned', money(order.refunded, order.currency, { exact: true })],
    ['order.number', h('code', { class: 'id' }, order.id)],
  ];
  if (order.paymentId) facts.push(['order.payment', h('code', { class: 'id' }, order.paymentId)]);
  return h('dl', { class: 'facts' }, facts.map(([key, value]) => [h('dt', {}, t(key)), h('dd', {}, value)]));
}

function seats(order, chosen) {
  const paid = ['completed', 'partially_refunded'].includes(order.status);
  const head = ['order.seat', 'order.tier', 'order.price', 'orders.status'];
  return h('div', { class: 'scroll', tabindex: 0, role: 'region', aria: { label: t('orders.seats') } }, h('table', {},
    h('thead', {}, h('tr', {}, paid && h('th', { scope: 'col' }, h('span', { class: 'sr-only' }, t('choose'))),
      head.map((key) => h('th', { scope: 'col', class: key === 'order.price' && 'number' }, t(key))))),
    h('tbody', {}, order.items.map((item) => h('tr', {},
      paid && h('td', { class: 'tick' }, item.status === 'good' && h('label', { class: 'check' }, h('input', {
        type: 'checkbox', onchange: (event) => (event.target.checked ? chosen.add(item.seatId) : chosen.delete(item.seatId), event.target.dispatchEvent(new CustomEvent('chosen', { bubbles: true }))),
        aria: { label: t('refunds.choose', { seat: named(item) }) },
      }))),
      h('th', { scope: 'row' }, named(item)), h('td', {}, item.tier), h('td', { class: 'number' }, money(item.price, order.currency, { exact: true })),
      h('td', {}, h('span', { class: ['badge', { good: 'good', refunding: 'info', refunded: 'warn' }[item.status]] }, t(`seat.${item.status}`)))))))) ;
}

export const named = (item) => [item.section, item.row && t('seat.row', { row: item.row }), t('seat.number', { number: item.number || item.seatId })].filter(Boolean).join(' · ');

function refundBar(order, good, chosen) {
  if (!['completed', 'partially_refunded'].includes(order.status)) return null;
  const some = h('button', { class: 'button', type: 'button', disabled: true, onclick: () => refund(order, good.filter((one) => chosen.has(one.seatId)), false) }, t('refunds.some', { n: 0 }));
  const all = h('button', { class: 'button danger', type: 'button', onclick: () => refund(order, good, true) }, t('refunds.all'));
  const bar = h('div', { class: 'row end' }, some, all);
  queueMicrotask(() => bar.parentElement?.addEventListener('chosen', () => {
    some.disabled = chosen.size === 0;
    some.textContent = t('refunds.some', { n: chosen.size });
  }));
  return bar;
}

/** What goes back is said before it does; the same dialog asks twice under the same key. */
async function refund(order, items, whole) {
  const amount = items.reduce((sum, item) => sum + item.price, 0);
  const key = newKey();
  const done = await dialog({
    title: t('refunds.confirm'),
    body: (close) => {
      const fields = { reason: field(t('refunds.reason'), { kind: 'textarea', rows: 2, maxlength: 500, required: true }) };
      const button = h('button', { class: 'button primary danger wide', type: 'submit' }, t('refunds.do', { amount: money(amount, order.currency, { exact: true }) }));
      return h('div', { class: 'stack' }, h('p', {}, t('refunds.text', { n: items.length, amount: money(amount, order.currency, { exact: true }) })),
        h('ul', { class: 'small muted' }, items.map((item) => h('li', {}, named(item)))),
        form(fields, button, async ({ reason }) => {
          const body = { reason: reason.trim(), ...(whole ? {} : { seatIds: items.map((item) => item.seatId) }) };
          close(await api.post(`/api/orders/${order.id}/refunds`, body, { key }));
        }));
    },
  });
  if (done) toast(t('refunds.asked')), again();
}

function refunded(items) {
  const head = ['refunds.when', 'refunds.amount', 'orders.seats', 'refunds.reason', 'orders.status'];
  return h('div', { class: 'scroll', tabindex: 0, role: 'region', aria: { label: t('refunds.title') } }, h('table', {},
    h('thead', {}, h('tr', {}, head.map((key) => h('th', { scope: 'col' }, t(key))))),
    h('tbody', {}, items.map((one) => h('tr', {},
      h('th', { scope: 'row', class: 'nowrap' }, dateTime(one.createdAt)), h('td', { class: 'num nowrap' }, money(one.amount, one.currency, { exact: true })),
      h('td', {}, one.seatIds.join(', ')), h('td', {}, one.reason),
      h('td', {}, h('span', { class: ['badge', { succeeded: 'good', requested: 'info', failed: 'bad' }[one.status]] }, t(`refund.${one.status}`)),
        one.failure && h('span', { class: 'muted small zone' }, one.failure)))))));
}
