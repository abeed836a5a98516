// Fields with a label, a hint and an error that belong together for a screen reader, and a form that says what is wrong.

import { Problem } from './api.js';
import { h, uid } from './dom.js';
import { t } from './i18n.js';
import { said } from './states.js';

/** {node, input, error(text)}; `input` properties are those of the element, `kind` is input, select or textarea. */
export function field(label, { kind = 'input', hint = '', options = [], ...properties } = {}) {
  const id = uid('field');
  const hinted = h('p', { class: 'hint', id: `${id}-hint` }, hint);
  const wrong = h('p', { class: 'error', id: `${id}-error` });
  const children = options.map(([value, text]) =>
    h('option', { value, selected: value === properties.value }, text));
  const input = h(kind, { id, ...properties, aria: { describedby: `${id}-hint ${id}-error` } }, children);
  const error = (text) => {
    wrong.textContent = text;
    if (text) input.setAttribute('aria-invalid', 'true');
    else input.removeAttribute('aria-invalid');
  };
  input.addEventListener('input', () => error(''));
  return { node: h('div', { class: 'field' }, h('label', { for: id }, label), input, hinted, wrong), input, error };
}

/**
 * A form whose button turns while `send` works. `fields` are by the name that the interface has for them: a Problem with
 * the path `$.email` is shown at the field `email`, any other above the button.
 */
export function form(fields, button, send, ...more) {
  const wrong = h('p', { class: 'error', role: 'alert' });
  const element = h('form', { class: 'stack', novalidate: true, onsubmit: (event) => (event.preventDefault(), submit()) },
    Object.values(fields).map((one) => one.node), more, wrong, button);
  async function submit() {
    if (button.getAttribute('aria-busy') === 'true' || !complete(fields)) return;
    wrong.textContent = '';
    button.setAttribute('aria-busy', 'true');
    try {
      await send(Object.fromEntries(Object.entries(fields).map(([name, one]) => [name, one.input.value])));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const own = fields[error.path?.replace(/^\$\./, '')];
      if (own) own.error(said(error)), own.input.focus();
      else wrong.textContent = said(error);
    } finally {
      button.removeAttribute('aria-busy');
    }
  }
  return element;
}

/** What is wrong with a field, in the page's language; what is rare the browser says in its own. */
export function flawOf({ validity, type, validationMessage }) {
  if (validity.valueMissing) return t('field.missing');
  return validity.typeMismatch && type === 'email' ? t('field.email') : validationMessage;
}

/** The first field that is not as it should be takes the focus. */
function complete(fields) {
  const bad = Object.values(fields).filter(({ input }) => !input.checkValidity());
  for (const one of bad) one.error(flawOf(one.input));
  bad[0]?.input.focus();
  return bad.length === 0;
}
