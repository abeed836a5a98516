// Tabs as WAI-ARIA has them: arrows move, one panel is shown.

import { h, replace, uid } from './dom.js';

/** `tabs([{label, panel: () => Node}], {label})`; a panel is made when it is first shown. */
export function tabs(items, { label, chosen = 0, onchange = () => {} } = {}) {
  const panel = h('div', { role: 'tabpanel', id: uid('panel'), tabindex: 0 });
  const made = new Map();
  const buttons = items.map((item, at) => h('button', {
    class: 'tab', type: 'button', role: 'tab', id: uid('tab'), onclick: () => choose(at),
    aria: { controls: panel.id },
  }, item.label));
  const bar = h('div', { class: 'tabs', role: 'tablist', aria: { label } }, buttons);
  bar.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const at = buttons.indexOf(document.activeElement);
    const to = event.key === 'Home' ? 0 : event.key === 'End' ? buttons.length - 1 : step && (at + step + buttons.length) % buttons.length;
    if (to === undefined) return;
    event.preventDefault();
    choose(to);
    buttons[to].focus();
  });
  function choose(at) {
    buttons.forEach((button, i) => {
      button.setAttribute('aria-selected', String(i === at));
      button.tabIndex = i === at ? 0 : -1;
    });
    panel.setAttribute('aria-labelledby', buttons[at].id);
    if (!made.has(at)) made.set(at, items[at].panel());
    replace(panel, made.get(at));
    onchange(at);
  }
  choose(chosen);
  return h('div', { class: 'stack' }, bar, panel);
}
