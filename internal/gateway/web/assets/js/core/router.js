// Addresses to views, within one page.
//
//   router([{ path: '/events/:id', view: () => import('./event.js') }], outlet)
//
// A view is a module whose default export takes {params, query, signal, go} and returns a Node, or {node, title?, leave?,
// relabel?}. `signal` is aborted when the page goes on: give it to api calls. A change of language shows the view anew,
// unless it has a `relabel` that does with less. A view that throws shows what went wrong, with a way to try again.

import { onLanguage, t } from './i18n.js';
import { failure, skeletonPage } from './states.js';

let table = [];
let outlet = null;
let shown = null; // {leave, relabel, abort}
let turn = 0;
const listeners = new Set();

export function router(routes, into) {
  table = routes.map((route) => ({ ...route, pattern: pattern(route.path) }));
  outlet = into;
  addEventListener('popstate', () => show());
  document.addEventListener('click', follow);
  onLanguage(() => (shown?.relabel ? shown.relabel() : show({ quiet: true })));
  return show({ quiet: true });
}

/** Go to an address of this site; one that is another page's is loaded. */
export function go(address, { replace = false } = {}) {
  const url = new URL(address, location.href);
  if (!find(url.pathname)) return location.assign(url);
  history[replace ? 'replaceState' : 'pushState'](null, '', url);
  return show();
}

/** Show the same address anew. */
export const again = () => show({ quiet: true });

/** Call back after each view; returns how to stop it. */
export function onView(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

async function show({ quiet = false } = {}) {
  const mine = ++turn;
  shown?.abort();
  shown?.leave?.();
  shown = null;
  const found = find(location.pathname);
  const abort = new AbortController();
  shown = { abort: () => abort.abort() };
  const slow = setTimeout(() => mine === turn && outlet.replaceChildren(skeletonPage()), 150); // quicker ones do not flash
  let made;
  try {
    made = await view(found, abort.signal);
  } catch (error) {
    if (mine !== turn) return;
    made = { node: failure(error, again) };
  } finally {
    clearTimeout(slow);
  }
  if (mine !== turn) return made.leave?.();
  shown = { leave: made.leave, relabel: made.relabel, abort: () => abort.abort() };
  outlet.replaceChildren(made.node);
  titled(made.title);
  if (!quiet) arrive();
  for (const listener of listeners) listener();
}

async function view(found, signal) {
  if (!found) return { node: failure({ status: 404 }, null) };
  const module = await found.route.view();
  const query = Object.fromEntries(new URLSearchParams(location.search));
  const made = await module.default({ params: found.params, query, signal, go });
  return made instanceof Node ? { node: made } : made;
}

function titled(title) {
  const own = title ?? outlet.querySelector('h1')?.textContent;
  document.title = own ? `${own} · ${t('brand')}` : t('brand');
}

/** A new view begins at its top, and a screen reader with its heading. */
function arrive() {
  scrollTo(0, 0);
  const heading = outlet.querySelector('h1');
  heading?.setAttribute('tabindex', '-1');
  (heading ?? outlet).focus({ preventScroll: true });
}

function follow(event) {
  const link = event.target.closest?.('a[href]');
  if (!link || link.target || link.hasAttribute('download') || event.defaultPrevented) return;
  if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || !find(url.pathname) || (url.hash && url.pathname === location.pathname)) return;
  event.preventDefault();
  go(url.href);
}

function find(path) {
  for (const route of table) {
    const found = route.pattern.exec(path);
    if (found) return { route, params: decoded(found.groups ?? {}) };
  }
  return null;
}

const decoded = (groups) => Object.fromEntries(Object.entries(groups).map(([name, text]) => [name, plain(text)]));

function plain(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const pattern = (path) => new RegExp(`^${path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}/?$`);
