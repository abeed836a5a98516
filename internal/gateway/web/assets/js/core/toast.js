// A word in passing, at the foot of the page; read out by a screen reader, without taking the focus.

import { h } from './dom.js';
import { t } from './i18n.js';

const STAYS = 6_000; // long enough to read twelve words twice
let polite = null;
let urgent = null;

/** `toast('Saved')`; with an action {label, run} it stays until it is closed; kind 'bad' interrupts a screen reader. */
export function toast(text, { kind = 'info', action = null } = {}) {
  const one = h('div', { class: ['toast', kind] }, h('span', { class: 'grow' }, text),
    action && h('button', { class: 'button small', type: 'button', onclick: () => (close(), action.run()) }, action.label),
    h('button', { class: 'button icon', type: 'button', onclick: () => close(), aria: { label: t('close') } }, '×'));
  let timer = 0;
  const close = () => (clearTimeout(timer), one.remove());
  const wait = () => { if (!action) timer = setTimeout(close, STAYS); };
  one.addEventListener('mouseenter', () => clearTimeout(timer));
  one.addEventListener('focusin', () => clearTimeout(timer));
  one.addEventListener('mouseleave', wait);
  one.addEventListener('focusout', wait);
  region(kind === 'bad').append(one);
  wait();
  return close;
}

/** The regions are there before anything is said in them, or a screen reader would not hear it. */
export function toasts() {
  polite = h('div', { role: 'status', aria: { live: 'polite' } });
  urgent = h('div', { role: 'alert', aria: { live: 'assertive' } });
  return h('div', { class: 'toasts' }, polite, urgent);
}

function region(interrupts) {
  if (!polite) document.body.append(toasts());
  return interrupts ? urgent : polite;
}
