// A figure with a title, a drawing that follows its width, and the same numbers as a table for whoever does not see it.

import { h, replace, svg } from '../../core/dom.js';
import { t } from '../../core/i18n.js';

const HEIGHT = 200;

export class Chart {
  /** `draw(data, width, height)` gives SVG nodes; `summary(data)` a sentence; `table(data)` {head: [..], rows: [[..]]}. */
  constructor({ title, draw, summary, table, height = () => HEIGHT }) {
    Object.assign(this, { draw, summary, table, height });
    this.place = h('div', { class: 'chart-place' });
    this.rows = h('div', { class: 'scroll', tabindex: 0, role: 'region', aria: { label: title } });
    this.node = h('figure', { class: 'card chart stack tight' }, h('figcaption', { class: 'subtitle' }, title), this.place,
      h('details', { class: 'more' }, h('summary', {}, t('chart.table')), this.rows));
    this.watch = new ResizeObserver(() => this.#redraw());
    this.watch.observe(this.place);
  }

  close() {
    this.watch.disconnect();
  }

  show(data) {
    this.data = data;
    this.#redraw();
    const { head, rows } = this.table(data);
    replace(this.rows, rows.length ? h('table', {},
      h('thead', {}, h('tr', {}, head.map((one, at) => h('th', { scope: 'col', class: at && 'number' }, one)))),
      h('tbody', {}, rows.map(([first, ...rest]) => h('tr', {}, h('th', { scope: 'row' }, first), rest.map((one) => h('td', { class: 'number' }, one)))))) : h('p', { class: 'muted small pad' }, t('chart.none')));
  }

  #redraw() {
    const width = Math.floor(this.place.clientWidth);
    if (!width || this.data === undefined) return;
    const height = this.height(this.data);
    replace(this.place, svg('svg', { viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': this.summary(this.data) }, this.draw(this.data, width, height)));
  }
}

/** A round number at or above this one, and steps up to it. */
export function scale(most, steps = 4) {
  const raw = Math.max(most, 1) / steps;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = Math.max(1, [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => one >= raw));
  const top = step * Math.ceil(Math.max(most, 1) / step);
  return { top, ticks: Array.from({ length: Math.round(top / step) + 1 }, (_, at) => at * step) };
}
