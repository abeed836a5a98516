// For those who run the system: what is there, what is behind, what lies still and waits for a person.

import { start } from '../core/shell.js';

start({
  app: 'operator',
  admin: true,
  nav: [
    { href: '/operator', key: 'operator.system' },
    { href: '/operator/letters', key: 'operator.letters' },
    { href: '/operator/sagas', key: 'operator.sagas' },
    { href: '/operator/refunds', key: 'operator.refunds' },
    { href: '/operator/truths', key: 'operator.truths' },
  ],
  routes: [
    { path: '/operator', view: () => import('./system.js') },
    { path: '/operator/letters', view: () => import('./letters.js') },
    { path: '/operator/letters/:number', view: () => import('./letter.js') },
    { path: '/operator/sagas', view: () => import('./sagas.js') },
    { path: '/operator/sagas/:id', view: () => import('./saga.js') },
    { path: '/operator/refunds', view: () => import('./refunds.js') },
    { path: '/operator/truths', view: () => import('./truths.js') },
  ],
});
