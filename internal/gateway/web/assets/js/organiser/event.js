// One event: what it is, its showtimes, and what can be done with it.

import { api, newKey, pages } from '../core/api.js';
import { h } from '../core/dom.js';
import { dateTime, t } from '../core/i18n.js';
import { money } from '../core/money.js';
import { again } from '../core/router.js';
import { empty } from '../core/states.js';
import { toast } from '../core/toast.js';
import { callOff } from './calling-off.js';
import { doing } from './doing.js';
import { confirm } from '../core/dialog.js';
import { allCategories } from './event-form.js';
import { address, badge, framed, FRESH, heading, workspace } from './workspace.js';

export default async function event(context) {
  const { params, signal } = context;
  const [place, found, showtimes, categories] = await Promise.all([
    workspace(context), api.get(`/api/events/${params.event}`, { signal, headers: FRESH }), allShowtimes(params.event, signal), allCategories(signal),
  ]);
  const category = categories.find((one) => one.id === found.categoryId);
  return framed(place, 'events',
    heading(found.name, { back: { href: address(place.id, 'events'), label: t('tab.events') }, badge: badge(found.status), actions: actions(place, found, context.go) }),
    found.status === 'canceled' && h('p', { class: 'note bad' }, t('events.canceled.because', { reason: found.reason })),
    h('div', { class: 'split' },
      h('section', { class: 'stack' },
        h('div', { class: 'row between' }, h('h2', { class: 'subtitle' }, t('showtimes.title')),
          found.status !== 'canceled' && h('a', { class: 'button', href: address(place.id, 'events', found.id, 'showtimes', 'new') }, t('showtimes.new'))),
        showtimes.length ? table(place, showtimes) : empty(t('showtimes.empty'), t('showtimes.empty.text'))),
      h('aside', { class: 'card stack tight about' },
        h('p', { class: 'eyebrow name' }, category ? category.name : t('events.category.none')),
        h('p', { class: 'prose' }, found.description || t('events.undescribed')),
        place.owner && h('a', { href: `${address(place.id, 'audit')}?entity=${found.id}` }, t('audit.of')))));
}

export async function allShowtimes(eventId, signal) {
  const found = [];
  const query = { drafts: true, limit: 100 };
  for await (const one of pages(`/api/events/${eventId}/showtimes`, { signal, query, headers: FRESH })) found.push(one);
  return found;
}

function actions(place, found, go) {
  const path = `/api/events/${found.id}`;
  const options = () => ({ key: newKey(), ifMatch: `"${found.version}"` });
  const done = (word) => (toast(t(word)), again());
  const sold = h('a', { class: 'button', href: address(place.id, 'events', found.id, 'sales') }, t('sales.title'));
  const edit = h('a', { class: 'button', href: address(place.id, 'events', found.id, 'edit') }, t('edit'));
  if (found.status === 'canceled') return [sold];
  if (found.status === 'published') {
    return [sold, edit, doing(t('events.cancel'), () => callOff({ path, version: found.version, title: t('events.cancel'), eventId: found.id }), { kind: 'danger' })];
  }
  return [edit,
    doing(t('events.remove'), async () => {
      if (!(await confirm(t('events.remove'), t('events.remove.text'), { yes: t('events.remove'), kind: 'danger' }))) return;
      await api.delete(path, { ifMatch: `"${found.version}"` });
      toast(t('removed'));
      go(address(place.id, 'events'));
    }, { kind: 'quiet' }),
    doing(t('events.publish'), async () => (await api.post(`${path}/publish`, undefined, options()), done('events.published')), { kind: 'primary' })];
}

function table(place, showtimes) {
  return h('div', { class: 'scroll', tabindex: 0, role: 'region', aria: { label: t('showtimes.title') } }, h('table', {},
    h('thead', {}, h('tr', {}, ['showtimes.when', 'showtimes.status', 'showtimes.prices'].map((key) => h('th', { scope: 'col' }, t(key))))),
    h('tbody', {}, showtimes.map((one) => h('tr', {},
      h('th', { scope: 'row' }, h('a', { class: 'row-link', href: address(place.id, 'showtimes', one.id) }, dateTime(one.startsAt, one.timeZone)),
        h('span', { class: 'muted small zone' }, one.timeZone)),
      h('td', {}, badge(one.status)), h('td', { class: 'num' }, prices(one)))))));
}

export function prices(showtime) {
  const sorted = showtime.tiers.map((one) => one.price).sort((a, b) => a - b);
  if (!sorted.length) return t('showtimes.unpriced');
  const [low, high] = [sorted[0], sorted.at(-1)].map((price) => money(price, showtime.currency));
  return low === high ? low : `${low} – ${high}`;
}
