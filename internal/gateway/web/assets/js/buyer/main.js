// The buyer's pages: what is on, one event, its seats, the way to the ticket.

import { start } from '../core/shell.js';

start({
  app: 'buyer',
  nav: [{ href: '/', key: 'nav.home' }, { href: '/orders', key: 'nav.orders' }],
  routes: [
    { path: '/', view: () => import('./home.js') },
    { path: '/events/:id', view: () => import('./event.js') },
  ],
});
