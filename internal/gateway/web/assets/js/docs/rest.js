import { h } from '../core/dom.js';
export default () => h('div', { class: 'page' }, h('h1', {}, 'REST'));
