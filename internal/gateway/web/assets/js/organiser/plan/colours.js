// The page's colours as a canvas needs them: by name, resolved for light or dark.

import { parts, seen } from '../../core/colour.js';

const TIERS = 8;

/** `colours('ink')` is what --ink is at this moment, as rgb(). */
export function colours() {
  const probe = document.createElement('span');
  probe.hidden = true;
  document.body.append(probe);
  const known = new Map();
  const read = (name) => {
    if (!known.has(name)) {
      probe.style.color = `var(--${name})`;
      known.set(name, getComputedStyle(probe).color);
    }
    return known.get(name);
  };
  return Object.assign(read, { end: () => probe.remove() });
}

/** Tier name -> colour: the layout's own, made dark or light enough for this ground, else the page's in turn. */
export function tierColours(tiers, read) {
  const ground = parts(read('surface'));
  return new Map(tiers.map((tier, at) => [tier.name, seen(tier.color, ground) ?? read(`tier-${(at % TIERS) + 1}`)]));
}

/** A colour between two, `share` of the way. */
export function mixed(from, to, share) {
  const [a, b] = [parts(from), parts(to)];
  return `rgb(${a.map((one, at) => Math.round(one + (b[at] - one) * share)).join(', ')})`;
}
