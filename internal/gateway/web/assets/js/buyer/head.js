// What every page of a showtime begins with, and what it says when nothing can be bought.

import { h } from '../core/dom.js';
import { date, dateTime, t } from '../core/i18n.js';
import { note } from '../core/states.js';
import { now } from '../core/time.js';
import { liveBadge } from './live.js';

export function when({ startsAt, timeZone }) {
  return date(startsAt, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric', hour: 'numeric', minute: '2-digit' }, timeZone);
}

export const where = (venue) => (venue ? [venue.name, venue.city].filter(Boolean).join(', ') : '');

export function showtimeHead(page, signal) {
  return h('header', { class: 'showtime-head' },
    h('div', { class: 'grow' },
      h('h1', {}, page.event.name),
      h('p', { class: 'muted' }, h('time', { datetime: page.showtime.startsAt }, when(page.showtime)), page.venue && ` · ${where(page.venue)}`)),
    isOpen(page) && liveBadge(signal));
}

export function isOpen(page) {
  const { status, onSaleFrom, onSaleUntil } = page.showtime;
  const [from, until] = [onSaleFrom, onSaleUntil].map((moment) => moment && new Date(moment).getTime());
  return status === 'published' && page.seats !== null && !(from && from > now()) && !(until && until < now());
}

export function closedNote(page) {
  const { status, onSaleFrom, startsAt, timeZone } = page.showtime;
  const others = h('p', {}, h('a', { href: `/events/${page.event.id}` }, t('closed.others')));
  const said = (kind, key, more) => note(kind, h('strong', {}, t(key, more)), h('p', {}, t(`${key}.text`, more)), others);
  if (status === 'canceled') return said('bad', 'closed.canceled');
  if (onSaleFrom && new Date(onSaleFrom).getTime() > now()) return said('info', 'closed.early', { when: dateTime(onSaleFrom, timeZone) });
  if (new Date(startsAt).getTime() < now()) return said('info', 'closed.over');
  return said('info', 'closed.closed');
}
