// Seats in words.

import { list, t } from '../core/i18n.js';
import { money } from '../core/money.js';
import { facts, priceOf } from '../map/hall.js';

/** "Stalls, row A, seat 12", or the name of a standing area. */
export function seatName({ section, row, number }) {
  if (!number) return t('seat.standing', { section });
  return row ? t('seat.full', { section, row, number }) : t('seat.loose', { section, number });
}

export const namesOf = (hall, places) => list(places.map((place) => seatName(facts(hall, place))));

export const totalOf = (hall, places) => places.reduce((sum, place) => sum + priceOf(hall, place), 0);

export const priced = (hall, amount) => (amount === 0 ? t('price.free') : money(amount, hall.currency));

/** Places of these seats' ids, as far as the hall knows them. */
export const placesOfIds = (hall, ids) => ids.map((id) => hall.at.get(id)).filter((place) => place !== undefined);
