// What the door shows somebody who is not logged in.

import { h } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { askToLogin } from '../core/login.js';
import { again } from '../core/router.js';
import { isMember, onSession } from '../core/session.js';
import { empty } from '../core/states.js';

/** Whether somebody is to log in first. A session that only cannot be renewed, for want of a network, is still one. */
export const nobody = () => !isMember() && !localStorage.getItem('aisle.refresh');

export function closed() {
  const node = h('div', { class: 'page' }, h('h1', { class: 'sr-only' }, t('app.door')),
    empty(t('login.needed'), t('door.login.text'),
      h('button', { class: 'button primary', type: 'button', onclick: () => askToLogin() }, t('login.title'))));
  return { node, leave: onSession(() => isMember() && again()) };
}
