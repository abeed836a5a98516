// One showtime: its terms, its prices, and its way from draft to on sale, moved or called off.

import { api, newKey } from '../core/api.js';
import { confirm } from '../core/dialog.js';
import { h } from '../core/dom.js';
import { form } from '../core/form.js';
import { dateTime, t } from '../core/i18n.js';
import { again } from '../core/router.js';
import { note } from '../core/states.js';
import { toast } from '../core/toast.js';
import { callOff } from './calling-off.js';
import { doing, submit } from './doing.js';
import { priced, priceField, tiersOf, typed } from './showtime-form.js';
import { address, badge, framed, FRESH, heading, workspace } from './workspace.js';

export default async function showtime(context) {
  const { params, signal } = context;
  const [place, found] = await Promise.all([workspace(context), api.get(`/api/showtimes/${params.showtime}`, { signal, headers: FRESH })]);
  const [event, venue] = await Promise.all([
    api.get(`/api/events/${found.eventId}`, { signal, headers: FRESH }),
    api.get(`/api/venues/${found.venueId}`, { signal }).catch((error) => (error.status === 404 ? null : Promise.reject(error))),
  ]);
  const wanted = await tiersOf(venue && { layoutHash: found.layoutHash || venue.layoutHash }, signal);
  const missing = wanted.filter((name) => !found.tiers.some((tier) => tier.name === name));
  return framed(place, 'events',
    heading(dateTime(found.startsAt, found.timeZone), {
      back: { href: address(place.id, 'events', event.id), label: event.name }, badge: badge(found.status), actions: actions(place, found, event, context.go),
    }),
    found.status === 'canceled' && h('p', { class: 'note bad' }, t('events.canceled.because', { reason: found.reason })),
    found.status === 'draft' && hindrances(event, venue, missing),
    h('div', { class: 'split' },
      h('section', { class: 'card stack', aria: { labelledby: 'prices' } }, h('h2', { id: 'prices', class: 'subtitle' }, t('prices.title')), prices(found, wanted)),
      h('aside', { class: 'card stack about' }, h('h2', { class: 'subtitle' }, t('showtimes.terms')), terms(found, venue),
        place.owner && h('a', { href: `${address(place.id, 'audit')}?entity=${found.id}` }, t('audit.of')))));
}

/** What publishing would be refused for, said before it is. */
function hindrances(event, venue, missing) {
  const found = [
    event.status === 'draft' && t('publish.event'),
    !venue?.layoutHash && t('publish.layout'),
    missing.length > 0 && t('publish.prices', { names: missing.join(', ') }),
  ].filter(Boolean);
  return found.length ? note('warn', h('strong', {}, t('publish.first')), h('ul', {}, found.map((one) => h('li', {}, one)))) : null;
}

function terms(found, venue) {
  const when = (at) => (at ? dateTime(at, found.timeZone) : t('showtimes.open'));
  const facts = {
    'showtimes.venue': venue?.name ?? t('venues.gone'), 'showtimes.zone': found.timeZone, 'showtimes.from': when(found.onSaleFrom), 'showtimes.until': when(found.onSaleUntil),
    'showtimes.limit': found.seatsPerBuyer, 'showtimes.hold': t('showtimes.seconds', { n: found.holdSeconds }),
  };
  return h('dl', { class: 'facts' }, Object.entries(facts).map(([key, value]) => [h('dt', {}, t(key)), h('dd', {}, value)]));
}

function actions(place, found, event, go) {
  const path = `/api/showtimes/${found.id}`;
  const ifMatch = `"${found.version}"`;
  const link = (key, ...rest) => h('a', { class: 'button', href: address(place.id, ...rest) }, t(key));
  if (found.status === 'canceled') return [link('sales.title', 'events', `${event.id}`, `sales?showtime=${found.id}`)];
  if (found.status === 'published') {
    return [link('sales.title', 'events', event.id, `sales?showtime=${found.id}`), link('blocks.title', 'showtimes', found.id, 'seats'), link('showtimes.edit', 'showtimes', found.id, 'edit'),
      doing(t('showtimes.cancel'), () => callOff({ path, version: found.version, title: t('showtimes.cancel'), eventId: event.id, showtimeId: found.id }), { kind: 'danger' })];
  }
  return [link('edit', 'showtimes', found.id, 'edit'),
    doing(t('showtimes.remove'), async () => {
      if (!(await confirm(t('showtimes.remove'), t('showtimes.remove.text'), { yes: t('showtimes.remove'), kind: 'danger' }))) return;
      await api.delete(path, { ifMatch });
      toast(t('removed'));
      go(address(place.id, 'events', event.id));
    }, { kind: 'quiet' }),
    doing(t('showtimes.publish'), async () => {
      await api.post(`${path}/publish`, undefined, { key: newKey(), ifMatch });
      toast(t('showtimes.published'));
      again();
    }, { kind: 'primary' })];
}

/** One field for each tier that the layout has or that was priced before; an empty one of a draft is taken out. */
function prices(found, wanted) {
  const names = [...new Set([...wanted, ...found.tiers.map((tier) => tier.name)])];
  if (!names.length) return h('p', { class: 'muted' }, t('prices.undrawn'));
  const inputs = names.map((name) => {
    const tier = found.tiers.find((one) => one.name === name);
    return { tier: name, known: tier, ...priceField(name, tier ? typed(tier.price, found.currency) : '', found.currency) };
  });
  if (found.status === 'canceled') for (const one of inputs) one.input.disabled = true;
  const place = h('div', { class: 'pairs' }, inputs.map((one) => one.node));
  return form({}, found.status === 'canceled' ? null : submit(t('prices.save')), async () => {
    const given = priced(inputs, found.currency);
    if (!given) return;
    await keep(found, inputs, new Map(given.map(({ name, price }) => [name, price])));
    toast(t('saved'));
    again();
  }, found.status === 'published' && h('p', { class: 'hint' }, t('prices.published')), place);
}

async function keep(found, inputs, given) {
  const path = `/api/showtimes/${found.id}/tiers`;
  for (const { tier: name, known } of inputs) {
    const price = given.get(name);
    if (known && price === undefined) await api.delete(`${path}/${known.id}`);
    else if (known && price !== known.price) await api.patch(`${path}/${known.id}`, { price });
    else if (!known && price !== undefined) await api.post(path, { name, price }, { key: newKey() });
  }
}
