// The fields of a card. What is typed stays in the fields: it is read once, when it is sent, and kept nowhere.

import { h } from '../core/dom.js';
import { field } from '../core/form.js';
import { t } from '../core/i18n.js';

const BRANDS = [['Visa', /^4/], ['Mastercard', /^(5[1-5]|2[2-7])/], ['American Express', /^3[47]/], ['Troy', /^(9792|65)/], ['Discover', /^6/]];
const AMEX = [4, 6, 5];
const OTHERS = [4, 4, 4, 4, 3];

/** {fields: {number, expiry, cvc}, node, read() -> {number, expMonth, expYear, cvc} or null, clear()}. */
export function cardFields() {
  const number = field(t('card.number'), { inputmode: 'numeric', autocomplete: 'cc-number', maxlength: 23, required: true, placeholder: '1234 5678 9012 3456' });
  const expiry = field(t('card.expiry'), { inputmode: 'numeric', autocomplete: 'cc-exp', maxlength: 7, required: true, placeholder: t('card.expiry.form') });
  const cvc = field(t('card.cvc'), { inputmode: 'numeric', autocomplete: 'cc-csc', maxlength: 4, required: true, hint: t('card.cvc.hint') });
  const brand = h('span', { class: 'card-brand', aria: { live: 'polite' } });
  number.input.after(brand);
  number.node.classList.add('with-brand');
  number.input.addEventListener('input', () => {
    regroup(number.input, grouped);
    brand.textContent = BRANDS.find(([, pattern]) => pattern.test(digits(number.input)))?.[0] ?? '';
  });
  expiry.input.addEventListener('input', () => regroup(expiry.input, dated));
  const fields = { number, expiry, cvc };
  const check = () => {
    const found = { number: isNumber(digits(number.input)), expiry: Boolean(monthOf(expiry.input.value)), cvc: /^\d{3,4}$/.test(cvc.input.value.trim()) };
    const wrong = Object.keys(found).filter((name) => !found[name]);
    for (const name of wrong) fields[name].error(t(`card.${name}.wrong`));
    if (wrong.length) fields[wrong[0]].input.focus();
    return !wrong.length;
  };
  return {
    fields,
    node: h('fieldset', { class: 'card-fields' }, h('legend', {}, t('card')), number.node, h('div', { class: 'pair' }, expiry.node, cvc.node), h('p', { class: 'hint' }, t('card.kept'))),
    read: () => (check() ? { number: digits(number.input), ...monthOf(expiry.input.value), cvc: cvc.input.value.trim() } : null),
    clear: () => {
      for (const one of Object.values(fields)) one.input.value = '';
      brand.textContent = '';
    },
  };
}

const digits = (input) => input.value.replace(/\D/g, '');

function grouped(text) {
  const plain = text.replace(/\D/g, '').slice(0, 19);
  const groups = [];
  let from = 0;
  for (const size of /^3[47]/.test(plain) ? AMEX : OTHERS) {
    if (from >= plain.length) break;
    groups.push(plain.slice(from, (from += size)));
  }
  return groups.join(' ');
}

function dated(text) {
  let plain = text.replace(/\D/g, '').slice(0, 6);
  if (/^[2-9]/.test(plain)) plain = `0${plain}`;
  return plain.length > 2 ? `${plain.slice(0, 2)} / ${plain.slice(2)}` : plain;
}

/** Write the groups anew, with the cursor behind the same digit as before. */
function regroup(input, form) {
  const before = input.value.slice(0, input.selectionStart).replace(/\D/g, '').length;
  const fresh = form(input.value);
  if (fresh === input.value) return;
  const atEnd = input.selectionStart === input.value.length;
  input.value = fresh;
  let [at, passed] = [0, 0];
  while (passed < before && at < fresh.length) if (/\d/.test(fresh[at++])) passed++;
  if (atEnd) at = fresh.length;
  input.setSelectionRange(at, at);
}

/** Luhn's check: a digit mistyped, or two exchanged, is found before anybody is asked. */
function isNumber(plain) {
  if (plain.length < 12 || plain.length > 19) return false;
  let sum = 0;
  for (let at = 0; at < plain.length; at++) {
    let digit = Number(plain[plain.length - 1 - at]);
    if (at % 2) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return sum % 10 === 0;
}

/** {expMonth, expYear} of "04 / 30" or "04/2030"; null if it is no month, or past. */
function monthOf(text, today = new Date()) {
  const found = /^\s*(0?[1-9]|1[0-2])\s*[/.-]?\s*(\d{2}|\d{4})\s*$/.exec(text);
  if (!found) return null;
  const [expMonth, expYear] = [Number(found[1]), Number(found[2]) + (found[2].length === 2 ? 2000 : 0)];
  const past = expYear < today.getFullYear() || (expYear === today.getFullYear() && expMonth < today.getMonth() + 1);
  return past || expYear > 2100 ? null : { expMonth, expYear };
}
