// The plan of a showtime while it sells: each seat as it stands, or each row by how much of it is sold.

import { api } from '../core/api.js';
import { h, replace } from '../core/dom.js';
import { number, t } from '../core/i18n.js';
import { complete } from './editor/model.js';
import { mixed } from './plan/colours.js';
import { legend } from './plan/legend.js';
import { STATES, stateColour, stateLook } from './plan/look.js';
import { Plan } from './plan/plan.js';
import { placesOfArea, States } from './plan/states.js';

const WARMTHS = [0, 0.25, 0.5, 0.75, 1];

export class HeatMap {
  constructor(showtime) {
    this.showtime = showtime;
    this.states = new States(showtime.id);
    this.mode = 'seats';
    this.plan = new Plan({ label: t('sales.heat'), look: {} });
    this.key = h('div', {});
    this.table = h('div', { class: 'scroll', tabindex: 0, role: 'region', aria: { label: t('sales.heat') } });
    this.pills = ['seats', 'rows'].map((mode) => h('button', { class: 'pill', type: 'button', data: { mode }, onclick: () => ((this.mode = mode), this.show()) }, t(`sales.heat.${mode}`)));
    this.node = h('figure', { class: 'card chart stack tight' },
      h('div', { class: 'row between' }, h('figcaption', { class: 'subtitle' }, t('sales.heat')), h('div', { class: 'row pills', role: 'group', aria: { label: t('sales.heat.how') } }, this.pills)),
      this.plan.node, this.key, h('details', { class: 'more' }, h('summary', {}, t('chart.table')), this.table));
  }

  async load() {
    const [layout] = await Promise.all([api.get(`/api/layouts/${this.showtime.layoutHash}`), this.states.load()]);
    this.layout = complete(layout);
    this.plan.show(this.layout);
    this.show();
  }

  close() {
    this.plan.close();
  }

  /** The states are others now. */
  show() {
    this.shares = new Map();
    for (const section of this.layout.sections) for (const row of section.rows) this.shares.set(row, this.states.count(row.seats.map((seat) => seat.id), 'sold') / row.seats.length);
    const areas = new Map(this.layout.areas.map((area) => [area.id, this.states.count(placesOfArea(area), 'sold') / area.capacity]));
    const warmth = (plan, share) => mixed(plan.read('surface-2'), plan.read('accent'), share);
    const look = this.mode === 'seats' ? stateLook(this.states) : { fill: (place, plan) => warmth(plan, this.shares.get(place.row) ?? 0), mark: () => '', outlined: (place) => (this.shares.get(place.row) ?? 0) < 0.5 };
    this.plan.look = { ...look, area: (area) => warmth(this.plan, areas.get(area.id) ?? 0) };
    for (const pill of this.pills) pill.setAttribute('aria-pressed', String(pill.dataset.mode === this.mode));
    replace(this.key, legend(this.mode === 'seats'
      ? STATES.map((state) => ({ name: t(`state.${state}`), colour: stateColour(this.plan.read, state) }))
      : WARMTHS.map((share) => ({ name: number(share, { style: 'percent' }), colour: warmth(this.plan, share) }))));
    replace(this.table, this.#rows(areas));
    this.plan.ask();
  }

  #rows(areas) {
    const percent = (share) => number(share, { style: 'percent' });
    const line = (...cells) => h('tr', {}, h('th', { scope: 'row' }, cells[0]), h('td', {}, cells[1]), h('td', { class: 'number' }, cells[2]));
    return h('table', {}, h('thead', {}, h('tr', {}, ['pick.section', 'editor.row', 'state.sold'].map((key, at) => h('th', { scope: 'col', class: at === 2 && 'number' }, t(key))))),
      h('tbody', {}, this.layout.sections.flatMap((section) => section.rows.map((row) => line(section.label, row.label, percent(this.shares.get(row))))),
        this.layout.areas.map((area) => line(area.label, '–', percent(areas.get(area.id))))));
  }
}
