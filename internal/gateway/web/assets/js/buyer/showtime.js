// One showtime: its seats, and the way from the first look to a hold.

import { api } from '../core/api.js';
import { h } from '../core/dom.js';
import { t, use } from '../core/i18n.js';
import { sync } from '../core/time.js';
import { toast } from '../core/toast.js';
import { hallOf } from '../map/hall.js';
import { Picture } from '../map/picture.js';
import { Choice } from '../map/choice.js';
import { holdOf } from './holds.js';
import { kept } from './kept.js';
import { closedNote, isOpen, showtimeHead, when } from './head.js';
import { Seating } from './seating.js';
import { Terms } from './terms.js';
import { placesOfIds } from './words.js';

export default async ({ params, signal, go }) => {
  const [page] = await Promise.all([api.get(`/api/showtimes/${params.id}/page`, { signal }), use('seats'), sync()]);
  const hold = isOpen(page) ? await holdOf(params.id).catch(() => null) : null;
  const terms = isOpen(page) && new Terms(page, (now, before) => (shown = shown.become(now, before)), signal);
  let shown = new View(page, { hold, terms, go, signal });
  return { node: shown.node, title: page.event.name, leave: () => shown.leave() };
};

/** The showtime on these terms; on others it is another view in the same place, with the same hold and choice. */
class View {
  constructor(page, { hold, terms, go, signal }) {
    Object.assign(this, { terms, go, signal });
    this.left = new AbortController();
    const head = showtimeHead(page, AbortSignal.any([signal, this.left.signal]));
    if (isOpen(page)) this.#seats(page, head, hold);
    else this.node = h('div', { class: 'page stack' }, head, closedNote(page));
  }

  #seats(page, head, hold) {
    const { terms, go } = this;
    const hall = hallOf(page);
    const picture = new Picture(hall, page.seats);
    const choice = new Choice(picture, page.showtime.seatsPerBuyer);
    if (!hold) choice.replace(placesOfIds(hall, kept(`choice.${page.showtime.id}`) ?? []).filter((place) => picture.isFree(place)).slice(0, choice.limit));
    this.seating = new Seating({ page, hall, picture, choice, go, head, terms });
    if (hold) this.seating.take(hold, { quiet: true });
    this.node = this.seating.node;
  }

  leave() {
    this.left.abort();
    this.seating?.close();
  }

  become(page, before) {
    const { seating } = this;
    this.leave();
    const next = new View({ ...page, seats: seating ? seating.picture.seats : page.seats }, { ...this, hold: seating?.held });
    this.node.replaceWith(next.node);
    if (!isOpen(page)) next.#arrive();
    else toast(moment(page) === moment(before) ? t('terms.changed') : t('terms.moved', { when: when(page.showtime) }));
    return next;
  }

  /** What one was about to do is gone: the eye finds the note, and so does whoever does not look. */
  #arrive() {
    const heading = this.node.querySelector('h1');
    heading.tabIndex = -1;
    heading.focus();
    scrollTo(0, 0);
  }
}

const moment = ({ showtime }) => new Date(showtime.startsAt).getTime();
