// One event: what it is, and each time at which it is played, with the way to its seats.

import { api } from '../core/api.js';
import { h } from '../core/dom.js';
import { date, t } from '../core/i18n.js';
import { money } from '../core/money.js';
import { empty, note } from '../core/states.js';
import { now, sync } from '../core/time.js';
import { poster } from './poster.js';

const FEW = 0.1; // of the seats: below that it is worth saying how many are left

export default async function event({ params, signal }) {
  const [found] = await Promise.all([api.get(`/api/events/${encodeURIComponent(params.id)}/page`, { signal, token: 'none' }), sync()]);
  const paragraphs = found.description.split(/\n{2,}/).filter((one) => one.trim());
  return h('article', { class: 'page stack loose' },
    h('p', {}, h('a', { class: 'back', href: '/' }, '← ', t('event.back'))),
    h('header', { class: 'event-head' }, poster(found.id, 'large'),
      h('div', { class: 'stack' }, h('h1', {}, found.name), paragraphs.map((one) => h('p', { class: 'lines' }, one)))),
    found.status === 'canceled' && note('bad', h('strong', {}, t('event.canceled')), h('p', {}, t('event.canceled.text'))),
    h('section', { class: 'stack', aria: { labelledby: 'times' } },
      h('h2', { id: 'times' }, t('event.times')),
      found.showtimes.length ? months(found.showtimes) : empty(t('event.none'), t('event.none.text'))));
}

function months(showtimes) {
  const byMonth = new Map();
  for (const one of showtimes) {
    const month = date(one.startsAt, { month: 'long', year: 'numeric' }, one.timeZone);
    byMonth.set(month, [...(byMonth.get(month) ?? []), one]);
  }
  return [...byMonth].map(([month, rows]) => h('div', { class: 'stack tight' },
    h('h3', { class: 'eyebrow' }, month), h('ul', { class: 'showtimes' }, rows.map(row))));
}

function row(showtime) {
  const zone = showtime.timeZone;
  const day = date(showtime.startsAt, { weekday: 'long', day: 'numeric', month: 'long' }, zone);
  const hour = date(showtime.startsAt, { hour: '2-digit', minute: '2-digit' }, zone);
  const where = [showtime.place?.name, showtime.place?.city].filter(Boolean).join(', ');
  return h('li', { class: 'card tight showtime' },
    h('time', { class: 'leaf', datetime: showtime.startsAt, aria: { hidden: 'true' } },
      h('span', { class: 'weekday' }, date(showtime.startsAt, { weekday: 'short' }, zone)),
      h('span', { class: 'number' }, date(showtime.startsAt, { day: 'numeric' }, zone))),
    h('div', { class: 'grow stack tight' },
      h('h4', {}, day, ', ', h('span', { class: 'nowrap' }, hour)),
      where && h('p', { class: 'small muted' }, where),
      h('p', { class: 'small' }, prices(showtime))),
    h('div', { class: 'row end' }, ...offer(showtime, `${day}, ${hour}`)));
}

function prices({ lowestPrice, highestPrice, currency }) {
  if (!highestPrice) return t('price.free');
  if (lowestPrice === highestPrice) return money(lowestPrice, currency);
  return `${money(lowestPrice, currency)} – ${money(highestPrice, currency)}`;
}

/** Whether it can be bought, and the way there. */
function offer(showtime, when) {
  const moment = (text) => new Date(text).getTime();
  if (showtime.status === 'canceled') return [badge('bad', t('event.canceled'))];
  if (moment(showtime.startsAt) < now()) return [badge('', t('event.begun'))];
  if (showtime.onSaleUntil && moment(showtime.onSaleUntil) < now()) return [badge('', t('event.over'))];
  const link = (kind, text) => h('a', { class: `button ${kind}`, href: `/showtimes/${showtime.id}` }, text, h('span', { class: 'sr-only' }, `, ${when}`));
  if (showtime.onSaleFrom && moment(showtime.onSaleFrom) > now()) {
    return [badge('info', t('event.soon', { when: date(showtime.onSaleFrom, { dateStyle: 'medium', timeStyle: 'short' }) })), link('', t('event.look'))];
  }
  const { room } = showtime;
  if (room?.available === 0) return [badge('bad', t('event.full')), link('', t('event.look'))];
  const few = room && room.available < room.capacity * FEW;
  return [few && badge('warn', t('event.few', { n: room.available })), link('primary', t('event.choose'))];
}

const badge = (kind, text) => h('span', { class: `badge ${kind}` }, text);
