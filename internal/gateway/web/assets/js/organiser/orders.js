// The organisation's orders, found by what somebody on the phone can say, and what was sold as files.

import { api } from '../core/api.js';
import { h } from '../core/dom.js';
import { field } from '../core/form.js';
import { dateTime, t } from '../core/i18n.js';
import { money } from '../core/money.js';
import { spoken } from '../core/spoken.js';
import { empty } from '../core/states.js';
import { allShowtimes } from './event.js';
import { doing, submit } from './doing.js';
import { download } from './download.js';
import { further } from './further.js';
import { address, framed, FRESH, heading, workspace } from './workspace.js';

const STATUSES = ['pending', 'completed', 'partially_refunded', 'refunded', 'canceled'];
const COLUMNS = ['orders.order', 'orders.buyer', 'orders.for', 'orders.seats', 'orders.total', 'orders.status'];

export default async function orders(context) {
  const place = await workspace(context);
  if (place.role === 'customer') return framed(place, 'orders');
  const { q = '', event = '', showtime = '', status = '' } = context.query;
  const wanted = { q, eventId: event, showtimeId: showtime, status };
  const load = (cursor) => api.get(`/api/organizations/${place.id}/orders`, { signal: context.signal, query: { ...wanted, cursor, limit: 25 } });
  const [first, events] = await Promise.all([load(null), someEvents(place.id, context.signal)]);
  const asked = q || event || showtime || status;
  return framed(place, 'orders', heading(t('tab.orders'), { actions: exports(place, wanted) }),
    await search(place, context, events),
    first.items.length ? listed(place, first, load) : empty(t(asked ? 'orders.none' : 'orders.empty'), asked ? t('orders.none.text') : t('orders.empty.text')));
}

async function someEvents(org, signal) {
  return (await api.get('/api/events', { signal, headers: FRESH, query: { organizationId: org, status: 'any', limit: 100 } })).items;
}

function exports(place, wanted) {
  const path = `/api/organizations/${place.id}/orders.csv`;
  return [
    doing(t('orders.csv'), () => download(path, 'orders.csv', wanted)),
    doing(t('orders.reservations'), () => download('/api/reservations.csv', 'reservations.csv', { organizationId: place.id, showtimeId: wanted.showtimeId })),
  ];
}

async function search(place, { query, signal, go }, events) {
  const text = field(t('orders.search'), { type: 'search', maxlength: 200, value: query.q ?? '', hint: t('orders.search.hint') });
  const status = field(t('orders.status'), { kind: 'select', value: query.status ?? '', options: [['', t('all')], ...STATUSES.map((one) => [one, t(`order.${one}`)])] });
  const event = field(t('orders.event'), { kind: 'select', value: query.event ?? '', options: [['', t('all')], ...events.map((one) => [one.id, one.name])] });
  const showtimes = query.event ? await allShowtimes(query.event, signal) : [];
  const showtime = showtimes.length > 0 && field(t('orders.showtime'), {
    kind: 'select', value: query.showtime ?? '', options: [['', t('all')], ...showtimes.map((one) => [one.id, dateTime(one.startsAt, one.timeZone)])],
  });
  const find = () => {
    const own = event.input.value === (query.event ?? '');
    const given = { q: text.input.value.trim(), status: status.input.value, event: event.input.value, showtime: own && showtime ? showtime.input.value : '' };
    go(`${address(place.id, 'orders')}?${new URLSearchParams(Object.entries(given).filter(([, value]) => value))}`);
  };
  return h('form', { class: 'search card tight', role: 'search', onsubmit: (submitted) => (submitted.preventDefault(), find()) },
    text.node, event.node, showtime && showtime.node, status.node, submit(t('find')));
}

function listed(place, first, load) {
  const shown = (one) => row(place, one);
  const body = h('tbody', {}, first.items.map(shown));
  return h('div', { class: 'stack' }, h('div', { class: 'scroll', tabindex: 0, role: 'region', aria: { label: t('tab.orders') } }, h('table', {},
    h('thead', {}, h('tr', {}, COLUMNS.map((key) => h('th', { scope: 'col', class: key === 'orders.total' && 'number' }, t(key))))), body)), further(body, first, load, shown));
}

function row(place, order) {
  return h('tr', {},
    h('th', { scope: 'row', class: 'nowrap' }, h('a', { class: 'row-link', href: address(place.id, 'orders', order.id) }, dateTime(order.createdAt)),
      h('span', { class: 'muted small zone num' }, spoken(order.id))),
    h('td', {}, order.buyerName || t('orders.guest'), order.buyerEmail && h('span', { class: 'muted small zone' }, order.buyerEmail)),
    h('td', {}, order.eventName, h('span', { class: 'muted small zone' }, dateTime(order.startsAt, order.timeZone))),
    h('td', { class: 'num' }, order.items.length),
    h('td', { class: 'number nowrap' }, money(order.total, order.currency, { exact: true })),
    h('td', {}, orderBadge(order)));
}

export const orderBadge = (order) => h('span', { class: ['badge', { completed: 'good', pending: 'info', canceled: '', refunded: 'warn', partially_refunded: 'warn' }[order.status]] }, t(`order.${order.status}`));
