// Whose pages these are: the organisation in the address, what its reader may do in it, and the frame around each view.
// What somebody may see is told by the interface's answers; the role only decides what is offered.

import { api, pages } from '../core/api.js';
import { h } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { isAdmin, user } from '../core/session.js';
import { empty } from '../core/states.js';

const BELIEVED = 30_000; // ms; a click through five views asks once
const known = new Map();

/** What a public route may have kept for two seconds is asked for anew: who organises has just changed it. */
export const FRESH = { 'cache-control': 'no-cache' };

export const address = (org, ...rest) => ['/organiser', org, ...rest].join('/');

/** {id, name, role, owner}: role is owner, staff or customer. */
export async function workspace({ params, signal }) {
  const key = `${user()?.id} ${params.org}`;
  const found = known.get(key);
  if (found && found.until > Date.now()) return found.place;
  const organization = await api.get(`/api/organizations/${params.org}`, { signal });
  const role = isAdmin() ? 'owner' : await roleOf(params.org, signal);
  const place = { id: organization.id, name: organization.name, role, owner: role === 'owner' };
  known.set(key, { place, until: Date.now() + BELIEVED });
  return place;
}

/** Something about the organisation was changed. */
export const forget = () => known.clear();

async function roleOf(org, signal) {
  try {
    for await (const member of pages(`/api/organizations/${org}/members`, { signal, query: { limit: 100 } })) {
      if (member.userId === user().id) return member.role;
    }
  } catch (error) {
    if (error.status !== 403) throw error;
  }
  return 'customer';
}

/** The view with the organisation's name and its tabs above it. */
export function framed(place, here, ...content) {
  const tabs = ['events', 'venues', 'orders', 'members', ...(place.owner ? ['audit'] : [])];
  return h('div', { class: 'page wide stack loose' },
    h('div', { class: 'workspace' },
      h('p', { class: 'eyebrow name' }, place.name),
      h('nav', { class: 'tabs', aria: { label: t('workspace.nav') } }, tabs.map((one) =>
        h('a', { class: 'tab', href: address(place.id, one), aria: { current: one === here ? 'page' : null } }, t(`tab.${one}`))))),
    place.role === 'customer' ? empty(t('workspace.customer'), t('workspace.customer.text')) : content);
}

/** The title of a view with what can be done there, and the way back. */
export function heading(title, { back = null, actions = [], badge = null } = {}) {
  return h('div', { class: 'stack tight' },
    back && h('a', { class: 'back', href: back.href }, `← ${back.label}`),
    h('div', { class: 'row between' },
      h('div', { class: 'row' }, h('h1', { class: 'title' }, title), badge), h('div', { class: 'row' }, actions)));
}

export const badge = (status) =>
  h('span', { class: ['badge', { published: 'good', draft: 'info', canceled: 'bad' }[status]] }, t(`status.${status}`));
