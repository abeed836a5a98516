import { h } from '../../core/dom.js';
import { number } from '../../core/i18n.js';

/** What the colours mean: [{name, colour, more}]; `more` is how many. */
export function legend(items) {
  return h('ul', { class: 'row legend plain' }, items.map(({ name, colour, more }) =>
    h('li', { class: 'row' }, h('span', { class: 'dot', style: { background: colour }, aria: { hidden: 'true' } }), name, more !== undefined && h('span', { class: 'muted num' }, number(more)))));
}
