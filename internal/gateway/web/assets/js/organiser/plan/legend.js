import { h } from '../../core/dom.js';

/** What the colours mean: [{name, colour, more}]. */
export function legend(items) {
  return h('ul', { class: 'row legend plain' }, items.map(({ name, colour, more }) =>
    h('li', { class: 'row' }, h('span', { class: 'dot', style: { background: colour }, aria: { hidden: 'true' } }), name, more !== undefined && h('span', { class: 'muted num' }, more))));
}
