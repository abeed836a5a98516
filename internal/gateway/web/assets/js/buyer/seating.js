// Map, list, best available and basket together: whichever way seats are chosen, they are held here.

import { Problem } from '../core/api.js';
import { h, replace } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { note, said } from '../core/states.js';
import { again } from '../core/router.js';
import { tabs } from '../core/tabs.js';
import { toast } from '../core/toast.js';
import { facts, priceOf } from '../map/hall.js';
import { SeatList } from '../map/list.js';
import { SeatMap } from '../map/map.js';
import { neighbours } from '../map/choice.js';
import { Basket } from './basket.js';
import { areTogether, bestPicker } from './best.js';
import { extend, forget, giveBack, hold, leftOf, look, release } from './holds.js';
import { keep } from './kept.js';
import { legend } from './legend.js';
import { live } from './live.js';
import { askForPlaces } from './standing.js';
import { namesOf, placesOfIds, priced, seatName } from './words.js';

const FREED = 5_000; // ms until a hold's end is on the map, at the most: mostly a quarter of a second
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class Seating {
  constructor({ page, hall, picture, choice, go, head, terms }) {
    Object.assign(this, { page, hall, picture, choice, go, terms });
    this.id = page.showtime.id;
    this.held = null;
    this.mine = new Set(); // places of our own hold: when these are taken, it is by us
    const shared = { hall, picture, choice, pick: (place) => this.pick(place), enter: (area) => this.stand(area) };
    this.map = new SeatMap({ ...shared, card: (place) => this.#card(place) });
    this.list = new SeatList(shared);
    this.basket = new Basket(hall, choice, this.#acts());
    this.best = bestPicker(hall, choice.limit, (wanted) => this.findBest(wanted));
    this.said = h('div', { class: 'said', aria: { live: 'polite' } });
    this.aloud = h('p', { class: 'sr-only', role: 'status' });
    const views = tabs([{ label: t('view.map'), panel: () => this.map.node }, { label: t('view.list'), panel: () => this.list.node }], { label: t('view') });
    views.classList.add('views');
    this.node = h('div', { class: 'page seating' }, head, h('div', { class: 'choosing stack' }, this.best.node, this.said, views, legend(hall)), this.basket.node, this.aloud);
    this.#listen();
  }

  close() {
    this.off.forEach((stop) => stop());
    this.map.close();
    this.list.close();
    this.basket.close();
  }

  #listen() {
    this.off = [
      live().watch(this.id, {
        version: this.picture.version,
        snapshot: (frame) => this.picture.become(frame),
        change: (frame) => this.picture.follow(frame),
        showtime: (frame) => this.terms.told(frame),
        refused: () => this.terms.look(), // it is not on sale any more, or not yet: the page says which
      }),
      live().mine({ HOLD_EXPIRED: (frame) => frame.holdId === this.held?.holdId && this.#over() }),
      this.picture.onChange((places) => this.#watchChoice(places)),
      this.choice.onChange((what, places) => this.#chose(what, places)),
    ];
  }

  // -- choosing

  pick(place) {
    const name = seatName(facts(this.hall, place));
    if (this.held) return toast(t('pick.held'));
    const answer = this.choice.toggle(place);
    if (answer === 'limit') toast(t('pick.limit', { n: this.choice.limit }));
    if (answer === 'taken') this.#speak(t('pick.taken', { seat: name }));
  }

  async stand(area) {
    if (this.held) return toast(t('pick.held'));
    const quantity = await askForPlaces(this.hall, this.picture, area, this.choice.limit);
    if (quantity) await this.#ask({ standing: { areaId: area.id, quantity } });
  }

  async findBest({ quantity, tiers, together, accessible }) {
    if (this.held) return toast(t('pick.held'));
    const wanted = { quantity, ...(tiers && { tiers }), ...(accessible && { accessible }) };
    const made = await this.#ask({ bestAvailable: wanted });
    const places = made && placesOfIds(this.hall, made.seatIds);
    if (!made || !together || areTogether(this.hall, places)) return;
    this.#tell('info', t('best.apart'), this.#button(t('hold.giveBack'), () => this.#acts().giveBack()));
  }

  #chose(what, places) {
    keep(`choice.${this.id}`, this.choice.places.map((place) => this.hall.ids[place]));
    if (what === 'replaced' || what === 'lost') return; // what is said of that is said in another place
    this.#speak(t(`pick.${what}`, { seat: namesOf(this.hall, places), n: this.choice.size }));
  }

  /** Somebody else took what was only chosen, not held. */
  #watchChoice(changed) {
    if (this.choice.locked) return;
    const lost = changed.filter((place) => this.choice.has(place) && !this.picture.isFree(place));
    if (lost.length) this.#lost(lost);
  }

  // -- holding

  async #ask(body) {
    this.choice.locked = true;
    this.basket.busy(true);
    this.best.disable(true);
    try {
      const made = await hold(this.id, body);
      this.take(made);
      return made;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.choice.locked = false;
      this.#refused(error);
      return null;
    } finally {
      this.best.disable(false);
      this.basket.busy(false);
    }
  }

  /** This hold is ours: show it. */
  take(made, { quiet = false } = {}) {
    this.held = made;
    const places = placesOfIds(this.hall, made.seatIds);
    this.mine = new Set(places);
    this.choice.locked = true;
    this.best.show(false); // what is held is given back before other seats are found
    this.choice.replace([]);
    replace(this.said);
    this.map.hold(places);
    this.basket.show(made, places);
    if (quiet) return;
    this.map.reveal(places);
    this.map.node.scrollIntoView({ block: 'nearest' }); // on a phone the basket has just grown over it
    this.#speak(t('hold.made', { seats: namesOf(this.hall, places) }));
  }

  #letGo() {
    forget(this.id);
    this.held = null;
    this.mine = new Set();
    this.choice.locked = false;
    this.best.show(true);
    this.map.hold([]);
    this.basket.show(null);
  }

  #acts() {
    return {
      drop: (place) => this.choice.remove([place]),
      hold: async () => {
        const made = await this.#ask({ seatIds: this.choice.places.map((place) => this.hall.ids[place]) });
        if (made) this.go(`/checkout/${made.holdId}`);
      },
      proceed: () => this.go(`/checkout/${this.held.holdId}`),
      extend: () => this.#try(async () => {
        this.take(await extend(this.held.holdId), { quiet: true });
        this.#speak(t('hold.extended', { left: leftOf(this.held) }));
      }),
      release: (place) => this.#try(async () => {
        const rest = await release(this.held, [this.hall.ids[place]]);
        if (rest) this.take({ ...rest, refreshesLeft: this.held.refreshesLeft }, { quiet: true });
        else this.#letGo();
        this.#speak(t('hold.released', { seat: seatName(facts(this.hall, place)) }));
      }),
      giveBack: () => this.#try(async () => {
        await giveBack(this.held);
        this.#letGo();
        replace(this.said);
        this.#speak(t('hold.givenBack'));
      }),
      over: () => this.#check(),
    };
  }

  async #try(work) {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.code === 'hold_ended') this.#over();
      else toast(said(error), { kind: 'bad' });
    }
  }

  /** The clock stands at nothing: the server has the last word. */
  async #check() {
    const held = this.held;
    try {
      const still = await look(held.holdId);
      if (this.held === held && new Date(still.expiresAt) > new Date(held.expiresAt)) return this.take(still, { quiet: true });
    } catch {
      // it is over, or nobody can be asked
    }
    if (this.held === held) this.#over();
  }

  #over() {
    const places = [...this.mine];
    const focused = this.basket.node.contains(document.activeElement);
    this.#letGo();
    this.#tell('warn', t('hold.over'), h('p', {}, t('hold.over.text')), this.#button(t('hold.again'), () => this.#chooseAgain(places)));
    if (focused) this.said.querySelector('button').focus(); // the button that it was on is gone
  }

  async #chooseAgain(places) {
    const isFree = (place) => this.picture.isFree(place);
    for (let waited = 0; waited < FREED && !places.every(isFree); waited += 100) await pause(100);
    replace(this.said);
    const free = places.filter(isFree);
    this.choice.replace(free);
    if (free.length < places.length) this.#lost(places.filter((place) => !free.includes(place)));
  }

  // -- what went wrong

  #refused(error) {
    if (error.code === 'seat_taken') return this.#lost(placesOfIds(this.hall, error.body.seatIds ?? []));
    if (error.code === 'not_enough_seats') return this.#tell('warn', t('best.none'));
    if (error.code === 'showtime_closed' || error.code === 'not_on_sale') return again();
    this.#tell('bad', said(error));
  }

  #lost(places) {
    const known = places.length ? places : this.choice.places;
    this.choice.remove(known, 'lost');
    const others = neighbours(this.picture, known, this.choice, known.length);
    const seats = namesOf(this.hall, known);
    this.#tell('warn', t('lost', { seats, n: known.length }), h('div', { class: 'row' },
      others.length > 0 && this.#button(t('lost.instead', { seats: namesOf(this.hall, others) }), () => {
        replace(this.said);
        for (const place of others) this.choice.toggle(place);
        this.map.reveal(this.choice.places);
      }),
      this.#button(t('lost.best'), () => this.best.node.requestSubmit())));
  }

  #tell(kind, title, ...more) {
    replace(this.said, note(kind, h('strong', {}, title), ...more));
    this.said.scrollIntoView({ block: 'nearest' });
  }

  #speak(text) {
    this.aloud.textContent = text;
  }

  #button(label, run) {
    return h('button', { class: 'button small', type: 'button', onclick: run }, label);
  }

  #card(place) {
    const about = facts(this.hall, place);
    const state = this.mine.has(place) ? 'mine' : this.choice.has(place) ? 'chosen' : this.picture.isFree(place) ? 'free' : 'taken';
    return h('div', {}, h('strong', {}, seatName(about)),
      h('span', {}, `${about.tier} · ${priced(this.hall, priceOf(this.hall, place))}`),
      about.flags.length > 0 && h('span', {}, about.flags.map((flag) => t(`flag.${flag}`)).join(', ')),
      h('span', { class: `is-${state}` }, t(`state.${state}`)));
  }
}

