import { start } from '../core/shell.js';

// Everything but the list of organisations belongs to one: /organiser/<organisation>/...
const own = (path, view) => ({ path: `/organiser/:org${path}`, view });

start({
  app: 'organiser',
  member: true,
  nav: [{ href: '/organiser', key: 'nav.organisations' }],
  routes: [
    { path: '/organiser', view: () => import('./organisations.js') },
    { path: '/organiser/categories', view: () => import('./categories.js') },
    own('', () => import('./events.js')),
    own('/events', () => import('./events.js')),
    own('/events/new', () => import('./event-form.js')),
    own('/events/:event', () => import('./event.js')),
    own('/events/:event/edit', () => import('./event-form.js')),
    own('/events/:event/sales', () => import('./sales.js')),
    own('/events/:event/showtimes/new', () => import('./showtime-form.js')),
    own('/showtimes/:showtime', () => import('./showtime.js')),
    own('/showtimes/:showtime/edit', () => import('./showtime-form.js')),
    own('/showtimes/:showtime/seats', () => import('./blocks.js')),
    own('/venues', () => import('./venues.js')),
    own('/venues/:venue', () => import('./editor/view.js')),
    own('/orders', () => import('./orders.js')),
    own('/orders/:order', () => import('./order.js')),
    own('/members', () => import('./members.js')),
    own('/audit', () => import('./audit.js')),
  ],
});
