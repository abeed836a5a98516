// My orders: what I bought, the newest first.

import { api } from '../core/api.js';
import { h, replace } from '../core/dom.js';
import { date, t, use } from '../core/i18n.js';
import { money } from '../core/money.js';
import { askToLogin } from '../core/login.js';
import { again } from '../core/router.js';
import { isMember, user } from '../core/session.js';
import { empty } from '../core/states.js';
import { when } from './head.js';
import { statusBadge } from './status.js';

export default async ({ signal }) => {
  await use('seats', 'orders');
  const first = user() ? await page(null, signal) : { items: [] };
  const title = h('h1', {}, t('orders'));
  if (!first.items.length) return h('div', { class: 'page narrow stack' }, title, nothing());
  const list = h('ul', { class: 'orders' }, first.items.map(card));
  const more = h('div', { class: 'center' });
  const offer = (cursor) => replace(more, cursor && h('button', { class: 'button', type: 'button', onclick: () => load(cursor) }, t('more')));
  const load = async (cursor) => {
    const next = await page(cursor, signal);
    list.append(...next.items.map(card));
    offer(next.nextCursor);
  };
  offer(first.nextCursor);
  return h('div', { class: 'page narrow stack loose' }, title, !isMember() && h('p', { class: 'muted' }, t('orders.guest')), list, more);
};

const page = (cursor, signal) => api.get('/api/orders', { token: 'need', signal, query: { limit: 20, cursor }, headers: { 'cache-control': 'no-cache' } });

function nothing() {
  const login = h('button', { class: 'button', type: 'button', onclick: async () => (await askToLogin()) && again() }, t('login.title'));
  return empty(t('orders.none'), t(isMember() ? 'orders.none.text' : 'orders.none.guest'), h('a', { class: 'button primary', href: '/' }, t('failure.home')), !isMember() && login);
}

function card(order) {
  return h('li', {}, h('a', { class: 'card tight order-card', href: `/orders/${order.id}` },
    h('span', { class: 'row between' }, h('strong', { class: 'order-name' }, order.eventName), statusBadge(order)),
    h('span', {}, when(order)),
    h('span', { class: 'muted small' }, t('orders.seats', { n: order.items.length }), ' · ', money(order.total, order.currency), ' · ', date(order.createdAt, { dateStyle: 'medium' }))));
}
