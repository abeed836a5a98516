// One showtime: its seats, and the way from the first look to a hold.

import { api } from '../core/api.js';
import { h } from '../core/dom.js';
import { use } from '../core/i18n.js';
import { again } from '../core/router.js';
import { sync } from '../core/time.js';
import { hallOf } from '../map/hall.js';
import { Picture } from '../map/picture.js';
import { Choice } from '../map/choice.js';
import { holdOf } from './holds.js';
import { kept } from './kept.js';
import { closedNote, isOpen, showtimeHead, watchTerms } from './head.js';
import { Seating } from './seating.js';
import { placesOfIds } from './words.js';

export default async ({ params, signal, go }) => {
  const [page] = await Promise.all([api.get(`/api/showtimes/${params.id}/page`, { signal }), use('seats'), sync()]);
  const head = showtimeHead(page, signal);
  const title = page.event.name;
  if (!isOpen(page)) return { node: h('div', { class: 'page stack' }, head, closedNote(page)), title };
  const hall = hallOf(page);
  const picture = new Picture(hall, page.seats);
  const choice = new Choice(picture, page.showtime.seatsPerBuyer);
  const hold = await holdOf(params.id).catch(() => null);
  if (!hold) choice.replace(placesOfIds(hall, kept(`choice.${params.id}`) ?? []).filter((place) => picture.isFree(place)).slice(0, choice.limit));
  const recheck = watchTerms(page.showtime, again, signal);
  const seating = new Seating({ page, hall, picture, choice, go, head, recheck });
  if (hold) seating.take(hold, { quiet: true });
  return { node: seating.node, title, leave: () => seating.close() };
};
