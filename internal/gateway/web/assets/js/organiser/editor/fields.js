// Fields of the panels: they are made anew after each change, so each has a key by which it keeps the focus.

import { h, uid } from '../../core/dom.js';

export function group(title, ...content) {
  const id = uid('group');
  return h('section', { class: 'card tight stack', aria: { labelledby: id } }, h('h2', { id, class: 'subtitle' }, title), content);
}

function labelled(label, input) {
  const id = uid('field');
  input.id = id;
  return h('div', { class: 'field' }, h('label', { for: id }, label), input);
}

/** What is no number, or beyond its limits, is put right rather than refused. */
export function numberField(key, label, value, put, { min = -1_000_000, max = 1_000_000, step = 1, whole = false } = {}) {
  const input = h('input', {
    type: 'number', value: value ?? '', min, max, step, data: { key },
    onchange: () => {
      const given = Number(input.value.replace(',', '.'));
      if (input.value === '' || !Number.isFinite(given)) return (input.value = value ?? '');
      const bounded = Math.min(max, Math.max(min, given));
      put(whole ? Math.round(bounded) : bounded);
    },
  });
  return labelled(label, input);
}

export function textField(key, label, value, put, more = {}) {
  const input = h('input', { type: 'text', value, maxlength: 100, data: { key }, onchange: () => (input.value.trim() ? put(input.value.trim()) : (input.value = value)), ...more });
  return labelled(label, input);
}

export function choice(key, label, value, options, put) {
  const input = h('select', { data: { key }, onchange: () => put(input.value) }, options.map(([is, text]) => h('option', { value: is, selected: is === value }, text)));
  return labelled(label, input);
}

export const act = (key, label, run, kind = '') => h('button', { class: ['button', kind], type: 'button', data: { key }, onclick: run }, label);
