// Log in or register, in a dialog that every page can open.

import { dialog } from './dialog.js';
import { h, replace } from './dom.js';
import { field, form } from './form.js';
import { t } from './i18n.js';
import { login, register } from './session.js';

/** Resolves with the user, or undefined if the person would rather not. `text` says why it is asked. */
export function askToLogin({ text = '', registering = false } = {}) {
  const body = (close) => {
    const place = h('div', { class: 'stack' });
    const show = (fresh) => replace(place, text && h('p', {}, text), fresh ? registration(close) : credentials(close), other(fresh, show));
    show(registering);
    return place;
  };
  return dialog({ title: t('login.title'), body });
}

function other(fresh, show) {
  const turn = () => show(!fresh);
  return h('p', {}, t(fresh ? 'login.known' : 'login.new'), ' ',
    h('button', { class: 'button quiet', type: 'button', onclick: turn }, t(fresh ? 'login.title' : 'register.title')));
}

function credentials(close) {
  const fields = { email: email(), password: password('current-password') };
  return form(fields, submit('login.title'), async (given) => close(await login(given.email.trim(), given.password)));
}

function registration(close) {
  const fields = {
    name: field(t('register.name'), { autocomplete: 'name', maxlength: 200 }),
    email: email(),
    password: password('new-password', { hint: t('register.password.hint'), minlength: 8 }),
  };
  return form(fields, submit('register.title'), async (given) =>
    close(await register(given.email.trim(), given.password, given.name.trim())));
}

const email = () => field(t('login.email'), { type: 'email', autocomplete: 'email', required: true, maxlength: 254 });
const password = (kind, more) => field(t('login.password'), { type: 'password', autocomplete: kind, required: true, maxlength: 256, ...more });
const submit = (key) => h('button', { class: 'button primary wide', type: 'submit' }, t(key));
