// An event is written down, or written anew.

import { api, newKey, pages } from '../core/api.js';
import { h } from '../core/dom.js';
import { field, form } from '../core/form.js';
import { t } from '../core/i18n.js';
import { toast } from '../core/toast.js';
import { submit } from './doing.js';
import { address, framed, FRESH, heading, workspace } from './workspace.js';

export default async function eventForm(context) {
  const { params, signal, go } = context;
  const [place, event, categories] = await Promise.all([
    workspace(context), params.event && api.get(`/api/events/${params.event}`, { signal, headers: FRESH }), allCategories(signal),
  ]);
  const fields = fieldsOf(event ?? {}, categories);
  const key = newKey();
  const made = form(fields, submit(t(event ? 'save' : 'events.make')), async (given) => {
    const said = { name: given.name.trim(), description: given.description, categoryId: given.categoryId || null, imageUrl: given.imageUrl.trim() || null };
    const kept = event
      ? await api.put(`/api/events/${event.id}`, said, { ifMatch: `"${event.version}"` })
      : await api.post('/api/events', { ...said, organizationId: place.id }, { key });
    toast(t('saved'));
    go(address(place.id, 'events', kept.id));
  });
  const back = event ? { href: address(place.id, 'events', event.id), label: event.name } : { href: address(place.id, 'events'), label: t('tab.events') };
  return framed(place, 'events', heading(t(event ? 'events.edit' : 'events.new'), { back }), h('div', { class: 'card narrow-card' }, made));
}

function fieldsOf(event, categories) {
  return {
    name: field(t('events.name'), { required: true, maxlength: 200, value: event.name ?? '' }),
    description: field(t('events.description'), { kind: 'textarea', rows: 6, maxlength: 10000, value: event.description ?? '' }),
    categoryId: field(t('events.category'), {
      kind: 'select', value: event.categoryId ?? '', options: [['', t('events.category.none')], ...categories.map((one) => [one.id, one.name])],
    }),
    imageUrl: field(t('events.image'), { type: 'url', maxlength: 2000, value: event.imageUrl ?? '', hint: t('events.image.hint') }),
  };
}

export async function allCategories(signal) {
  const found = [];
  for await (const one of pages('/api/categories', { signal, headers: FRESH, query: { limit: 100 } })) found.push(one);
  return found;
}
