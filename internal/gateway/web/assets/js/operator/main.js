import { start } from '../core/shell.js';

start({ app: 'operator', admin: true, nav: [{ href: '/operator', key: 'operator.home' }], routes: [{ path: '/operator', view: () => import('./home.js') }] });
