import { api } from '../core/api.js';
import { h } from '../core/dom.js';
export default async ({ params, signal }) => h('div', { class: 'page' }, h('h1', {}, (await api.get(`/api/events/${params.id}`, { signal })).name));
