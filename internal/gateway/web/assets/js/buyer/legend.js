// What the marks on the map mean: tiers with their prices, and the states of seats.

import { onColours } from '../core/colour.js';
import { h, replace, svg } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { colours } from '../map/colours.js';
import { mark } from '../map/scenery.js';
import { priced } from './words.js';

export function legend(hall) {
  const tiers = h('ul', { class: 'legend', aria: { label: t('legend') } });
  const ended = new AbortController();
  const draw = () => {
    if (!tiers.isConnected && tiers.childElementCount) return ended.abort();
    const found = colours(tiers.isConnected ? tiers : document.body, hall.tiers);
    replace(tiers, hall.tiers.map((tier, at) => hall.prices[at] !== null &&
      h('li', {}, mark(found.tiers[at]), h('span', {}, tier.name, ' ', h('span', { class: 'num muted' }, priced(hall, hall.prices[at]))))), states(found, hall));
  };
  onColours(draw, ended.signal);
  draw();
  return tiers;
}

function states(found, hall) {
  const dot = (key, draw) => h('li', {}, svg('svg', { viewBox: '0 0 20 20', class: 'mark', aria: { hidden: 'true' } }, draw), t(key));
  const wheelchair = [...hall.flags.values()].some((flags) => flags.includes('accessible'));
  return [
    dot('legend.mine', [svg('circle', { cx: 10, cy: 10, r: 9, style: { fill: found['seat-mine'] } }), svg('path', { d: 'M6 10.2 9 13.4 14.2 7', style: { fill: 'none', stroke: found.surface, 'stroke-width': '2' } })]),
    dot('legend.held', svg('circle', { cx: 10, cy: 10, r: 6, style: { fill: 'none', stroke: found['seat-held'], 'stroke-width': '3' } })),
    dot('legend.sold', svg('circle', { cx: 10, cy: 10, r: 5, style: { fill: found['seat-sold'] } })),
    wheelchair && h('li', {}, h('span', { class: 'mark', aria: { hidden: 'true' } }, '♿︎'), t('flag.accessible')),
  ];
}
