// The door: which showtime and gate, then one scan after the other, with a network or without.
//
// Whoever set this device up may go on without a network, though their session cannot be renewed then; what they scan is
// told when somebody is logged in again. So the views ask for themselves who is there (`closed` in choosing.js).

import { resume } from '../core/session.js';
import { start } from '../core/shell.js';

addEventListener('online', () => resume());
if (navigator.serviceWorker) {
  const worker = new URL('./worker.js', import.meta.url);
  // without it the page works as long as there is a network, and the person is told so by what does not load
  navigator.serviceWorker.register(worker, { scope: '/door', updateViaCache: 'none' }).catch(() => {});
}

start({
  app: 'door',
  routes: [
    { path: '/door', view: () => import('./choosing.js') },
    { path: '/door/:showtime', view: () => import('./scanning.js') },
  ],
});
