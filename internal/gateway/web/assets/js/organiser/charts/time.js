// Something over time, as bars or as a rising line: the axis on the left, moments below.

import { svg } from '../../core/dom.js';
import { date, t } from '../../core/i18n.js';
import { Chart, scale } from './chart.js';

const [LEFT, RIGHT, TOP, BOTTOM] = [72, 8, 10, 26];
const LABELS = 90; // px that a moment needs below the axis

/** `show({points: [{at, value}], zone})`; `format` makes text of a value. */
export function timeChart({ title, format, kind = 'bars', summary }) {
  return new Chart({
    title,
    summary,
    draw: (data, width, height) => drawn(data, width, height, format, kind),
    table: ({ points, zone }) => ({
      head: [t('chart.time'), title], rows: points.filter((one) => one.value || kind === 'line').filter((one, at, all) => kind === 'bars' || at % Math.ceil(all.length / 24) === 0 || at === all.length - 1)
        .map((one) => [moment(one.at, zone, true), format(one.value)]),
    }),
  });
}

function drawn({ points, zone }, width, height, format, kind) {
  const { top, ticks } = scale(Math.max(...points.map((one) => one.value), 0));
  const y = (value) => height - BOTTOM - (value / top) * (height - TOP - BOTTOM);
  const step = (width - LEFT - RIGHT) / points.length;
  const x = (at) => LEFT + at * step;
  return [
    ticks.map((value) => [
      svg('line', { class: 'chart-grid', x1: LEFT, x2: width - RIGHT, y1: y(value), y2: y(value) }),
      svg('text', { class: 'chart-text end', x: LEFT - 8, y: y(value) + 4 }, format(value, true)),
    ]),
    kind === 'bars' ? bars(points, x, y, step) : line(points, x, y, step, height),
    moments(points, x, step, width, height, zone),
  ];
}

function bars(points, x, y, step) {
  const gap = step > 6 ? 2 : step > 3 ? 1 : 0;
  return points.map(({ value }, at) => value > 0 && svg('rect', { class: 'chart-bar', x: x(at) + gap / 2, width: Math.max(1, step - gap), y: y(value), height: y(0) - y(value), rx: Math.min(2, step / 4) }));
}

function line(points, x, y, step) {
  const path = points.map(({ value }, at) => `${at ? 'L' : 'M'}${(x(at) + step / 2).toFixed(1)} ${y(value).toFixed(1)}`).join('');
  const [first, last] = [x(0) + step / 2, x(points.length - 1) + step / 2];
  return [svg('path', { class: 'chart-fill', d: `${path}L${last} ${y(0)}L${first} ${y(0)}Z` }), svg('path', { class: 'chart-line', d: path })];
}

function moments(points, x, step, width, height, zone) {
  const every = Math.max(1, Math.ceil(points.length / Math.max(1, Math.floor((width - LEFT) / LABELS))));
  return points.map(({ at }, i) => i % every === 0 && x(i) < width - 50 && svg('text', { class: 'chart-text', x: x(i), y: height - 8 }, moment(at, zone)));
}

const moment = (at, zone, whole = false) => date(at, whole ? { dateStyle: 'short', timeStyle: 'short' } : { timeStyle: 'short' }, zone);
