// What is chosen, by fields: a section with its rows and seats, a standing area, or something drawn.

import { h } from '../../core/dom.js';
import { t } from '../../core/i18n.js';
import { changed, FLAGS, found, moved, reshaped, turned } from './model.js';
import { act, choice, group, numberField, textField } from './fields.js';
import { NUMBERINGS, termsOf } from './rows.js';

export function chosen(editor) {
  const what = editor.tools.selected;
  const thing = found(editor.history.layout, what);
  if (!thing) return group(t('editor.chosen'), h('p', { class: 'muted small' }, t('editor.chosen.none')));
  const parts = { section: ofSection, area: ofArea, shape: ofShape }[what.kind](editor, what, thing);
  const title = thing.label || thing.text || t(`editor.kind.${what.kind}`);
  return group(title, parts, h('div', {}, act('discard', t('remove'), () => editor.tools.discard(what), 'danger')));
}

const put = (editor, what, change) => editor.history.put(changed(editor.history.layout, what, (one) => ({ ...one, ...change })));
const pairs = (...fields) => h('div', { class: 'pairs tight' }, fields);

function ofSection(editor, what, section) {
  const { history } = editor;
  const terms = termsOf(section);
  const shape = (change) => history.put(reshaped(history.layout, what, { ...terms, ...change }));
  const move = (dx, dy) => history.put(moved(history.layout, what, dx, dy));
  const number = (key, name, limits) => numberField(`section ${name}`, t(key), terms[name], (value) => shape({ [name]: value }), limits);
  return [
    textField('section label', t('editor.label'), section.label, (label) => put(editor, what, { label })),
    pairs(number('editor.rows', 'rows', { min: 1, max: 200, whole: true }), number('editor.seats.row', 'seats', { min: 1, max: 500, whole: true })),
    terms.seats === null && h('p', { class: 'hint' }, t('editor.uneven')),
    pairs(number('editor.gap.seat', 'seatGap', { min: 5, max: 200, step: 'any' }), number('editor.gap.row', 'rowGap', { min: 5, max: 400, step: 'any' })),
    pairs(
      number('editor.curve', 'curve', { min: -300, max: 300, step: 'any' }),
      numberField('section angle', t('editor.angle'), terms.angle, (value) => history.put(turned(history.layout, what, value - terms.angle)), { min: -360, max: 360, step: 'any' }),
      numberField('section x', t('editor.x'), terms.x, (value) => move(value - terms.x, 0), { step: 'any' }),
      numberField('section y', t('editor.y'), terms.y, (value) => move(0, value - terms.y), { step: 'any' })),
    naming(editor, shape, terms),
    seatsByField(editor, section),
  ];
}

/** Numbers and row letters are given anew, and with them the seats' ids: only when somebody says so. */
function naming(editor, shape, terms) {
  const wish = (editor.naming ??= { numbering: 'left', start: 1 });
  const firstRow = wish.firstRow ?? terms.firstRow;
  return h('details', { class: 'more', open: editor.isNaming, ontoggle: (event) => (editor.isNaming = event.target.open) }, h('summary', {}, t('editor.naming')), h('div', { class: 'stack tight' },
    choice('numbering', t('editor.numbering'), wish.numbering, NUMBERINGS.filter((one) => one !== 'keep').map((one) => [one, t(`editor.numbering.${one}`)]), (value) => (wish.numbering = value)),
    pairs(
      numberField('start', t('editor.start'), wish.start, (value) => (wish.start = value), { min: 0, max: 9999, whole: true }),
      textField('first row', t('editor.first'), firstRow, (value) => (wish.firstRow = value), { maxlength: 6 })),
    act('renumber', t('editor.renumber'), () => shape({ numbering: wish.numbering, start: wish.start, firstRow: wish.firstRow ?? terms.firstRow }))));
}

/** What the brushes do, without a pointer: a row, from seat to seat, and what becomes of them. */
function seatsByField(editor, section) {
  const { tools } = editor;
  const at = (editor.picked ??= { row: '', from: 1, to: 999, act: 'tier' });
  const row = section.rows.find((one) => one.id === at.row);
  const most = Math.max(...(row ? [row] : section.rows).map((one) => one.seats.length));
  const seats = () => (row ? [row] : section.rows).flatMap((one) => one.seats.slice(at.from - 1, at.to));
  const acts = [...editor.history.layout.tiers.map((tier) => [`tier ${tier.name}`, t('editor.apply.tier', { name: tier.name })]),
    ...FLAGS.map((flag) => [`flag ${flag}`, t('editor.apply.flag', { name: t(`flag.${flag}`) })]), ['remove', t('editor.apply.remove')]];
  if (!acts.some(([one]) => one === at.act)) at.act = acts[0]?.[0];
  return h('details', { class: 'more', open: editor.isPicking, ontoggle: (event) => (editor.isPicking = event.target.open) }, h('summary', {}, t('editor.pick')), h('div', { class: 'stack tight' },
    choice('pick row', t('editor.row'), row ? at.row : '', [['', t('editor.row.all')], ...section.rows.map((one) => [one.id, t('seat.row', { row: one.label })])], (value) => ((at.row = value), editor.redraw())),
    pairs(
      numberField('pick from', t('editor.from'), Math.min(at.from, most), (value) => (at.from = value), { min: 1, max: most, whole: true }),
      numberField('pick to', t('editor.to'), Math.min(at.to, most), (value) => (at.to = value), { min: 1, max: most, whole: true })),
    choice('pick act', t('editor.apply.what'), at.act, acts, (value) => (at.act = value)),
    act('pick apply', t('editor.apply'), () => {
      const [kind, ...rest] = at.act.split(' ');
      if (kind === 'tier') tools.tier = rest.join(' ');
      if (kind === 'flag') tools.flag = rest[0];
      tools.stroke = `fields ${++tools.strokes}`;
      const chosenSeats = seats();
      if (chosenSeats.length) tools.apply(chosenSeats, kind);
      editor.say(t('editor.applied', { n: chosenSeats.length }));
    })));
}

function ofArea(editor, what, area) {
  const box = editor.plan.places.boxes.get(area.id);
  const set = (change) => put(editor, what, change);
  const number = (name, limits) => numberField(`area ${name}`, t(`editor.${name}`), box[name], (value) => set({ ...box, [name]: value }), { step: 'any', ...limits });
  return [
    textField('area label', t('editor.label'), area.label, (label) => set({ label })),
    numberField('area capacity', t('editor.capacity'), area.capacity, (capacity) => set({ capacity }), { min: 1, max: 50_000, whole: true }),
    choice('area tier', t('editor.tier'), area.tier, editor.history.layout.tiers.map((tier) => [tier.name, tier.name]), (tier) => set({ tier })),
    pairs(number('x'), number('y'), number('width', { min: 10 }), number('height', { min: 10 })),
  ];
}

function ofShape(editor, what, shape) {
  const set = (change) => put(editor, what, change);
  const number = (name, limits) => numberField(`shape ${name}`, t(`editor.${name}`), shape[name] ?? 0, (value) => set({ [name]: value }), { step: 'any', ...limits });
  return [
    textField('shape text', t('editor.text'), shape.text ?? '', (text) => set({ text })),
    pairs(number('x'), number('y'), ...(shape.kind === 'polygon' ? [] : [number('width', { min: 0 }), number('height', { min: 0 })])),
    numberField('shape rotation', t('editor.angle'), shape.rotation ?? 0, (rotation) => set({ rotation }), { min: -360, max: 360, step: 'any' }),
  ];
}
