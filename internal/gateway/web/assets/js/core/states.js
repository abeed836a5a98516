// What a page shows while it waits, when there is nothing, and when something went wrong.

import { fragment, h, svg } from './dom.js';
import { has, t } from './i18n.js';

/** Lines in place of a text that is loading. */
function skeleton(lines = 3) {
  return h('div', { class: 'stack tight', aria: { hidden: 'true' } }, [...Array(lines)].map((_, i) =>
    h('span', { class: 'skeleton', style: { width: `${[92, 75, 84, 60][i % 4]}%` } })));
}

/** A whole page that is loading; a screen reader hears so. */
export function skeletonPage() {
  return h('div', { class: 'page stack loose' },
    h('p', { class: 'sr-only', role: 'status' }, t('loading')),
    h('span', { class: 'skeleton', style: { width: '40%', height: '2.5rem' } }), skeleton(4));
}

/** Nothing is here, and what to do about it. */
export function empty(title, text, ...actions) {
  return h('div', { class: 'empty' }, seat(), h('h2', {}, title), text && h('p', { class: 'muted' }, text), actions);
}

/** Something went wrong; `retry` is a function, or null where trying again is no use. */
export function failure(error, retry) {
  const missing = error.status === 404;
  if (!error.status && error.name !== 'Problem') console.error(error);
  return h('div', { class: 'page empty', role: 'alert' }, seat(),
    h('h1', {}, t(missing ? 'failure.missing' : error.code === 'offline' ? 'failure.offline' : 'failure.title')),
    h('p', { class: 'muted' }, missing ? t('failure.missing.text') : said(error)),
    !missing && error.requestId && h('p', { class: 'small muted' }, t('failure.number', { number: error.requestId })),
    missing || !retry
      ? h('a', { class: 'button primary', href: '/' }, t('failure.home'))
      : h('button', { class: 'button primary', type: 'button', onclick: () => retry() }, t('retry')));
}

/** A Problem in the reader's language: by its code where we have words for it, else as the server said it. */
export function said(error) {
  if (error.code && has(`fault.${error.code}`)) return t(`fault.${error.code}`, error.body ?? {});
  return (error.name === 'Problem' && error.detail) || t('failure.text');
}

/** A note in place: kinds info, good, warn, bad. */
export function note(kind, ...children) {
  return h('div', { class: ['note', kind], role: kind === 'bad' ? 'alert' : 'status' }, fragment(...children));
}

function seat() {
  const line = { fill: 'none', stroke: 'currentColor', 'stroke-width': '2.5', 'stroke-linecap': 'round' };
  return svg('svg', { viewBox: '0 0 48 48', aria: { hidden: 'true' }, ...line },
    svg('path', { d: 'M14 26V13a5 5 0 0 1 5-5h10a5 5 0 0 1 5 5v13' }),
    svg('path', { d: 'M8 22v9a3 3 0 0 0 3 3h26a3 3 0 0 0 3-3v-9M14 34v6M34 34v6M14 26h20' }));
}
