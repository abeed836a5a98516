// Who works for the organisation, and what each may do.

import { api, pages } from '../core/api.js';
import { confirm } from '../core/dialog.js';
import { h } from '../core/dom.js';
import { field, form } from '../core/form.js';
import { date, t } from '../core/i18n.js';
import { again } from '../core/router.js';
import { user } from '../core/session.js';
import { said } from '../core/states.js';
import { toast } from '../core/toast.js';
import { doing, submit } from './doing.js';
import { address, forget, framed, heading, workspace } from './workspace.js';

const ROLES = ['staff', 'owner', 'customer'];

export default async function members(context) {
  const place = await workspace(context);
  if (place.role === 'customer') return framed(place, 'members');
  const found = [];
  for await (const one of pages(`/api/organizations/${place.id}/members`, { signal: context.signal, query: { limit: 100 } })) found.push(one);
  return framed(place, 'members', heading(t('tab.members')), table(place, found, context.go),
    place.owner
      ? h('div', { class: 'halves' }, section('members.add', adding(place)), section('organisations.settings', settings(place, context.go)))
      : h('p', { class: 'muted' }, t('members.owners')));
}

const section = (key, content) => h('section', { class: 'card stack', aria: { label: t(key) } }, h('h2', { class: 'subtitle' }, t(key)), content);

function table(place, found, go) {
  return h('div', { class: 'scroll', tabindex: 0, role: 'region', aria: { label: t('tab.members') } }, h('table', {},
    h('thead', {}, h('tr', {}, ['members.who', 'members.role', 'members.since', 'members.actions'].map((key) => h('th', { scope: 'col' }, t(key))))),
    h('tbody', {}, found.map((one) => h('tr', {},
      h('th', { scope: 'row' }, h('span', {}, one.name || one.email || one.userId, one.userId === user().id && h('span', { class: 'badge accent gap' }, t('members.you'))),
        (one.name && one.email) && h('span', { class: 'muted small zone' }, one.email)),
      h('td', {}, place.owner ? chooser(place, one) : t(`role.${one.role}`)),
      h('td', { class: 'nowrap' }, date(one.since, { dateStyle: 'medium' })),
      h('td', {}, (place.owner || one.userId === user().id) && ending(place, one, go)))))));
}

function chooser(place, one) {
  const select = h('select', { class: 'input slim', aria: { label: t('members.role.of', { name: one.name || one.email || one.userId }) } },
    ROLES.map((role) => h('option', { value: role, selected: role === one.role }, t(`role.${role}`))));
  select.addEventListener('change', async () => {
    try {
      await api.put(`/api/organizations/${place.id}/members/${one.userId}`, { role: select.value });
      toast(t('saved'));
    } catch (error) {
      toast(said(error), { kind: 'bad' });
    }
    forget();
    again(); // what the server has now is what is shown
  });
  return select;
}

function ending(place, one, go) {
  const own = one.userId === user().id;
  return doing(t(own ? 'members.leave' : 'remove'), async () => {
    const text = t(own ? 'members.leave.text' : 'members.remove.text', { name: one.name || one.email || one.userId });
    if (!(await confirm(t(own ? 'members.leave' : 'members.remove'), text, { yes: t(own ? 'members.leave' : 'remove'), kind: 'danger' }))) return;
    await api.delete(`/api/organizations/${place.id}/members/${one.userId}`);
    toast(t('removed'));
    forget();
    own ? go('/organiser') : again();
  }, { kind: 'quiet' });
}

function adding(place) {
  const fields = {
    email: field(t('login.email'), { type: 'email', required: true, maxlength: 254, hint: t('members.add.hint') }),
    role: field(t('members.role'), { kind: 'select', value: 'staff', options: ROLES.map((role) => [role, t(`role.${role}.long`)]) }),
  };
  return form(fields, submit(t('add')), async ({ email, role }) => {
    await api.post(`/api/organizations/${place.id}/members`, { email: email.trim(), role });
    toast(t('members.added'));
    again();
  });
}

function settings(place, go) {
  const fields = { name: field(t('organisations.name'), { required: true, maxlength: 200, value: place.name }) };
  const rename = form(fields, submit(t('save'), ''), async ({ name }) => {
    await api.patch(`/api/organizations/${place.id}`, { name: name.trim() });
    forget();
    toast(t('saved'));
    go(address(place.id, 'members'));
  });
  const remove = doing(t('organisations.remove'), async () => {
    if (!(await confirm(t('organisations.remove'), t('organisations.remove.text', { name: place.name }), { yes: t('organisations.remove'), kind: 'danger' }))) return;
    await api.delete(`/api/organizations/${place.id}`);
    forget();
    go('/organiser');
  }, { kind: 'danger' });
  return h('div', { class: 'stack' }, rename, h('hr', { class: 'rule' }), h('div', {}, remove));
}
