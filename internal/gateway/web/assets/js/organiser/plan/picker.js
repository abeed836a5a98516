// Seats by section, row and place, and people who stand by their number: the way without a pointer.

import { h, replace } from '../../core/dom.js';
import { field } from '../../core/form.js';
import { t } from '../../core/i18n.js';
import { placesOfArea } from './states.js';

/** `choose(ids)` gets what the fields say; `free(ids)` tells which of an area's places are free. */
export function picker(layout, choose, free) {
  const parts = [...layout.sections.map((one) => [one.id, one.label]), ...layout.areas.map((one) => [one.id, one.label])];
  const where = field(t('pick.section'), { kind: 'select', value: parts[0]?.[0], options: parts });
  const rest = h('div', { class: 'stack tight' });
  let read = () => [];
  const show = () => {
    const section = layout.sections.find((one) => one.id === where.input.value);
    if (section) read = ofSection(section, rest);
    else read = ofArea(layout.areas.find((one) => one.id === where.input.value), rest, free);
  };
  where.input.addEventListener('change', show);
  show();
  return h('section', { class: 'card tight stack', aria: { labelledby: 'by-number' } }, h('h2', { id: 'by-number', class: 'subtitle' }, t('pick.title')), where.node, rest,
    h('div', {}, h('button', { class: 'button', type: 'button', onclick: () => choose(read()) }, t('choose'))));
}

function ofSection(section, rest) {
  const row = field(t('editor.row'), { kind: 'select', value: '', options: [['', t('editor.row.all')], ...section.rows.map((one) => [one.id, t('seat.row', { row: one.label })])] });
  const [from, to] = ['editor.from', 'editor.to'].map((key, at) => field(t(key), { type: 'number', min: 1, value: at ? Math.max(...section.rows.map((one) => one.seats.length)) : 1 }));
  replace(rest, row.node, h('div', { class: 'pairs tight' }, from.node, to.node));
  return () => section.rows.filter((one) => !row.input.value || one.id === row.input.value)
    .flatMap((one) => one.seats.slice(Math.max(1, Number(from.input.value)) - 1, Number(to.input.value)).map((seat) => seat.id));
}

function ofArea(area, rest, free) {
  if (!area) return () => [];
  const many = field(t('pick.people'), { type: 'number', min: 1, max: area.capacity, value: 1 });
  replace(rest, many.node);
  return () => free(placesOfArea(area)).slice(0, Number(many.input.value)); // nobody has a place of their own there: the first free ones serve
}
