// The same seats without a picture: a section, its rows, their seats, as a grid that arrow keys walk and a screen reader
// reads. It shares the choice with the map.

import { h, replace, uid } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { money } from '../core/money.js';
import { facts, priceOf } from './hall.js';

const MOST = 1_200; // seats shown at once; more are a second to build on a slow phone

export class SeatList {
  constructor({ hall, picture, choice, pick, enter }) {
    Object.assign(this, { hall, picture, choice, pick, enter });
    this.cells = new Map(); // place -> element
    this.parts = partsOf(hall);
    this.grid = h('div', { class: 'seat-grid', role: 'grid', aria: { label: t('list.grid'), multiselectable: 'true' } });
    this.grid.addEventListener('keydown', (event) => this.#walk(event));
    this.grid.addEventListener('click', (event) => this.#take(event.target.closest('[data-place]')));
    this.node = h('div', { class: 'seat-list stack' }, this.#chooser(), h('p', { class: 'hint', id: uid('list') }, t('list.hint')), h('div', { class: 'scroll' }, this.grid), this.#areas());
    const off = [picture.onChange((places) => this.#refresh(places)), choice.onChange(() => this.#refresh([...this.cells.keys()]))];
    this.close = () => off.forEach((stop) => stop());
    this.#show(0);
  }

  #chooser() {
    const id = uid('section');
    this.select = h('select', { id, onchange: () => this.#show(this.select.selectedIndex) }, this.parts.map((part) => h('option', {}, part.name)));
    return h('div', { class: 'field' }, h('label', { for: id }, t('list.section')), this.select);
  }

  #areas() {
    if (!this.hall.areas.length) return null;
    return h('ul', { class: 'stack tight' }, this.hall.areas.map((area) =>
      h('li', {}, h('button', { class: 'button wide', type: 'button', onclick: () => this.enter(area) }, t('list.area', { name: area.name, price: money(this.hall.prices[area.tier] ?? 0, this.hall.currency) })))));
  }

  #show(at) {
    this.cells.clear();
    replace(this.grid, this.parts[at]?.rows.map((row) => this.#row(row)));
    const first = [...this.cells].find(([place]) => this.picture.isFree(place)) ?? [...this.cells][0];
    if (first) first[1].tabIndex = 0;
  }

  #row(row) {
    const cells = [];
    for (let place = row.from; place < row.to; place++) {
      const cell = h('div', { class: 'seat', role: 'gridcell', tabindex: -1, data: { place: String(place) } }, this.hall.numbers[place]);
      this.cells.set(place, cell);
      this.#say(place, cell);
      cells.push(cell);
    }
    return h('div', { class: 'seat-row', role: 'row' }, h('div', { class: 'row-name', role: 'rowheader' }, row.label), cells);
  }

  /** What a cell looks like, and what is read of it. */
  #say(place, cell) {
    const { section, row, number, tier, flags } = facts(this.hall, place);
    const chosen = this.choice.has(place);
    const state = chosen ? 'chosen' : this.picture.isFree(place) ? 'free' : 'taken';
    cell.dataset.state = state;
    cell.dataset.tier = String(this.hall.tier[place]);
    cell.classList.toggle('accessible', flags.includes('accessible'));
    cell.setAttribute('aria-selected', String(chosen));
    if (state === 'taken') cell.setAttribute('aria-disabled', 'true');
    else cell.removeAttribute('aria-disabled');
    const price = money(priceOf(this.hall, place), this.hall.currency);
    const more = flags.map((flag) => t(`flag.${flag}`)).join(', ');
    cell.setAttribute('aria-label', [t('seat.full', { section, row, number }), tier, price, more, t(`state.${state}`)].filter(Boolean).join(', '));
  }

  #refresh(places) {
    for (const place of places) if (this.cells.has(place)) this.#say(place, this.cells.get(place));
  }

  #take(cell) {
    if (!cell) return;
    this.#rove(cell);
    this.pick(Number(cell.dataset.place));
  }

  #walk(event) {
    const cell = event.target.closest('[data-place]');
    if (!cell) return;
    const row = cell.parentElement;
    const at = [...row.children].indexOf(cell);
    const steps = {
      ArrowRight: () => cell.nextElementSibling,
      ArrowLeft: () => cell.previousElementSibling,
      ArrowDown: () => beside(row.nextElementSibling, at),
      ArrowUp: () => beside(row.previousElementSibling, at),
      Home: () => row.children[1],
      End: () => row.lastElementChild,
      PageDown: () => this.#turn(1),
      PageUp: () => this.#turn(-1),
    };
    if (event.key === 'Enter' || event.key === ' ') this.#take(cell);
    else if (steps[event.key]) this.#rove(steps[event.key]());
    else return;
    event.preventDefault();
  }

  #rove(cell) {
    if (!cell?.dataset.place) return;
    for (const one of this.grid.querySelectorAll('[tabindex="0"]')) one.tabIndex = -1;
    cell.tabIndex = 0;
    cell.focus();
  }

  /** The next section, or the one before; answers where the focus goes. */
  #turn(step) {
    const to = this.select.selectedIndex + step;
    if (to < 0 || to >= this.parts.length) return null;
    this.select.selectedIndex = to;
    this.#show(to);
    return this.grid.querySelector('[tabindex="0"]');
  }
}

const beside = (row, at) => row && row.children[Math.min(at, row.children.length - 1)];

/** Sections, the large ones in parts. */
function partsOf(hall) {
  const parts = [];
  for (const section of hall.sections) {
    let part = null;
    for (const row of section.rows) {
      if (!part || (part.seats + row.to - row.from > MOST && part.rows.length)) parts.push((part = { section, rows: [], seats: 0 }));
      part.rows.push(row);
      part.seats += row.to - row.from;
    }
  }
  const whole = (part) => part.rows.length === part.section.rows.length;
  return parts.map((part) => ({ ...part, name: whole(part) ? part.section.name : t('list.part', { section: part.section.name, from: part.rows[0].label, to: part.rows.at(-1).label }) }));
}
