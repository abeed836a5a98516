import { api } from '../core/api.js';
import { h } from '../core/dom.js';
import { t } from '../core/i18n.js';
export default async ({ signal }) => {
  const { items } = await api.get('/api/events/active', { signal });
  return h('div', { class: 'page' }, h('h1', {}, t('nav.home')), h('ul', { class: 'grid' }, items.map((one) => h('li', { class: 'card' }, h('a', { href: `/events/${one.id}` }, one.name)))));
};
