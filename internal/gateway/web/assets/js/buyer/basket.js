// What is chosen, or held: the list of seats, what they cost, and the button that goes on.

import { h, replace } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { facts, priceOf } from '../map/hall.js';
import { clockOf } from './holds.js';
import { priced, seatName, totalOf } from './words.js';

/** `act` has hold(), drop(place), release(place), extend(), giveBack(), proceed(), over(). */
export class Basket {
  constructor(hall, choice, act) {
    Object.assign(this, { hall, choice, act });
    this.node = h('aside', { class: 'basket', tabindex: -1, aria: { label: t('basket') } });
    this.hold = null;
    this.ticking = new AbortController();
    this.off = choice.onChange(() => this.hold || this.draw());
    this.draw();
  }

  close() {
    this.ticking.abort();
    this.off();
  }

  /** This hold is the buyer's; null: none is. */
  show(hold, places = []) {
    this.hold = hold;
    this.held = places;
    this.draw();
  }

  draw() {
    this.ticking.abort();
    this.ticking = new AbortController();
    const focused = this.node.contains(document.activeElement);
    replace(this.node, this.hold ? this.#held() : this.choice.size ? this.#chosen() : this.#empty());
    this.node.dataset.state = this.hold ? 'held' : this.choice.size ? 'chosen' : 'empty';
    if (focused) (this.node.querySelector('button') ?? this.node).focus();
  }

  busy(yes) {
    const button = this.node.querySelector('.primary');
    if (yes) button?.setAttribute('aria-busy', 'true');
    else button?.removeAttribute('aria-busy');
  }

  #empty() {
    return [h('h2', {}, t('basket')), h('p', { class: 'muted' }, t('basket.empty', { n: this.choice.limit }))];
  }

  #chosen() {
    const { places } = this.choice;
    return [
      h('h2', {}, t('basket.chosen', { n: places.length })),
      this.#seats(places, (place) => this.act.drop(place)),
      this.#total(places),
      h('button', { class: 'button primary wide', type: 'button', onclick: () => this.act.hold() }, t('basket.hold')),
    ];
  }

  #held() {
    const { refreshesLeft = 1, expiresAt } = this.hold; // a new hold does not say
    return [
      h('h2', {}, t('basket.held', { n: this.held.length })),
      clockOf(expiresAt, () => this.act.over(), this.ticking.signal),
      this.#seats(this.held, this.held.length > 1 ? (place) => this.act.release(place) : null),
      this.#total(this.held),
      h('button', { class: 'button primary wide', type: 'button', onclick: () => this.act.proceed() }, t('basket.pay')),
      h('div', { class: 'row' },
        refreshesLeft > 0 && h('button', { class: 'button quiet small', type: 'button', onclick: () => this.act.extend() }, t('hold.extend')),
        h('button', { class: 'button quiet small', type: 'button', onclick: () => this.act.giveBack() }, t('hold.giveBack'))),
    ];
  }

  #seats(places, remove) {
    return h('ul', { class: 'seats' }, places.map((place) => {
      const name = seatName(facts(this.hall, place));
      return h('li', {},
        h('span', { class: 'grow' }, name), h('span', { class: 'num muted' }, priced(this.hall, priceOf(this.hall, place))),
        remove && h('button', { class: 'button quiet icon', type: 'button', onclick: () => remove(place), aria: { label: t('basket.remove', { seat: name }) } }, '×'));
    }));
  }

  #total(places) {
    return h('p', { class: 'total' }, h('span', {}, t('basket.total')), h('strong', { class: 'num' }, priced(this.hall, totalOf(this.hall, places))));
  }
}
