// The native <dialog>: it keeps the focus within, closes by Escape, and gives the focus back.

import { h, uid } from './dom.js';
import { t } from './i18n.js';

/**
 * Open a dialog; resolves with what `close(value)` was given, or undefined if it was dismissed.
 * `body` is a Node, or a function of `close`; `actions` are [{label, value, kind}].
 */
export function dialog({ title, body, actions = [], dismissible = true, wide = false }) {
  return new Promise((resolve) => {
    const id = uid('dialog');
    let answer;
    const close = (value) => {
      answer = value;
      element.close();
    };
    const element = h('dialog', { class: ['dialog', wide && 'wide'], aria: { labelledby: id } },
      h('div', { class: 'head' }, h('h2', { id }, title),
        dismissible && h('button', { class: 'button quiet icon', type: 'button', onclick: () => close(), aria: { label: t('close') } }, '×')),
      h('div', { class: 'body' }, typeof body === 'function' ? body(close) : body),
      actions.length > 0 && h('div', { class: 'actions' }, actions.map(({ label, value, kind }) =>
        h('button', { class: ['button', kind], type: 'button', onclick: () => close(value) }, label))));
    element.addEventListener('cancel', (event) => dismissible || event.preventDefault());
    element.addEventListener('click', (event) => dismissible && event.target === element && close());
    element.addEventListener('close', () => {
      element.remove();
      resolve(answer);
    });
    document.body.append(element);
    element.showModal();
  });
}

/** Ask; true if the person said yes. `kind: 'danger'` for what cannot be undone. */
export async function confirm(title, text, { yes = t('yes'), no = t('cancel'), kind = '' } = {}) {
  const actions = [{ label: no, value: false }, { label: yes, value: true, kind: `primary ${kind}` }];
  return Boolean(await dialog({ title, body: h('p', {}, text), actions }));
}
