// What a pointer and the keys do to the drawing: move what is chosen, or paint seats, rows or sections.

import { h } from '../../core/dom.js';
import { t } from '../../core/i18n.js';
import { allSeats, changed, FLAGS, flagged, found, inTier, moved, turned, without, withoutSeats } from './model.js';

const MODES = ['move', 'tier', 'flag', 'remove'];
const SCOPES = ['seat', 'row', 'section'];
const STEP = 10; // plan units of an arrow key; with Shift one
const TURN = 5; // degrees

export class Tools {
  constructor(editor) {
    this.editor = editor;
    this.mode = 'move';
    this.scope = 'seat';
    this.flag = 'accessible';
    this.tier = null;
    this.selected = null; // {kind, id | index}
    this.strokes = 0;
    this.look = {
      fill: (place, plan) => plan.tiers.get(place.seat.tier) ?? plan.read('bad'),
      chosen: (place) => this.selected?.kind === 'section' && this.selected.id === place.section.id,
      chosenArea: (area) => this.selected?.kind === 'area' && this.selected.id === area.id,
      shape: (index) => this.selected?.kind === 'shape' && this.selected.index === index,
    };
  }

  get history() {
    return this.editor.history;
  }

  /** The tier that is painted with; one that is gone is the first there is. */
  get brush() {
    const { tiers } = this.history.layout;
    return tiers.some((one) => one.name === this.tier) ? this.tier : tiers[0]?.name;
  }

  bar() {
    const pressed = (list, now, set, name) => h('div', { class: 'row pills', role: 'group', aria: { label: t(`editor.${name}`) } }, list.map((one) =>
      h('button', { class: 'pill', type: 'button', data: { of: name, is: one }, onclick: () => (set(one), this.editor.redraw()) }, t(`editor.${name}.${one}`))));
    this.tierSelect = h('select', { class: 'input slim', aria: { label: t('editor.tier') }, onchange: (event) => (this.tier = event.target.value) });
    this.flagSelect = h('select', { class: 'input slim', aria: { label: t('editor.flag') }, onchange: (event) => (this.flag = event.target.value) },
      FLAGS.map((flag) => h('option', { value: flag }, t(`flag.${flag}`))));
    this.scopes = pressed(SCOPES, this.scope, (one) => (this.scope = one), 'scope');
    this.node = h('div', { class: 'row tool-bar' }, pressed(MODES, this.mode, (one) => (this.mode = one), 'mode'), this.tierSelect, this.flagSelect, this.scopes);
    return this.node;
  }

  /** Show in the bar what is chosen in it. */
  mark() {
    for (const button of this.node.querySelectorAll('button')) {
      button.setAttribute('aria-pressed', String(button.dataset.is === (button.dataset.of === 'mode' ? this.mode : this.scope)));
    }
    const { tiers } = this.history.layout;
    this.tierSelect.replaceChildren(...tiers.map((tier) => h('option', { value: tier.name, selected: tier.name === this.brush }, tier.name)));
    this.tierSelect.hidden = this.mode !== 'tier';
    this.flagSelect.hidden = this.mode !== 'flag';
    this.scopes.hidden = this.mode === 'move';
    this.editor.plan.ask();
  }

  select(what) {
    this.selected = what;
    this.editor.redraw();
  }

  // -- pointers

  down(hit, point) {
    this.stroke = `stroke ${++this.strokes}`;
    if (this.mode !== 'move') return hit?.kind === 'seat' || hit?.kind === 'area' ? (this.#paint(hit), true) : false;
    const what = hit && { seat: () => ({ kind: 'section', id: hit.section.id }), area: () => ({ kind: 'area', id: hit.area.id }), shape: () => ({ kind: 'shape', index: hit.index }) }[hit.kind]();
    this.select(what ?? null);
    this.from = { point, layout: this.history.layout };
    return Boolean(what);
  }

  drag(point, hit) {
    if (this.mode !== 'move') return hit && this.#paint(hit);
    const [dx, dy] = [point.x - this.from.point.x, point.y - this.from.point.y];
    this.history.put(moved(this.from.layout, this.selected, Math.round(dx), Math.round(dy)), this.stroke);
  }

  #paint(hit) {
    if (hit.kind === 'area') {
      if (this.mode === 'tier') this.history.put(changed(this.history.layout, { kind: 'area', id: hit.area.id }, (area) => ({ ...area, tier: this.brush })), this.stroke);
      return;
    }
    if (hit.kind !== 'seat') return;
    const seats = { seat: () => [hit.place.seat], row: () => hit.place.row.seats, section: () => hit.section.rows.flatMap((row) => row.seats) }[this.scope]();
    this.apply(seats, this.mode, hit.place.seat);
  }

  /** Do to these seats what the tool does; of flags the first seat tells whether they come or go. */
  apply(seats, mode, first = seats[0]) {
    const ids = new Set(seats.map((seat) => seat.id));
    const { layout } = this.history;
    if (mode === 'tier') return this.history.put(inTier(layout, ids, this.brush), this.stroke);
    if (mode === 'remove') return this.history.put(withoutSeats(layout, ids), this.stroke);
    if (this.flagging !== this.stroke) {
      this.flagging = this.stroke;
      const now = allSeats(layout).find((seat) => seat.id === first.id);
      this.on = !now?.flags?.includes(this.flag);
    }
    this.history.put(flagged(layout, ids, this.flag, this.on), this.stroke);
  }

  // -- keys

  key(event) {
    const { history } = this;
    const letter = event.key.toLowerCase();
    if ((event.ctrlKey || event.metaKey) && letter === 'z') return (event.shiftKey ? history.redo() : history.undo()), true;
    if ((event.ctrlKey || event.metaKey) && letter === 'y') return history.redo(), true;
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    if (event.key === '+' || event.key === '=') return this.editor.plan.zoom(1.4), true;
    if (event.key === '-') return this.editor.plan.zoom(1 / 1.4), true;
    if (event.key === '0') return this.editor.plan.fit(), true;
    if (event.key === 'Escape' && this.selected) return this.select(null), true;
    if (letter === 'n') return this.#next(event.shiftKey ? -1 : 1), true;
    return this.selected ? this.#moveByKey(event) : false;
  }

  #moveByKey(event) {
    const step = event.shiftKey ? 1 : STEP;
    const by = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
    const { layout } = this.history;
    if (by) return this.history.put(moved(layout, this.selected, ...by), `keys ${JSON.stringify(this.selected)}`), true;
    if ((event.key === '[' || event.key === ']') && this.selected.kind === 'section') {
      return this.history.put(turned(layout, this.selected, event.key === ']' ? TURN : -TURN)), true;
    }
    if (event.key !== 'Delete' && event.key !== 'Backspace') return false;
    this.discard(this.selected);
    return true;
  }

  discard(what) {
    this.selected = null;
    this.history.put(without(this.history.layout, what));
    this.editor.say(t('removed'));
  }

  #next(step) {
    const { sections, areas, shapes } = this.history.layout;
    const all = [...sections.map(({ id }) => ({ kind: 'section', id })), ...areas.map(({ id }) => ({ kind: 'area', id })), ...shapes.map((_, index) => ({ kind: 'shape', index }))];
    if (!all.length) return;
    const at = all.findIndex((one) => one.kind === this.selected?.kind && one.id === this.selected.id && one.index === this.selected.index);
    const next = all[(at + step + all.length) % all.length];
    this.select(next);
    const thing = found(this.history.layout, next);
    this.editor.say(thing.label || thing.text || t(`editor.kind.${next.kind}`));
  }
}
