// The venue's name and where it is, and giving it up.

import { api } from '../../core/api.js';
import { confirm, dialog } from '../../core/dialog.js';
import { h } from '../../core/dom.js';
import { form } from '../../core/form.js';
import { t } from '../../core/i18n.js';
import { again } from '../../core/router.js';
import { toast } from '../../core/toast.js';
import { submit } from '../doing.js';
import { readVenue, venueFields } from '../venues.js';
import { address } from '../workspace.js';

export async function settings(venue, place, go) {
  const done = await dialog({
    title: t('editor.settings'),
    body: (close) => h('div', { class: 'stack' },
      form(venueFields(venue), submit(t('save'), 'primary wide'), async (given) => {
        await api.patch(`/api/venues/${venue.id}`, readVenue(given));
        close('saved');
      }),
      h('button', { class: 'button quiet danger', type: 'button', onclick: () => close('remove') }, t('venues.remove'))),
  });
  if (done === 'saved') return toast(t('saved')), again();
  if (done !== 'remove' || !(await confirm(t('venues.remove'), t('venues.remove.text', { name: venue.name }), { yes: t('venues.remove'), kind: 'danger' }))) return;
  await api.delete(`/api/venues/${venue.id}`);
  toast(t('removed'));
  go(address(place.id, 'venues'));
}
