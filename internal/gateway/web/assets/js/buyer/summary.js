// What is bought, for how long it is held, what it costs; seats can be given back one by one.

import { Problem } from '../core/api.js';
import { h, replace } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { said } from '../core/states.js';
import { toast } from '../core/toast.js';
import { facts, priceOf } from '../map/hall.js';
import { clockOf, extend, giveBack, leftOf, look, release } from './holds.js';
import { placesOfIds, priced, seatName, totalOf } from './words.js';

export class Summary {
  /** `act` has over(), given(), changed() and `back`, the address of the map. */
  constructor(hall, held, act, signal) {
    Object.assign(this, { hall, held, act });
    this.isOpen = true;
    this.ticking = new AbortController();
    signal.addEventListener('abort', () => this.stop());
    this.node = h('aside', { class: 'basket summary', tabindex: -1, aria: { label: t('summary') } });
    this.draw();
  }

  stop() {
    this.isOpen = false;
    this.ticking.abort();
  }

  /** While a payment is under way, nothing is given back. */
  freeze(yes) {
    this.frozen = yes;
    for (const button of this.node.querySelectorAll('button')) button.disabled = yes;
  }

  draw() {
    this.ticking.abort();
    this.ticking = new AbortController();
    const places = placesOfIds(this.hall, this.held.seatIds);
    const left = this.held.refreshesLeft ?? 1;
    const focused = this.node.contains(document.activeElement);
    replace(this.node,
      h('h2', {}, t('basket.held', { n: places.length })),
      clockOf(this.held.expiresAt, () => this.#check(), this.ticking.signal),
      h('ul', { class: 'seats' }, places.map((place) => this.#seat(place, places.length > 1))),
      h('p', { class: 'total' }, h('span', {}, t('basket.total')), h('strong', { class: 'num' }, priced(this.hall, totalOf(this.hall, places)))),
      h('div', { class: 'row' },
        left > 0 && this.#button(t('hold.extend'), async () => {
          this.held = await extend(this.held.holdId);
          toast(t('hold.extended', { left: leftOf(this.held) }));
        }),
        h('a', { class: 'button quiet small', href: this.act.back }, t('summary.map')),
        this.#button(t('hold.giveBack'), async () => {
          await giveBack(this.held);
          this.stop();
          this.act.given();
        })));
    if (focused) this.node.focus(); // what was pressed is another thing now
  }

  #seat(place, removable) {
    const name = seatName(facts(this.hall, place));
    const remove = async () => {
      const rest = await release(this.held, [this.hall.ids[place]]);
      this.held = { ...rest, refreshesLeft: this.held.refreshesLeft };
      toast(t('hold.released', { seat: name }));
    };
    return h('li', {}, h('span', { class: 'grow' }, name), h('span', { class: 'num muted' }, priced(this.hall, priceOf(this.hall, place))),
      removable && h('button', { class: 'button quiet icon', type: 'button', onclick: () => this.#try(remove), aria: { label: t('basket.remove', { seat: name }) } }, '×'));
  }

  #button(label, run) {
    return h('button', { class: 'button quiet small', type: 'button', onclick: () => this.#try(run) }, label);
  }

  async #try(work) {
    try {
      await work();
      if (!this.isOpen) return;
      this.draw();
      this.act.changed();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.code === 'hold_ended') this.act.over();
      else toast(said(error), { kind: 'bad' });
    }
  }

  /** The clock stands at nothing; the server has the last word. */
  async #check() {
    if (this.frozen) return;
    try {
      const still = await look(this.held.holdId);
      if (new Date(still.expiresAt) > new Date(this.held.expiresAt)) return (this.held = still), this.draw();
    } catch {
      // it is over, or nobody can be asked
    }
    if (this.isOpen && !this.frozen) this.act.over();
  }
}
