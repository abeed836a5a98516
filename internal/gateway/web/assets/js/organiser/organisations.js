// Choose an organisation, or make one.

import { api, pages } from '../core/api.js';
import { h } from '../core/dom.js';
import { field, form } from '../core/form.js';
import { date, t } from '../core/i18n.js';
import { isAdmin } from '../core/session.js';
import { empty } from '../core/states.js';
import { submit } from './doing.js';
import { address } from './workspace.js';

const MOST = 200; // an administrator sees all there are; more than this nobody reads

export default async function organisations({ signal, go }) {
  const found = [];
  for await (const one of pages('/api/organizations', { signal, query: { limit: 100 } })) {
    if (found.push(one) === MOST) break;
  }
  return h('div', { class: 'page stack loose' },
    h('div', { class: 'row between' }, h('h1', { class: 'title' }, t('organisations.title')),
      isAdmin() && h('a', { class: 'button', href: '/organiser/categories' }, t('categories.title'))),
    found.length ? h('ul', { class: 'grid plain' }, found.map(card)) : empty(t('organisations.empty'), t('organisations.empty.text')),
    h('section', { class: 'card stack', aria: { labelledby: 'new-organisation' } },
      h('h2', { id: 'new-organisation', class: 'subtitle' }, t('organisations.new')), creation(go)));
}

function card(one) {
  return h('li', {}, h('a', { class: 'card tile', href: address(one.id, 'events') },
    h('strong', { class: 'tile-name' }, one.name),
    h('span', { class: 'muted small' }, t('organisations.since', { date: date(one.createdAt, { dateStyle: 'long' }) }))));
}

function creation(go) {
  const fields = { name: field(t('organisations.name'), { required: true, maxlength: 200, autocomplete: 'organization' }) };
  return form(fields, submit(t('organisations.make')), async ({ name }) => {
    const made = await api.post('/api/organizations', { name: name.trim() });
    go(address(made.id, 'events'));
  });
}
