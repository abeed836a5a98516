// The one live connection of the buyer's pages, and how it is shown.

import { h } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { accessToken, onSession } from '../core/session.js';
import { AisleLive } from '../live/aisle-live.js';

const CALM = 1_500; // ms of trouble that nobody has to hear of: a server that restarts is back by then
let connection = null;

export function live() {
  if (!connection) {
    connection = new AisleLive({ token: () => accessToken() });
    onSession((user) => user && connection.identify()); // a guest is one from the first hold on
  }
  return connection;
}

/** A badge that says whether what is seen is live; `signal` ends it. */
export function liveBadge(signal) {
  const badge = h('p', { class: 'live-badge', role: 'status' });
  let timer = 0;
  const show = (state) => {
    badge.dataset.state = state;
    badge.textContent = t(`live.${state}`);
  };
  const stop = live().onState((state) => {
    clearTimeout(timer);
    if (state === 'live') show(state);
    else timer = setTimeout(() => show(state), CALM);
  });
  signal.addEventListener('abort', () => (stop(), clearTimeout(timer)));
  return badge;
}
