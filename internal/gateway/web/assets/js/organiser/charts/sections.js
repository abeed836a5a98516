// How full each section is: one bar of four parts, with its numbers beside it.

import { svg } from '../../core/dom.js';
import { number, t } from '../../core/i18n.js';
import { Chart } from './chart.js';

const LINE = 44; // px for a section: its name, and its bar
const PARTS = ['sold', 'held', 'blocked', 'available'];

export function sectionChart({ title }) {
  return new Chart({
    title,
    height: (sections) => Math.max(1, sections.length) * LINE + 4,
    summary: (sections) => t('sales.sections.summary', { n: sections.length }),
    draw: (sections, width) => sections.map((one, at) => bar(one, at * LINE, width)),
    table: (sections) => ({
      head: [t('pick.section'), ...PARTS.map((part) => t(`state.${part === 'available' ? 'free' : part}`)), t('sales.capacity')],
      rows: sections.map((one) => [one.name, ...PARTS.map((part) => number(one[part])), number(one.capacity)]),
    }),
  });
}

function bar(section, top, width) {
  let x = 0;
  const share = section.capacity ? section.sold / section.capacity : 0;
  return [
    svg('text', { class: 'chart-text ink', x: 0, y: top + 15 }, section.name),
    svg('text', { class: 'chart-text end', x: width, y: top + 15 }, `${number(section.sold)} / ${number(section.capacity)} · ${number(share, { style: 'percent' })}`),
    PARTS.map((part) => {
      const wide = section.capacity ? (section[part] / section.capacity) * width : 0;
      const rect = wide > 0 && svg('rect', { class: `chart-part ${part}`, x, y: top + 22, width: Math.max(0.5, wide - 1), height: 12, rx: 2 });
      x += wide;
      return rect;
    }),
  ];
}
