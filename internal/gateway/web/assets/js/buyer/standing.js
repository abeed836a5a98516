// Room to stand: how many.

import { dialog } from '../core/dialog.js';
import { h, uid } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { priced } from './words.js';

/** Asks for a number; resolves with it, or undefined. */
export function askForPlaces(hall, picture, area, limit) {
  const free = picture.free(area.from, area.to);
  const most = Math.min(limit, free);
  const price = hall.prices[area.tier] ?? 0;
  if (!most) return dialog({ title: area.name, body: h('p', {}, t('standing.full')) });
  return dialog({
    title: area.name,
    body: (close) => {
      const id = uid('places');
      const count = h('select', { id }, Array.from({ length: most }, (_, at) => h('option', { value: String(at + 1) }, t('standing.option', { n: at + 1, price: priced(hall, price * (at + 1)) }))));
      return h('form', { class: 'stack', onsubmit: (event) => (event.preventDefault(), close(Number(count.value))) },
        h('p', { class: 'muted' }, t('standing.text', { n: free })),
        h('div', { class: 'field' }, h('label', { for: id }, t('best.count')), count),
        h('button', { class: 'button primary wide', type: 'submit' }, t('basket.hold')));
    },
  });
}
