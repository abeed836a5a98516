// What buyers will see of the drawing.

import { dialog } from '../../core/dialog.js';
import { h } from '../../core/dom.js';
import { t } from '../../core/i18n.js';
import { Plan } from '../plan/plan.js';
import { legend } from '../plan/legend.js';

export async function preview(name, layout) {
  const plan = new Plan({ label: t('editor.preview.of', { name }), look: { fill: (place, own) => own.tiers.get(place.seat.tier) ?? own.read('bad') } });
  plan.show(layout);
  await dialog({
    title: t('editor.preview.of', { name }), wide: true,
    body: h('div', { class: 'stack' }, plan.node, legend(layout.tiers.map((tier) => ({ name: tier.name, colour: plan.tiers.get(tier.name) })))),
  });
  plan.close();
}
