// The on-sale dashboard: how it sells, from minute to minute, in money, by section and on the plan.

import { api } from '../core/api.js';
import { h, replace } from '../core/dom.js';
import { dateTime, number, t } from '../core/i18n.js';
import { money } from '../core/money.js';
import { empty } from '../core/states.js';
import { now, sync } from '../core/time.js';
import { RANGES, steps, summed } from './charts/minutes.js';
import { sectionChart } from './charts/sections.js';
import { timeChart } from './charts/time.js';
import { allShowtimes } from './event.js';
import { HeatMap } from './heat.js';
import { watchFigures } from './live.js';
import { address, framed, FRESH, heading, workspace } from './workspace.js';

export default async function sales(context) {
  const { params, query, signal } = context;
  const [place, event, showtimes] = await Promise.all([
    workspace(context), api.get(`/api/events/${params.event}`, { signal, headers: FRESH }), allShowtimes(params.event, signal), sync(),
  ]);
  const played = showtimes.filter((one) => one.status !== 'draft');
  const back = { href: address(place.id, 'events', event.id), label: event.name };
  const nothing = () => framed(place, 'events', heading(t('sales.title'), { back }), empty(t('sales.empty'), t('sales.empty.text')));
  if (!played.length) return nothing();
  const showtime = played.find((one) => one.id === query.showtime) ?? (played.length === 1 ? played[0] : null);
  const range = query.range in RANGES ? query.range : 'hour';
  const board = new Board(place, event, played, showtime, range, context);
  try {
    await board.load(signal);
  } catch (error) {
    if (error.status === 404) return nothing(); // the statistics have not heard of it yet
    throw error;
  }
  return board.view(back);
}

class Board {
  constructor(place, event, showtimes, showtime, range, { go }) {
    Object.assign(this, { place, event, showtimes, showtime, range, go });
    this.zone = (showtime ?? showtimes[0]).timeZone;
    this.tiles = h('dl', { class: 'tiles' });
    this.state = h('p', { class: 'small muted', role: 'status' });
    const sum = ({ points }) => points.reduce((all, one) => all + one.value, 0);
    this.minutes = timeChart({ title: t('sales.minutes'), format: (value) => number(value), summary: (data) => t('sales.minutes.summary', { n: sum(data) }) });
    this.money = timeChart({ title: t('sales.money'), kind: 'line', format: (value) => this.#money(value), summary: ({ points }) => t('sales.money.summary', { amount: this.#money(points.at(-1)?.value ?? 0) }) });
    this.sections = sectionChart({ title: t('sales.sections') });
    this.heat = showtime?.layoutHash ? new HeatMap(showtime) : null;
  }

  async load(signal) {
    const query = { showtimeId: this.showtime?.id, minutes: RANGES[this.range][0] };
    this.figures = await api.get(`/api/stats/event/${this.event.id}`, { signal, query });
    this.#show();
  }

  async view(back) {
    if (this.heat) await this.heat.load();
    const stop = watchFigures(this.showtimes, this.showtime, {
      figures: (signal) => this.load(signal), counts: (frame) => this.#counted(frame), seats: this.heat,
      state: (state) => (this.state.textContent = t(`live.${state}`)),
    });
    const charts = [this.minutes, this.money, this.sections];
    const node = framed(this.place, 'events', heading(t('sales.of', { name: this.event.name }), { back }),
      this.#choices(), this.tiles, this.state,
      h('div', { class: 'charts' }, this.figures.sales ? [this.minutes.node, this.money.node] : h('p', { class: 'note info' }, t('sales.hidden')), this.sections.node),
      this.heat ? this.heat.node : h('p', { class: 'muted small' }, t('sales.heat.choose')));
    return { node, title: t('sales.of', { name: this.event.name }), leave: () => (stop(), charts.forEach((one) => one.close()), this.heat?.close()) };
  }

  #choices() {
    const go = (change) => {
      const now = { showtime: this.showtime?.id, range: this.range, ...change };
      this.go(`${address(this.place.id, 'events', this.event.id, 'sales')}?${new URLSearchParams(Object.entries(now).filter(([, value]) => value))}`);
    };
    const select = h('select', { class: 'input slim', aria: { label: t('orders.showtime') }, onchange: (event) => go({ showtime: event.target.value }) },
      this.showtimes.length > 1 && h('option', { value: '', selected: !this.showtime }, t('sales.every')),
      this.showtimes.map((one) => h('option', { value: one.id, selected: one === this.showtime }, dateTime(one.startsAt, one.timeZone))));
    return h('div', { class: 'row between' }, select, h('div', { class: 'row pills', role: 'group', aria: { label: t('sales.range') } }, Object.keys(RANGES).map((one) =>
      h('button', { class: 'pill', type: 'button', aria: { pressed: String(one === this.range) }, onclick: () => go({ range: one }) }, t(`sales.range.${one}`)))));
  }

  /** A frame of the live socket: counts of one showtime, and no money. */
  #counted(frame) {
    // A nought is not sent.
    const counts = ({ capacity = 0, available = 0, held = 0, sold = 0, blocked = 0 }) => ({ capacity, available, held, sold, blocked });
    if (frame.showtimeId !== this.showtime?.id) return;
    Object.assign(this.figures, counts(frame));
    for (const one of frame.sections ?? []) Object.assign(this.figures.sections.find((section) => section.sectionId === one.sectionId) ?? {}, counts(one));
    this.#show();
  }

  #show() {
    const { figures } = this;
    replace(this.tiles, this.#tiles(figures));
    this.sections.show(figures.sections);
    if (!figures.sales) return;
    this.currency = figures.sales.revenue[0]?.currency ?? (this.showtime ?? this.showtimes[0]).currency;
    const points = steps(figures.sales.byMinute, this.range, this.currency, now());
    this.minutes.show({ points: points.map(({ at, seats }) => ({ at, value: seats })), zone: this.zone });
    this.money.show({ points: summed(points), zone: this.zone });
  }

  #tiles(figures) {
    const { capacity, sold, held, available, blocked, sales } = figures;
    const share = (part) => (capacity ? number(part / capacity, { style: 'percent' }) : '');
    const tile = (key, value, more) => h('div', { class: 'card tight tile-number' }, h('dt', {}, t(key)), h('dd', { class: 'num big' }, value), more && h('dd', { class: 'small muted num' }, more));
    const parts = [tile('state.sold', number(sold), t('sales.of.capacity', { share: share(sold), capacity: number(capacity) })), tile('state.held', number(held), share(held)), tile('state.free', number(available), share(available)), tile('state.blocked', number(blocked), share(blocked))];
    if (!sales) return parts;
    const revenue = sales.revenue.length ? sales.revenue : [{ currency: (this.showtime ?? this.showtimes[0]).currency, gross: 0, refunded: 0 }];
    return [...parts,
      revenue.map((one) => tile('sales.net', money(one.gross - one.refunded, one.currency), one.refunded ? t('sales.refunded', { amount: money(one.refunded, one.currency) }) : t('sales.unrefunded'))),
      tile('sales.orders', number(sales.orders), t('sales.refunds', { n: sales.refunds })),
      tile('sales.conversion', sales.conversion.rate === null ? '–' : number(sales.conversion.rate, { style: 'percent', maximumFractionDigits: 0 }), t('sales.holds', { n: sales.conversion.holds }))];
  }

  #money(value) {
    return money(Math.round(value), this.currency ?? this.showtimes[0].currency);
  }
}
