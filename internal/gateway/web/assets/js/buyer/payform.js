// The form of the checkout: name and e-mail for the tickets, and a card where there is something to pay.

import { Problem } from '../core/api.js';
import { h } from '../core/dom.js';
import { field, flawOf } from '../core/form.js';
import { t } from '../core/i18n.js';
import { money } from '../core/money.js';
import { isMember, user } from '../core/session.js';
import { said } from '../core/states.js';
import { cardFields } from './card.js';

/** `send({method, buyer})`, without a method where nothing is to be paid; `takesCards`: else the provider's page asks for one.
 * {node, price(total, currency), clear(), focus()}. */
export function payForm(send, takesCards) {
  const known = isMember() ? user() : {};
  const name = field(t('buyer.name'), { autocomplete: 'name', required: true, maxlength: 200, value: known.name ?? '' });
  const email = field(t('buyer.email'), { type: 'email', autocomplete: 'email', required: true, maxlength: 254, value: known.email ?? '', hint: t('buyer.email.hint') });
  const card = cardFields();
  const elsewhere = h('p', { class: 'muted' }, t('pay.elsewhere'));
  const wrong = h('p', { class: 'error', role: 'alert' });
  const button = h('button', { class: 'button primary wide', type: 'submit' });
  let costs = true;
  const submit = async (event) => {
    event.preventDefault();
    if (button.getAttribute('aria-busy') === 'true') return;
    wrong.textContent = '';
    const missing = [name, email].filter(({ input }) => !input.checkValidity() || !input.value.trim());
    for (const one of missing) one.error(flawOf(one.input) || t('field.missing'));
    if (missing.length) return missing[0].input.focus();
    const shown = costs && takesCards ? card.read() : null;
    if (costs && takesCards && !shown) return;
    button.setAttribute('aria-busy', 'true');
    try {
      await send({ method: costs ? (shown ? { card: shown } : {}) : null, buyer: { name: name.input.value.trim(), email: email.input.value.trim() } });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      wrong.textContent = said(error);
    } finally {
      button.removeAttribute('aria-busy');
    }
  };
  const node = h('form', { class: 'stack loose pay-form', novalidate: true, onsubmit: submit },
    h('fieldset', { class: 'stack' }, h('legend', {}, t('buyer')), name.node, email.node), card.node, elsewhere, wrong, button);
  return {
    node,
    price(total, currency) {
      costs = total > 0;
      card.node.hidden = !costs || !takesCards;
      elsewhere.hidden = !costs || takesCards;
      button.textContent = costs ? t('pay', { price: money(total, currency) }) : t('pay.free');
    },
    clear: card.clear,
    focus: () => costs && takesCards && card.fields.number.input.focus(),
  };
}
