// What is around every page: header with the language and the session, footer, the word that the network is gone.
//
//   start({ app: 'organiser', nav: [{ href: '/organiser', key: 'nav.events' }], routes: [...], member: true })
//
// `app` names the file of words beside common.json; `routes` are the router's; with `member`, somebody who is not logged
// in is asked to first; `admin` the same for administrators.

import { all, centre, h, replace, svg } from './dom.js';
import { LANGUAGES, language, onLanguage, setLanguage, t, use } from './i18n.js';
import { askToLogin } from './login.js';
import { again, onView, router } from './router.js';
import { isAdmin, isMember, logout, onSession, resume, user } from './session.js';
import { empty } from './states.js';
import { toasts } from './toast.js';

const THEME = 'aisle.theme';

export async function start({ app, nav = [], routes, member = false, admin = false }) {
  themed(remembered());
  const main = document.getElementById('main');
  const [head, foot] = [h('header', { class: 'site-head' }), h('footer', { class: 'site-foot' })];
  const offline = h('p', { class: 'offline-bar', role: 'status', hidden: true });
  document.body.prepend(skip(main), head, offline);
  document.body.append(foot, toasts());
  await Promise.all([use('common', app), resume()]);
  const draw = () => {
    replace(head, header(app, nav));
    replace(foot, footer());
    document.querySelector('.skip').textContent = t('skip');
    offline.textContent = t('offline');
    current(head);
  };
  draw();
  onLanguage(draw);
  onView(() => {
    current(head);
    for (const tab of all('.tabs [aria-current=page]', main)) centre(tab); // on a phone not all of them are seen
  });
  onSession(draw);
  watchNetwork(offline);
  if (member || admin) guard(routes, admin);
  await router(routes, main);
}

/** Views for members only: whoever is none is asked to log in, and sees the view when that is done. */
function guard(routes, admin) {
  for (const route of routes) {
    const { view } = route;
    route.view = async () => ((admin ? isAdmin() : isMember()) ? view() : { default: () => closed(admin) });
  }
  let was = user()?.id;
  onSession((now) => {
    if (now?.id !== was) again();
    was = now?.id;
  });
}

function closed(admin) {
  const refused = admin && isMember();
  return h('div', { class: 'page' }, h('h1', { class: 'sr-only' }, t('login.title')),
    empty(t(refused ? 'login.refused' : 'login.needed'), t(refused ? 'login.refused.text' : 'login.needed.text'),
      h('button', { class: 'button primary', type: 'button', onclick: () => askToLogin() }, t('login.title'))));
}

function header(app, nav) {
  return h('div', { class: 'inner' },
    h('a', { class: 'brand', href: app === 'buyer' ? '/' : `/${app}` }, mark(), t('brand'),
      app !== 'buyer' && h('span', { class: 'which' }, t(`app.${app}`))),
    nav.length > 0 && h('nav', { class: 'site-nav', aria: { label: t('nav') } },
      nav.map(({ href, key }) => h('a', { href }, t(key)))),
    h('div', { class: 'site-tools' }, languages(), session()));
}

function languages() {
  const other = Object.keys(LANGUAGES).find((one) => one !== language());
  return h('button', { class: 'button quiet', type: 'button', lang: other, onclick: () => setLanguage(other) }, LANGUAGES[other]);
}

function session() {
  if (!isMember()) {
    return h('button', { class: 'button', type: 'button', onclick: () => askToLogin() }, t('login.title'));
  }
  const { name, email } = user();
  const panel = h('div', { class: 'panel' },
    h('p', {}, name && h('strong', {}, name), name && h('br'), h('span', { class: 'muted small' }, email)),
    h('a', { class: 'button quiet', href: '/orders' }, t('nav.orders')),
    h('a', { class: 'button quiet', href: '/organiser' }, t('app.organiser')),
    isAdmin() && h('a', { class: 'button quiet', href: '/operator' }, t('app.operator')),
    h('button', { class: 'button quiet', type: 'button', onclick: () => logout() }, t('logout')));
  const menu = h('details', { class: 'menu' }, h('summary', { class: 'button', aria: { label: t('account') } }, initials(name || email)), panel);
  menu.addEventListener('focusout', (event) => menu.contains(event.relatedTarget) || (menu.open = false));
  menu.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') (menu.open = false), menu.firstChild.focus();
  });
  return menu;
}

const initials = (name) => name.split(/[\s@.]+/).slice(0, 2).map((word) => word.charAt(0).toLocaleUpperCase(language())).join('');

function footer() {
  const theme = h('button', { class: 'button quiet small', type: 'button', onclick: () => (themed(isDark() ? 'light' : 'dark'), replace(theme, label())) });
  const label = () => t(isDark() ? 'theme.light' : 'theme.dark');
  replace(theme, label());
  return h('div', { class: 'inner' }, h('span', { class: 'grow' }, t('foot')), theme,
    h('a', { href: '/organiser' }, t('app.organiser')), h('a', { href: '/door' }, t('app.door')), h('a', { href: '/docs' }, t('app.docs')));
}

const isDark = () => (document.documentElement.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';

function themed(theme) {
  if (!theme) return;
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem(THEME, theme);
  } catch {
    // then it is for this page only
  }
}

function remembered() {
  try {
    return localStorage.getItem(THEME);
  } catch {
    return null;
  }
}

function skip(main) {
  return h('a', { class: 'skip button', href: '#main', onclick: (event) => (event.preventDefault(), main.focus()) });
}

function current(head) {
  for (const link of head.querySelectorAll('.site-nav a')) {
    const path = new URL(link.href).pathname;
    const here = path === '/' || path.split('/').length === 2 ? location.pathname === path : location.pathname.startsWith(path);
    if (here) link.setAttribute('aria-current', 'page'), centre(link);
    else link.removeAttribute('aria-current');
  }
}

function watchNetwork(bar) {
  const look = () => (bar.hidden = navigator.onLine);
  addEventListener('online', look);
  addEventListener('offline', look);
  look();
}

function mark() {
  return svg('svg', { viewBox: '0 0 32 32', aria: { hidden: 'true' } },
    svg('rect', { width: '32', height: '32', rx: '7', fill: 'currentColor' }),
    svg('path', { class: 'mark', d: 'M9 24V14a7 7 0 0 1 14 0v10M9 19h14', fill: 'none', 'stroke-width': '3', 'stroke-linecap': 'round' }));
}
