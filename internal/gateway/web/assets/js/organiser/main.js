import { start } from '../core/shell.js';

start({ app: 'organiser', member: true, nav: [{ href: '/organiser', key: 'organiser.home' }], routes: [{ path: '/organiser', view: () => import('./home.js') }] });
