// Where the organisation plays.

import { api } from '../core/api.js';
import { h } from '../core/dom.js';
import { field, form } from '../core/form.js';
import { t } from '../core/i18n.js';
import { empty } from '../core/states.js';
import { submit } from './doing.js';
import { allVenues } from './showtime-form.js';
import { address, framed, heading, workspace } from './workspace.js';

export default async function venues(context) {
  const place = await workspace(context);
  if (place.role === 'customer') return framed(place, 'venues');
  const found = await allVenues(place.id, context.signal);
  return framed(place, 'venues', heading(t('tab.venues')),
    found.length ? h('ul', { class: 'grid plain' }, found.map((one) => card(place, one))) : empty(t('venues.empty'), t('venues.empty.text')),
    h('section', { class: 'card stack', aria: { labelledby: 'new-venue' } },
      h('h2', { id: 'new-venue', class: 'subtitle' }, t('venues.new')), creation(place, context.go)));
}

function card(place, venue) {
  const where = [venue.city, venue.country].filter(Boolean).join(', ');
  return h('li', {}, h('a', { class: 'card tile', href: address(place.id, 'venues', venue.id) },
    h('strong', { class: 'tile-name' }, venue.name),
    h('span', { class: 'muted small' }, where || t('venues.nowhere')),
    h('span', { class: ['badge', venue.layoutHash ? '' : 'warn'] }, venue.layoutHash ? t('venues.places', { n: venue.places }) : t('venues.undrawn'))));
}

export function venueFields(venue = {}) {
  return {
    name: field(t('venues.name'), { required: true, maxlength: 200, value: venue.name ?? '' }),
    city: field(t('venues.city'), { maxlength: 200, value: venue.city ?? '', autocomplete: 'address-level2' }),
    country: field(t('venues.country'), { maxlength: 2, pattern: '[A-Za-z]{2}', value: venue.country ?? '', hint: t('venues.country.hint') }),
  };
}

export const readVenue = (given) => ({ name: given.name.trim(), city: given.city.trim(), country: given.country.trim().toUpperCase() });

function creation(place, go) {
  return form(venueFields(), submit(t('venues.make')), async (given) => {
    const made = await api.post('/api/venues', { ...readVenue(given), organizationId: place.id });
    go(address(place.id, 'venues', made.id));
  });
}
