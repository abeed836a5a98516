// A button that does something on the server: it turns meanwhile, says what was refused, and hands on what was answered.

import { Problem } from '../core/api.js';
import { h } from '../core/dom.js';
import { said } from '../core/states.js';
import { toast } from '../core/toast.js';

/** `work` is awaited; a refusal is said in a toast, and the button can be pressed again. */
export function doing(label, work, { kind = '', ...properties } = {}) {
  const button = h('button', { class: ['button', kind], type: 'button', ...properties, onclick: () => run() }, label);
  async function run() {
    if (button.getAttribute('aria-busy') === 'true') return;
    button.setAttribute('aria-busy', 'true');
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      toast(said(error), { kind: 'bad' });
    } finally {
      button.removeAttribute('aria-busy');
    }
  }
  return button;
}

export const submit = (label, kind = 'primary') => h('button', { class: ['button', kind], type: 'submit' }, label);
