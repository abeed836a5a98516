// Calling off cannot be undone and moves money: what it does is said in numbers, and why is asked.

import { api, newKey } from '../core/api.js';
import { dialog } from '../core/dialog.js';
import { h } from '../core/dom.js';
import { field, form } from '../core/form.js';
import { t } from '../core/i18n.js';
import { again } from '../core/router.js';
import { note } from '../core/states.js';
import { toast } from '../core/toast.js';

/** Ask why, and call off the event, or one showtime of it. */
export async function callOff({ path, version, title, eventId, showtimeId = null }) {
  const sold = await soldOf(eventId, showtimeId);
  const key = newKey();
  const done = await dialog({
    title,
    body: (close) => {
      const fields = { reason: field(t('cancel.reason'), { kind: 'textarea', required: true, maxlength: 500, rows: 3, hint: t('cancel.reason.hint') }) };
      const button = h('button', { class: 'button primary danger wide', type: 'submit' }, title);
      return h('div', { class: 'stack' }, note('bad', h('strong', {}, t('cancel.warning')), h('span', {}, sold === null ? t('cancel.refunds') : t('cancel.sold', { n: sold }))),
        form(fields, button, async ({ reason }) => {
          await api.post(`${path}/cancel`, { reason: reason.trim() }, { key, ifMatch: `"${version}"` });
          close(true);
        }));
    },
  });
  if (done) toast(t('canceled')), again();
}

/** How many seats are sold as far as the statistics know; null if they know nothing. */
async function soldOf(eventId, showtimeId) {
  try {
    return (await api.get(`/api/stats/event/${eventId}`, { query: { showtimeId, minutes: 1 } })).sold;
  } catch {
    return null;
  }
}
