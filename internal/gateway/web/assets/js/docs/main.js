import { start } from '../core/shell.js';

start({
  app: 'docs',
  nav: [{ href: '/docs', key: 'docs.rest' }, { href: '/docs/events', key: 'docs.events' }],
  routes: [{ path: '/docs', view: () => import('./rest.js') }, { path: '/docs/events', view: () => import('./events.js') }],
});
