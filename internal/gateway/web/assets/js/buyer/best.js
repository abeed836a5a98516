// The box office chooses: how many, at what price, side by side or not.

import { h, uid } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { isStanding } from '../map/hall.js';
import { priced } from './words.js';

/** A form that calls `ask({quantity, tiers, together, accessible})`. */
export function bestPicker(hall, limit, ask) {
  const names = { count: uid('count'), tier: uid('tier') };
  const seated = hall.tiers.map((tier, at) => at).filter((at) => hall.sections.some((one) => some(hall, one, at)));
  const count = h('select', { id: names.count }, Array.from({ length: Math.min(limit, 20) }, (_, at) => h('option', { value: String(at + 1), selected: at === 1 }, String(at + 1))));
  const tier = h('select', { id: names.tier }, h('option', { value: '' }, t('best.any')),
    seated.map((at) => h('option', { value: hall.tiers[at].name }, `${hall.tiers[at].name} · ${priced(hall, hall.prices[at] ?? 0)}`)));
  const together = h('input', { type: 'checkbox', checked: true });
  const wheelchair = [...hall.flags.values()].some((flags) => flags.includes('accessible')) && h('input', { type: 'checkbox' });
  const button = h('button', { class: 'button', type: 'submit' }, t('best.find'));
  const submit = (event) => {
    event.preventDefault();
    if (button.disabled) return;
    ask({ quantity: Number(count.value), tiers: tier.value ? [tier.value] : null, together: together.checked, accessible: wheelchair && wheelchair.checked ? 1 : 0 });
  };
  const node = h('form', { class: 'best', onsubmit: submit },
    h('div', { class: 'field' }, h('label', { for: names.count }, t('best.count')), count),
    h('div', { class: 'field grow' }, h('label', { for: names.tier }, t('best.tier')), tier),
    h('label', { class: 'check' }, together, t('best.together')),
    wheelchair && h('label', { class: 'check' }, wheelchair, t('best.wheelchair')),
    button);
  return { node, disable: (yes) => (button.disabled = yes), show: (yes) => (node.hidden = !yes) };
}

const some = (hall, section, tier) => {
  for (let place = section.from; place < section.to; place++) if (hall.tier[place] === tier) return true;
  return false;
};

/** Whether these seats are one beside the other, in one row. */
export function areTogether(hall, places) {
  const sorted = [...places].sort((a, b) => a - b);
  return sorted.every((place, at) => !at || (place === sorted[at - 1] + 1 && hall.row[place] === hall.row[sorted[0]])) || sorted.some((place) => isStanding(hall, place));
}
