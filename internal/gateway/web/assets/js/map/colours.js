// The colours of the map: the page's own names for them, read as a canvas needs them, and the layout's for its tiers.

import { isLight, parts, seen } from '../core/colour.js';

const SHAPES = ['circle', 'square', 'diamond', 'hexagon', 'triangle', 'drop', 'pentagon', 'bar'];
const NAMES = ['surface', 'surface-2', 'ink', 'ink-2', 'line', 'line-strong', 'focus', 'seat-mine', 'seat-held', 'seat-sold', 'seat-blocked', 'on-accent'];
const TOKENS = 8; // --tier-1 to --tier-8

/** {names…, tiers: [{colour, shape}]} as the page looks at this moment, light or dark. */
export function colours(element, tiers) {
  const probe = element.appendChild(document.createElement('i'));
  probe.style.setProperty('transition', 'none', 'important'); // else the colour read is still the one before
  const read = (name) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const found = Object.fromEntries(NAMES.map((name) => [name, read(name)]));
  const ground = parts(found.surface);
  found.tiers = tiers.map((tier, at) => ({
    colour: seen(tier.color, ground) ?? read(`tier-${(at % TOKENS) + 1}`),
    shape: SHAPES[at % SHAPES.length],
  }));
  found.onTiers = found.tiers.map(({ colour }) => (isLight(parts(colour)) ? '#1f1a23' : '#ffffff'));
  probe.remove();
  return found;
}
