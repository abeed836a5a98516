import { start } from '../core/shell.js';

start({ app: 'door', member: true, routes: [{ path: '/door', view: () => import('./home.js') }] });
