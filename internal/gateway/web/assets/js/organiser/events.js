// What the organisation puts on: drafts, published and cancelled, the newest first.

import { api } from '../core/api.js';
import { h } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { empty } from '../core/states.js';
import { further } from './further.js';
import { address, badge, framed, FRESH, heading, workspace } from './workspace.js';

const STATUSES = ['any', 'draft', 'published', 'canceled'];

export default async function events(context) {
  const place = await workspace(context);
  if (place.role === 'customer') return framed(place, 'events');
  const status = STATUSES.includes(context.query.status) ? context.query.status : 'any';
  const load = (cursor) => api.get('/api/events', {
    signal: context.signal, headers: FRESH, query: { organizationId: place.id, status, cursor, limit: 24 },
  });
  const first = await load(null);
  const add = h('a', { class: 'button primary', href: address(place.id, 'events', 'new') }, t('events.new'));
  const nothing = status === 'any' ? empty(t('events.empty'), t('events.empty.text'), add.cloneNode(true)) : empty(t('events.none'));
  return framed(place, 'events',
    heading(t('tab.events'), { actions: [add] }), filters(place, status), first.items.length ? listed(place, first, load) : nothing);
}

function filters(place, chosen) {
  return h('nav', { class: 'row pills', aria: { label: t('filter.status') } }, STATUSES.map((one) =>
    h('a', { class: 'pill', href: `${address(place.id, 'events')}?status=${one}`, aria: { current: one === chosen ? 'page' : null } },
      t(`status.${one}`))));
}

function listed(place, first, load) {
  const shown = (one) => card(place, one);
  const rows = h('ul', { class: 'grid plain' }, first.items.map(shown));
  return h('div', { class: 'stack' }, rows, further(rows, first, load, shown));
}

function card(place, event) {
  return h('li', {}, h('a', { class: 'card tile', href: address(place.id, 'events', event.id) },
    h('span', {}, badge(event.status)),
    h('strong', { class: 'tile-name' }, event.name),
    h('span', { class: 'muted small clamp' }, event.description || t('events.undescribed'))));
}
