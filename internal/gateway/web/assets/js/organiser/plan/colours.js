// The page's colours as a canvas needs them: by name, resolved for light or dark, and told when they change.

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

const VISIBLE = 3; // to 1: WCAG's contrast for what is no text
const GREY = 24; // of 255 between a colour's parts below which it is none: greys mean sold and blocked

function seen(colour, ground) {
  if (!/^#[0-9a-f]{6}$/i.test(colour ?? '')) return null;
  let own = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  if (Math.max(...own) - Math.min(...own) < GREY) return null;
  const towards = luminance(ground) > 0.4 ? 0 : 255;
  for (let step = 0; step < 20 && contrast(own, ground) < VISIBLE; step++) own = own.map((one) => one + (towards - one) * 0.1);
  return `rgb(${own.map(Math.round).join(', ')})`;
}

/** A colour between two, `share` of the way. */
export function mixed(from, to, share) {
  const [a, b] = [parts(from), parts(to)];
  return `rgb(${a.map((one, at) => Math.round(one + (b[at] - one) * share)).join(', ')})`;
}

const parts = (colour) => (colour.match(/[\d.]+/g) ?? [0, 0, 0]).slice(0, 3).map(Number);

function luminance(rgb) {
  const [r, g, b] = rgb.map((one) => (one / 255 <= 0.03928 ? one / 255 / 12.92 : ((one / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a, b) {
  const [high, low] = [luminance(a), luminance(b)].sort((one, other) => other - one);
  return (high + 0.05) / (low + 0.05);
}

export function onTheme(listener, signal) {
  const watch = new MutationObserver(listener);
  watch.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', listener, { signal });
  signal.addEventListener('abort', () => watch.disconnect());
}
