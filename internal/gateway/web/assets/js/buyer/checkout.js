// From what is held to what is paid: who you are, the card, the bank's question, and what became of it.

import { api, Problem } from '../core/api.js';
import { h, replace } from '../core/dom.js';
import { has, t, use } from '../core/i18n.js';
import { failure, note } from '../core/states.js';
import { sync } from '../core/time.js';
import { hallOf } from '../map/hall.js';
import { when, where } from './head.js';
import { forget, look, showtimeOf } from './holds.js';
import { live } from './live.js';
import { payForm } from './payform.js';
import { found, isUnderWay, orderOf, over, pay, settled } from './paying.js';
import { Summary } from './summary.js';
import { placesOfIds, totalOf } from './words.js';

export default async ({ params, query, signal, go }) => {
  await Promise.all([use('seats', 'checkout'), sync()]);
  const view = new Checkout(params.id, { signal, go, back: 'back' in query });
  await view.begin();
  return { node: view.node, title: t('checkout'), leave: () => view.leave() };
};

class Checkout {
  constructor(holdId, { signal, go, back }) {
    Object.assign(this, { holdId, signal, go, back });
    this.node = h('div', { class: 'page checkout' });
    this.left = new AbortController();
    signal.addEventListener('abort', () => this.left.abort());
    this.off = live().mine({
      ORDER: () => this.wake?.(),
      HOLD_EXPIRED: (frame) => frame.holdId === this.holdId && this.summary?.isOpen && this.#ended(),
    });
  }

  leave() {
    this.off();
    this.unwatch?.();
    this.left.abort();
  }

  async begin() {
    if (isUnderWay(this.holdId)) return this.#comeBack();
    await this.#open();
  }

  // -- the form

  async #open(problem = null) {
    let held;
    try {
      held = await look(this.holdId);
    } catch (error) {
      if (error.code === 'hold_ended' || error.code === 'hold_not_yours') return this.#notHeld();
      throw error;
    }
    const [page, { provider }] = await Promise.all([
      api.get(`/api/showtimes/${held.showtimeId}/page`, { signal: this.signal }), api.get('/api/paying', { signal: this.signal, token: 'none' })]);
    this.page = page;
    this.provider = provider || CARDS_BY;
    if (this.page.showtime.status === 'canceled') return this.#calledOff();
    this.unwatch ??= live().watch(held.showtimeId, {
      version: this.page.seats?.version,
      showtime: ({ status }) => status === 'canceled' && this.summary.isOpen && !this.summary.frozen && this.#calledOff(),
    });
    this.hall = hallOf(this.page);
    const back = `/showtimes/${held.showtimeId}`;
    this.summary = new Summary(this.hall, held, { over: () => this.#ended(), given: () => this.left.signal.aborted || this.go(back), changed: () => this.#price(), back }, this.left.signal);
    this.form = payForm((given) => this.#pay(given), this.provider === CARDS_BY);
    this.said = h('div', { class: 'said', aria: { live: 'assertive' } });
    this.#price();
    replace(this.node,
      h('header', { class: 'stack tight' }, h('h1', { tabindex: '-1' }, t('checkout')), h('p', { class: 'muted' }, `${this.page.event.name} · ${when(this.page.showtime)}`, this.page.venue && ` · ${where(this.page.venue)}`)),
      h('div', { class: 'checkout-main stack' }, this.said, this.form.node), this.summary.node);
    if (problem) this.#declined(problem);
  }

  #price() {
    const total = totalOf(this.hall, placesOfIds(this.hall, this.summary.held.seatIds));
    this.form.price(total, this.hall.currency);
  }

  async #pay({ method, buyer }) {
    replace(this.said);
    this.summary.freeze(true);
    const payment = method && { provider: this.provider, method, returnUrl: `${location.origin}/checkout/${this.holdId}?back` };
    try {
      await this.#follow(await pay(this.holdId, { buyer, ...(payment && { payment }) }));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.unknown) return this.#comeBack();
      await this.#failed({ code: error.body.reason ?? error.code, message: error.detail, status: error.status });
    } finally {
      this.summary.freeze(false);
    }
  }

  // -- what became of it

  /** A payment was begun here: in another life of this page, or before the connection went. */
  async #comeBack() {
    this.gone = true; // it was there once: whoever comes back by the browser's own button is asked, not sent
    this.#waiting(t(this.back ? 'paying.back' : 'paying.lost'));
    for (let tries = 0; ; tries++) {
      try {
        const checkout = await found(this.holdId);
        if (checkout) return await this.#follow(checkout);
        if (tries >= ABSENT) return over(this.holdId), await this.#open({ code: 'never_begun', message: '' });
      } catch (error) {
        if (this.left.signal.aborted) return;
        if (!(error instanceof Problem)) throw error;
        if (error.status && error.status < 500) return over(this.holdId), await this.#open();
        this.#waiting(t('paying.offline'));
      }
      await this.#rest(Math.min(5_000, 800 * (tries + 1)));
    }
  }

  async #follow(checkout) {
    const past = this.back ? checkout.actionUrl : null;
    if (checkout.status === 'running' || past) this.#waiting(t(this.back ? 'paying.back' : 'paying'));
    const news = (seen) => this.#waiting(t(seen ? 'paying.still' : 'paying.offline'));
    let end;
    try {
      end = await settled(checkout, { signal: this.left.signal, news, past });
    } catch (error) {
      if (this.left.signal.aborted) return;
      throw error;
    }
    if (end.status === 'completed') return this.#bought(end);
    if (end.status === 'failed') return over(this.holdId), this.#failed(end);
    this.back = false;
    this.#asked(end);
  }

  #bought({ orderId }) {
    over(this.holdId);
    forget(this.page?.showtime.id ?? showtimeOf(this.holdId)); // the map need not ask for it any more
    return this.go(`/orders/${orderId}?new`, { replace: true });
  }

  /** The bank wants to see the buyer: its page takes this one's place, and sends back here. */
  #asked(checkout) {
    const giveUp = async () => {
      await api.post(`/api/orders/${checkout.orderId}/cancel`, undefined, { token: 'need' });
      this.#waiting(t('paying.givingUp'));
      await this.#follow({ ...checkout, status: 'running' });
    };
    replace(this.node, h('div', { class: 'waiting stack' }, h('h1', { tabindex: '-1' }, t('bank')), h('p', {}, t('bank.text')),
      h('div', { class: 'row' }, h('a', { class: 'button primary', href: checkout.actionUrl }, t('bank.go')),
        h('button', { class: 'button quiet', type: 'button', onclick: (event) => (event.target.setAttribute('aria-busy', 'true'), giveUp().catch((error) => this.#broken(error))) }, t('bank.giveUp')))));
    this.#focus();
    if (!this.gone) location.assign(checkout.actionUrl);
    this.gone = true;
  }

  async #failed(end) {
    if (end.code === 'showtime_called_off') return this.#calledOff();
    if (end.code === 'hold_ended') return this.#ended();
    this.form ? this.#again(end) : await this.#open(end);
  }

  /** The form as it was, but for the card. */
  #again(end) {
    if (this.form.node.isConnected) return this.#declined(end);
    this.#open(end);
  }

  #declined(end) {
    this.form.clear();
    const [key, text] = [`declined.${end.code}`, end.message];
    const why = has(key) ? t(key) : text || t('declined.other');
    replace(this.said, note('bad', h('strong', {}, t(end.code === 'never_begun' ? 'declined.nothing' : 'declined')), h('p', {}, why), end.code !== 'never_begun' && h('p', {}, t('declined.again'))));
    this.said.scrollIntoView({ block: 'center' });
    this.form.focus();
  }

  /** The hold is no more: it was bought, by somebody who comes back to this address, or its time ran out. */
  async #notHeld() {
    const order = await orderOf(this.holdId);
    if (order && order.status !== 'canceled') return this.go(`/orders/${order.id}`, { replace: true });
    this.#ended();
  }

  #ended() {
    this.summary?.stop();
    const showtime = this.page?.showtime.id ?? showtimeOf(this.holdId);
    replace(this.node, h('div', { class: 'empty', role: 'alert' }, h('h1', { tabindex: '-1' }, t('ended')), h('p', { class: 'muted' }, t('ended.text')),
      h('a', { class: 'button primary', href: showtime ? `/showtimes/${showtime}` : '/' }, t('ended.back'))));
    this.#focus();
  }

  #calledOff() {
    this.summary?.stop();
    replace(this.node, h('div', { class: 'empty', role: 'alert' }, h('h1', { tabindex: '-1' }, t('closed.canceled')), h('p', { class: 'muted' }, t('closed.canceled.text')), h('p', { class: 'muted' }, t('ended.unpaid')), h('a', { class: 'button primary', href: '/' }, t('failure.home'))));
    this.#focus();
  }

  #waiting(text) {
    this.summary?.stop();
    const there = this.node.querySelector('.waiting p[role="status"]');
    if (there) return (there.textContent = text);
    replace(this.node, h('div', { class: 'waiting stack' }, h('h1', { tabindex: '-1' }, t('paying.title')), h('span', { class: 'spinner', aria: { hidden: 'true' } }), h('p', { role: 'status' }, text), h('p', { class: 'muted small' }, t('paying.stay'))));
    this.#focus();
  }

  #broken(error) {
    replace(this.node, failure(error, () => this.begin()));
  }

  #focus() {
    if (this.node.isConnected) this.node.querySelector('h1')?.focus();
  }

  /** Some time, or until something is heard of one's orders. */
  #rest(milliseconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.wake = () => (clearTimeout(timer), resolve());
      addEventListener('online', this.wake, { once: true, signal: this.left.signal });
    });
  }
}

const CARDS_BY = 'mock'; // the one provider that takes a card's number from us; all others have a page of their own
const ABSENT = 3; // looks among the own orders, some five seconds: a request that was on the way has arrived by then
