// The buyer's pages: what is on, one event, its seats, the way to the ticket.

import { start } from '../core/shell.js';

start({
  app: 'buyer',
  nav: [{ href: '/', key: 'nav.home' }, { href: '/orders', key: 'nav.orders' }],
  routes: [
    { path: '/', view: () => import('./home.js') },
    { path: '/events/:id', view: () => import('./event.js') },
    { path: '/showtimes/:id', view: () => import('./showtime.js') },
    { path: '/checkout/:id', view: () => import('./checkout.js') },
    { path: '/orders', view: () => import('./orders.js') },
    { path: '/orders/:id', view: () => import('./order.js') },
  ],
});
