// Seats are taken off sale with a reason, and put back: on the plan, or by section, row and number.

import { api } from '../core/api.js';
import { dialog } from '../core/dialog.js';
import { h, replace } from '../core/dom.js';
import { field, form } from '../core/form.js';
import { dateTime, t } from '../core/i18n.js';
import { empty } from '../core/states.js';
import { toast } from '../core/toast.js';
import { complete } from './editor/model.js';
import { doing, submit } from './doing.js';
import { watchSeats } from './live.js';
import { legend } from './plan/legend.js';
import { STATES, stateColour, stateLook } from './plan/look.js';
import { Plan } from './plan/plan.js';
import { picker } from './plan/picker.js';
import { States } from './plan/states.js';
import { address, framed, FRESH, heading, workspace } from './workspace.js';

const AT_ONCE = 2_000; // seats of one call

export default async function blocks(context) {
  const { params, signal } = context;
  const [place, showtime] = await Promise.all([workspace(context), api.get(`/api/showtimes/${params.showtime}`, { signal, headers: FRESH })]);
  const back = { href: address(place.id, 'showtimes', showtime.id), label: dateTime(showtime.startsAt, showtime.timeZone) };
  if (showtime.status !== 'published') return framed(place, 'events', heading(t('blocks.title'), { back }), empty(t('blocks.closed'), t('blocks.closed.text')));
  const states = new States(showtime.id);
  const [layout, list] = await Promise.all([
    api.get(`/api/layouts/${showtime.layoutHash}`, { signal }), api.get(`/api/showtimes/${showtime.id}/blocks`, { signal }), states.load(signal),
  ]);
  return new Blocks(place, showtime, complete(layout), states, list.blocks, signal).view(back);
}

class Blocks {
  constructor(place, showtime, layout, states, blocked, signal) {
    Object.assign(this, { place, showtime, layout, states, blocked, signal });
    this.chosen = new Set();
    this.boxed = false;
    this.bar = h('div', { class: 'row between choice-bar', role: 'status' });
    this.list = h('div', {});
    this.key = h('div', {});
    this.plan = new Plan({ label: t('blocks.plan'), look: stateLook(states, (one) => this.chosen.has(one.id)), tool: this.#tool(), help: t('blocks.help') });
  }

  view(back) {
    this.plan.show(this.layout);
    const stop = watchSeats(this.states, () => this.#redraw());
    const modes = [false, true].map((boxed) => h('button', {
      class: 'pill', type: 'button', aria: { pressed: String(this.boxed === boxed) },
      onclick: () => {
        this.boxed = boxed;
        modes.forEach((one, at) => one.setAttribute('aria-pressed', String(this.boxed === Boolean(at))));
      },
    }, t(boxed ? 'blocks.box' : 'blocks.single')));
    this.#redraw();
    const node = framed(this.place, 'events', heading(t('blocks.title'), { back }), h('p', { class: 'muted' }, t('blocks.text')),
      h('div', { class: 'editor' },
        h('div', { class: 'editor-stage stack tight' }, h('div', { class: 'row pills', role: 'group', aria: { label: t('editor.mode') } }, modes), this.plan.node, this.key, this.bar),
        h('div', { class: 'editor-panel stack' }, picker(this.layout, (ids) => (ids.forEach((id) => this.chosen.add(id)), this.#redraw()), (ids) => ids.filter((id) => this.states.of(id) === 'free')),
          h('section', { class: 'card tight stack', aria: { labelledby: 'off-sale' } }, h('h2', { id: 'off-sale', class: 'subtitle' }, t('blocks.list')), this.list))));
    return { node, leave: () => (stop(), this.plan.close()) };
  }

  /** A tap takes a seat or puts it back; in a box, all that are not sold nor held. */
  #tool() {
    return {
      down: (hit, point) => {
        this.corner = point;
        return this.boxed;
      },
      drag: (point) => {
        this.other = point;
        this.plan.look.over = (context, plan) => outlined(context, plan, this.corner, point);
        this.plan.ask();
      },
      drop: () => {
        this.plan.look.over = null;
        for (const { id } of this.plan.within(this.corner, this.other)) if (this.#changeable(id)) this.chosen.add(id);
        this.#redraw();
      },
      tap: (hit) => {
        if (hit?.kind !== 'seat') return;
        const { id } = hit.place;
        if (this.chosen.delete(id)) return this.#redraw();
        if (!this.#changeable(id)) return toast(t(`blocks.is.${this.states.of(id)}`));
        this.chosen.add(id);
        this.#redraw();
      },
      key: (event) => event.key === 'Escape' && (this.chosen.clear(), this.#redraw(), true),
    };
  }

  #changeable(id) {
    return ['free', 'blocked'].includes(this.states.of(id));
  }

  #redraw() {
    const ids = [...this.chosen];
    const free = ids.filter((id) => this.states.of(id) === 'free');
    const off = ids.filter((id) => this.states.of(id) === 'blocked');
    replace(this.bar, h('span', {}, ids.length ? t('blocks.chosen', { n: ids.length }) : t('blocks.none')),
      h('div', { class: 'row' },
        ids.length > 0 && h('button', { class: 'button quiet', type: 'button', onclick: () => (this.chosen.clear(), this.#redraw()) }, t('blocks.clear')),
        off.length > 0 && doing(t('blocks.unblock', { n: off.length }), () => this.unblock(off)),
        free.length > 0 && h('button', { class: 'button primary', type: 'button', onclick: () => this.block(free) }, t('blocks.block', { n: free.length }))));
    const every = [...this.plan.places.seats.map((one) => one.id)];
    replace(this.key, legend(STATES.map((state) => ({ name: t(`state.${state}`), colour: stateColour(this.plan.read, state), more: this.states.count(every, state) }))));
    replace(this.list, this.#offSale());
    this.plan.ask();
  }

  /** By reason, the latest first. */
  #offSale() {
    const byReason = Map.groupBy ? Map.groupBy(this.blocked, (one) => one.reason) : grouped(this.blocked);
    if (!byReason.size) return h('p', { class: 'muted small' }, t('blocks.empty'));
    return h('ul', { class: 'lines' }, [...byReason].map(([reason, seats]) => h('li', { class: 'stack tight' },
      h('strong', {}, reason), h('span', { class: 'small muted id' }, names(seats)),
      h('div', {}, doing(t('blocks.unblock', { n: seats.length }), () => this.unblock(seats.map((one) => one.seatId)), { aria: { label: `${t('blocks.unblock', { n: seats.length })}: ${reason}` } })))));
  }

  async block(ids) {
    const done = await dialog({
      title: t('blocks.block', { n: ids.length }),
      body: (close) => form(
        { reason: field(t('blocks.reason'), { required: true, maxlength: 200, hint: t('blocks.reason.hint') }) }, submit(t('blocks.do'), 'primary wide'),
        async ({ reason }) => {
          for (const some of slices(ids)) await api.post(`/api/showtimes/${this.showtime.id}/blocks`, { seatIds: some, reason: reason.trim() });
          close(true);
        }),
    });
    if (done) toast(t('blocks.done', { n: ids.length }));
    await this.#reload();
  }

  async unblock(ids) {
    for (const some of slices(ids)) await api.post(`/api/showtimes/${this.showtime.id}/unblocks`, { seatIds: some });
    toast(t('blocks.undone'));
    await this.#reload();
  }

  async #reload() {
    const [list] = await Promise.all([api.get(`/api/showtimes/${this.showtime.id}/blocks`, { signal: this.signal }), this.states.load(this.signal)]);
    this.blocked = list.blocks;
    this.chosen.clear();
    this.#redraw();
  }
}

function* slices(ids) {
  for (let at = 0; at < ids.length; at += AT_ONCE) yield ids.slice(at, at + AT_ONCE);
}

function names(seats) {
  const shown = seats.slice(0, 12).map((one) => one.seatId).join(', ');
  return seats.length > 12 ? t('blocks.and', { seats: shown, n: seats.length - 12 }) : shown;
}

function grouped(list) {
  const found = new Map();
  for (const one of list) found.set(one.reason, [...(found.get(one.reason) ?? []), one]);
  return found;
}

function outlined(context, plan, a, b) {
  const { scale, x, y } = plan.camera;
  context.strokeStyle = plan.read('focus');
  context.setLineDash([5, 4]);
  context.strokeRect(a.x * scale + x, a.y * scale + y, (b.x - a.x) * scale, (b.y - a.y) * scale);
  context.setLineDash([]);
}
