// What buyers will see of the drawing: their own map, with every place free.

import { dialog } from '../../core/dialog.js';
import { h } from '../../core/dom.js';
import { t } from '../../core/i18n.js';
import { Choice } from '../../map/choice.js';
import { facts, hallOf, isStanding } from '../../map/hall.js';
import { SeatMap } from '../../map/map.js';
import { Picture } from '../../map/picture.js';
import { legend } from '../plan/legend.js';
import { colours, tierColours } from '../plan/colours.js';
import { pageOf } from './columns.js';

export async function preview(name, layout) {
  const hall = hallOf(pageOf(layout));
  const picture = new Picture(hall, { version: 0, states: '.'.repeat(hall.count) });
  const choice = new Choice(picture, hall.count);
  const map = new SeatMap({ hall, picture, choice, pick: (place) => choice.toggle(place), enter: () => {}, card: (place) => card(hall, place) });
  const read = colours();
  const tiers = tierColours(layout.tiers, read);
  read.end();
  await dialog({
    title: t('editor.preview.of', { name }), wide: true,
    body: h('div', { class: 'stack' }, h('div', { class: 'preview-map' }, map.node), legend([...tiers].map(([tier, colour]) => ({ name: tier, colour })))),
  });
  map.close();
}

function card(hall, place) {
  const { section, row, number, tier, flags } = facts(hall, place);
  return h('div', {}, h('strong', {}, isStanding(hall, place) ? section : [section, t('seat.row', { row }), t('seat.number', { number })].join(' · ')),
    h('div', { class: 'small' }, [tier, ...flags.map((flag) => t(`flag.${flag}`))].join(' · ')));
}
