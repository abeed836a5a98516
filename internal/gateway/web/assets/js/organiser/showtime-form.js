// When and where it is played, and how it is sold. Of a published showtime the venue and the currency stay.

import { api, newKey, pages } from '../core/api.js';
import { confirm } from '../core/dialog.js';
import { h, replace } from '../core/dom.js';
import { field, form } from '../core/form.js';
import { dateTime, t } from '../core/i18n.js';
import { minorDigits, minorUnits } from '../core/money.js';
import { empty, note } from '../core/states.js';
import { toast } from '../core/toast.js';
import { submit } from './doing.js';
import { address, framed, FRESH, heading, workspace } from './workspace.js';
import { moment, ownZone, wallClock, zones } from './zone.js';

const CURRENCIES = ['TRY', 'EUR', 'USD', 'GBP', 'CHF', 'AED', 'JPY'];

export default async function showtimeForm(context) {
  const { params, signal } = context;
  const place = await workspace(context);
  const showtime = params.showtime ? await api.get(`/api/showtimes/${params.showtime}`, { signal, headers: FRESH }) : null;
  const eventId = showtime?.eventId ?? params.event;
  const [event, venues] = await Promise.all([api.get(`/api/events/${eventId}`, { signal, headers: FRESH }), allVenues(place.id, signal)]);
  const back = showtime
    ? { href: address(place.id, 'showtimes', showtime.id), label: dateTime(showtime.startsAt, showtime.timeZone) }
    : { href: address(place.id, 'events', eventId), label: event.name };
  const title = heading(t(showtime ? 'showtimes.edit' : 'showtimes.new'), { back });
  if (!venues.length) {
    return framed(place, 'events', title, empty(t('showtimes.venueless'), t('showtimes.venueless.text'),
      h('a', { class: 'button primary', href: address(place.id, 'venues') }, t('tab.venues'))));
  }
  return framed(place, 'events', title,
    showtime?.status === 'published' && note('warn', t('showtimes.edit.warning')),
    h('div', { class: 'card narrow-card' }, showtime ? changing(place, showtime, venues, context.go) : planning(place, eventId, venues, context)));
}

export async function allVenues(org, signal) {
  const found = [];
  for await (const one of pages('/api/venues', { signal, query: { organizationId: org, limit: 100 } })) found.push(one);
  return found;
}

function termsOf(showtime, venues) {
  const zone = showtime?.timeZone ?? ownZone();
  const frozen = showtime?.status === 'published';
  const local = (at) => wallClock(at, zone);
  return {
    venueId: field(t('showtimes.venue'), {
      kind: 'select', value: showtime?.venueId ?? venues[0].id, disabled: frozen, options: venues.map((one) => [one.id, one.name]), hint: frozen ? t('showtimes.frozen') : '',
    }),
    timeZone: field(t('showtimes.zone'), { kind: 'select', value: zone, options: zones(zone).map((one) => [one, one]), hint: t('showtimes.zone.hint') }),
    startsAt: field(t('showtimes.starts'), { type: 'datetime-local', required: true, value: local(showtime?.startsAt) }),
    onSaleFrom: field(t('showtimes.from'), { type: 'datetime-local', value: local(showtime?.onSaleFrom), hint: t('showtimes.from.hint') }),
    onSaleUntil: field(t('showtimes.until'), { type: 'datetime-local', value: local(showtime?.onSaleUntil), hint: t('showtimes.until.hint') }),
    currency: field(t('showtimes.currency'), {
      kind: 'select', value: showtime?.currency ?? 'TRY', disabled: frozen, options: [...new Set([showtime?.currency ?? 'TRY', ...CURRENCIES])].map((one) => [one, one]),
    }),
    seatsPerBuyer: field(t('showtimes.limit'), { type: 'number', min: 1, max: 500, value: showtime?.seatsPerBuyer ?? '', hint: t('showtimes.default') }),
    holdSeconds: field(t('showtimes.hold'), { type: 'number', min: 30, max: 3600, value: showtime?.holdSeconds ?? '', hint: t('showtimes.default.hold') }),
  };
}

function read(given) {
  const said = { venueId: given.venueId, timeZone: given.timeZone, currency: given.currency };
  for (const name of ['startsAt', 'onSaleFrom', 'onSaleUntil']) said[name] = moment(given[name], given.timeZone);
  for (const name of ['seatsPerBuyer', 'holdSeconds']) if (given[name]) said[name] = Number(given[name]);
  return said;
}

function changing(place, showtime, venues, go) {
  return form(termsOf(showtime, venues), submit(t('save')), async (given) => {
    const said = read(given);
    if (showtime.status === 'published') {
      delete said.venueId;
      delete said.currency;
      const moved = said.startsAt.slice(0, 16) !== new Date(showtime.startsAt).toISOString().slice(0, 16);
      if (!moved) delete said.startsAt;
      const sentence = t('showtimes.move.text', { from: dateTime(showtime.startsAt, showtime.timeZone), to: dateTime(said.startsAt ?? showtime.startsAt, said.timeZone) });
      if (moved && !(await confirm(t('showtimes.move'), sentence, { yes: t('showtimes.move.yes'), kind: 'danger' }))) return;
    }
    await api.patch(`/api/showtimes/${showtime.id}`, said, { ifMatch: `"${showtime.version}"` });
    toast(t('saved'));
    go(address(place.id, 'showtimes', showtime.id));
  });
}

/** A new one takes its prices at once: the tiers are those of the venue's layout. */
function planning(place, eventId, venues, { signal, go }) {
  const fields = termsOf(null, venues);
  const prices = h('fieldset', { class: 'stack tight' });
  const key = newKey();
  let inputs = [];
  const show = async () => {
    const tiers = await tiersOf(venues.find((one) => one.id === fields.venueId.input.value), signal);
    inputs = tiers.map((tier) => ({ tier, ...priceField(tier, '', fields.currency.input.value) }));
    replace(prices, h('legend', {}, t('prices.title')),
      tiers.length ? h('div', { class: 'pairs' }, inputs.map((one) => one.node)) : h('p', { class: 'hint' }, t('prices.undrawn')));
  };
  fields.venueId.input.addEventListener('change', show);
  fields.currency.input.addEventListener('change', () => inputs.forEach((one) => one.relabel(fields.currency.input.value)));
  show();
  return form(fields, submit(t('showtimes.make')), async (given) => {
    const tiers = priced(inputs, given.currency);
    if (!tiers) return;
    const made = await api.post(`/api/events/${eventId}/showtimes`, { ...read(given), tiers }, { key });
    toast(t('saved'));
    go(address(place.id, 'showtimes', made.id));
  }, prices);
}

/** [{name, price}] of the fields that have something in them, or null if one of them is no price. */
export function priced(inputs, currency) {
  const given = inputs.filter((one) => one.input.value.trim() !== '').map((one) => ({ one, price: minorUnits(one.input.value, currency) }));
  const wrong = given.filter(({ price }) => price === null);
  for (const { one } of wrong) one.error(t('prices.wrong'));
  wrong[0]?.one.input.focus();
  return wrong.length ? null : given.map(({ one, price }) => ({ name: one.tier, price }));
}

export function priceField(tier, value, currency) {
  const made = field(`${tier} (${currency})`, { inputmode: 'decimal', autocomplete: 'off', value });
  const label = made.node.querySelector('label');
  return { ...made, relabel: (now) => (label.textContent = `${tier} (${now})`) };
}

export const typed = (price, currency) => (price / 10 ** minorDigits(currency)).toFixed(minorDigits(currency));

/** The tiers that a layout of this venue wants a price for; none if nothing is drawn yet. */
export async function tiersOf(venue, signal) {
  if (!venue?.layoutHash) return [];
  const layout = await api.get(`/api/layouts/${venue.layoutHash}`, { signal });
  return used(layout);
}

function used(layout) {
  const found = new Set(layout.areas?.map((area) => area.tier));
  for (const section of layout.sections ?? []) for (const row of section.rows) for (const seat of row.seats) found.add(seat.tier);
  return layout.tiers.map((tier) => tier.name).filter((name) => found.has(name));
}
