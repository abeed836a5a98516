// The categories of the whole box office; everybody reads them, administrators write them.

import { api, newKey } from '../core/api.js';
import { confirm } from '../core/dialog.js';
import { h } from '../core/dom.js';
import { field, form } from '../core/form.js';
import { t } from '../core/i18n.js';
import { again } from '../core/router.js';
import { isAdmin } from '../core/session.js';
import { empty } from '../core/states.js';
import { toast } from '../core/toast.js';
import { doing, submit } from './doing.js';
import { allCategories } from './event-form.js';
import { heading } from './workspace.js';

export default async function categories({ signal }) {
  const found = await allCategories(signal);
  const key = newKey();
  const add = form({ name: field(t('categories.name'), { required: true, maxlength: 200 }) }, submit(t('add')), async ({ name }) => {
    await api.post('/api/categories', { name: name.trim() }, { key });
    again();
  });
  return h('div', { class: 'page narrow stack loose' },
    heading(t('categories.title'), { back: { href: '/organiser', label: t('organisations.title') } }),
    found.length ? h('ul', { class: 'lines card' }, found.map(line)) : empty(t('categories.empty')),
    isAdmin() ? h('div', { class: 'card' }, add) : h('p', { class: 'muted' }, t('categories.admins')));
}

function line(one) {
  return h('li', { class: 'row between' }, h('span', {}, one.name), isAdmin() && doing(t('remove'), async () => {
    if (!(await confirm(t('categories.remove'), t('categories.remove.text', { name: one.name }), { yes: t('remove'), kind: 'danger' }))) return;
    await api.delete(`/api/categories/${one.id}`);
    toast(t('removed'));
    again();
  }, { kind: 'quiet', aria: { label: `${t('remove')}: ${one.name}` } }));
}
