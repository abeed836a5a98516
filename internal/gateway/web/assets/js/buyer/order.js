// One order: that it worked, its tickets, what was paid, and how to give it back.

import { api } from '../core/api.js';
import { h, replace } from '../core/dom.js';
import { dateTime, t, use } from '../core/i18n.js';
import { money } from '../core/money.js';
import { spoken } from '../core/spoken.js';
import { note } from '../core/states.js';
import { calendarButton } from './calendar.js';
import { when, where } from './head.js';
import { live } from './live.js';
import { refundPart } from './refund.js';
import { statusBadge } from './status.js';
import { placeOf, ticketCards, ticketsOf } from './tickets.js';
import { seatName } from './words.js';

const MOVING = new Set(['pending']);
const SOON = 1_500; // ms between looks at what still moves

export default async ({ params, query, signal }) => {
  await use('seats', 'orders');
  const view = new OrderPage(params.id, 'new' in query, signal);
  await view.load();
  return { node: view.node, title: t('order.title'), leave: () => view.leave() };
};

class OrderPage {
  constructor(id, fresh, signal) {
    Object.assign(this, { id, fresh, signal });
    this.node = h('div', { class: 'page order' });
    this.off = live().mine({ ORDER: (frame) => frame.orderId === id && this.load() });
    signal.addEventListener('abort', () => clearTimeout(this.timer));
  }

  leave() {
    this.off();
    clearTimeout(this.timer);
    this.tickets?.forget();
  }

  async load() {
    clearTimeout(this.timer);
    const asked = { token: 'need', signal: this.signal, headers: { 'cache-control': 'no-cache' } };
    const [order, issued, refunds] = await Promise.all([
      api.get(`/api/orders/${this.id}`, asked), ticketsOf(this.id, this.signal), api.get(`/api/orders/${this.id}/refunds`, asked)]);
    this.tickets?.forget();
    this.place ??= where(await placeOf(order, this.signal));
    this.tickets = issued && (await ticketCards(order, issued, { place: this.place, signal: this.signal }));
    this.#draw(order, issued, refunds.items);
    const moves = MOVING.has(order.status) || refunds.items.some((one) => one.status === 'requested') || (order.status === 'completed' && !issued);
    if (moves && !this.signal.aborted) this.timer = setTimeout(() => this.load().catch(() => {}), SOON);
  }

  #draw(order, issued, refunds) {
    const good = order.items.filter((one) => one.status === 'good');
    const head = this.fresh && order.status === 'completed'
      ? h('header', { class: 'bought stack tight' }, h('p', { class: 'eyebrow' }, t('order.thanks')), h('h1', {}, order.eventName), h('p', {}, t('order.thanks.text', { email: order.buyerEmail })))
      : h('header', { class: 'stack tight' }, h('div', { class: 'row' }, h('h1', {}, order.eventName), statusBadge(order)));
    head.classList.toggle('no-print', Boolean(this.tickets));
    replace(this.node, head,
      h('p', { class: ['lead', this.tickets && 'no-print'] }, h('time', { datetime: order.startsAt }, when(order)), this.place && ` · ${this.place}`),
      issued?.canceled && note('bad', h('strong', {}, t('closed.canceled')), h('p', {}, t('order.calledOff'))),
      order.status === 'pending' && this.#pending(order),
      order.status === 'canceled' && note('info', t('order.canceled.text')),
      this.tickets && h('section', { class: 'stack tickets-part', aria: { label: t('tickets') } }, this.tickets.node),
      good.length > 0 && issued && h('div', { class: 'row no-print' },
        h('button', { class: 'button', type: 'button', onclick: () => print() }, t('tickets.print')), calendarButton(order, this.place)),
      this.#paid(order),
      h('div', { class: 'no-print' }, refundPart(order, refunds, () => this.load())));
  }

  #pending(order) {
    return note('info', t(order.cancelRequested ? 'order.stopping.text' : 'order.pending.text'), !order.cancelRequested && h('p', {}, h('a', { href: `/checkout/${order.holdId}` }, t('order.goOn'))));
  }

  #paid(order) {
    return h('section', { class: 'stack tight no-print' }, h('h2', {}, t('order.paid')),
      h('ul', { class: 'seats' }, order.items.map((one) => h('li', {}, h('span', { class: 'grow' }, seatName(one), one.status !== 'good' && h('span', { class: 'badge' }, t(`item.${one.status}`))), h('span', { class: 'num' }, money(one.price, order.currency))))),
      h('p', { class: 'total' }, h('span', {}, t('basket.total')), h('strong', { class: 'num' }, money(order.total, order.currency))),
      order.refunded > 0 && h('p', { class: 'total' }, h('span', {}, t('order.refundedSum')), h('strong', { class: 'num' }, money(order.refunded, order.currency))),
      h('p', { class: 'muted small' }, t('order.number', { number: spoken(order.id), when: dateTime(order.createdAt) })));
  }
}
