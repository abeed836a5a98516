// The colours of the map: the page's own names for them, read as a canvas needs them, and the layout's for its tiers.

const SHAPES = ['circle', 'square', 'diamond', 'hexagon', 'triangle', 'drop', 'pentagon', 'bar'];
const NAMES = ['surface', 'surface-2', 'ink', 'ink-2', 'line', 'line-strong', 'focus', 'seat-mine', 'seat-held', 'seat-sold', 'seat-blocked', 'on-accent'];
const TOKENS = 8; // --tier-1 to --tier-8
const VISIBLE = 3; // to 1: WCAG's contrast for what is no text

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
  found.onTiers = found.tiers.map(({ colour }) => (luminance(parts(colour)) > 0.4 ? '#1f1a23' : '#ffffff'));
  probe.remove();
  return found;
}

/** The tier's own colour, made darker or lighter until it is seen on this ground; null where it has none. */
function seen(colour, ground) {
  if (!/^#[0-9a-f]{6}$/i.test(colour ?? '')) return null;
  let own = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  if (Math.max(...own) - Math.min(...own) < 24) return null; // black, white and grey mean other things here
  const towards = luminance(ground) > 0.4 ? 0 : 255;
  for (let step = 0; step < 20 && contrast(own, ground) < VISIBLE; step++) own = own.map((one) => one + (towards - one) * 0.1);
  return `rgb(${own.map(Math.round).join(', ')})`;
}

const parts = (colour) => (colour.match(/[\d.]+/g) ?? [0, 0, 0]).slice(0, 3).map(Number);

function luminance(rgb) {
  const [r, g, b] = rgb.map((one) => (one / 255 <= 0.03928 ? one / 255 / 12.92 : ((one / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a, b) {
  const [light, dark] = [luminance(a), luminance(b)].sort((one, other) => other - one);
  return (light + 0.05) / (dark + 0.05);
}

/** Call back when the page turns dark or light; `signal` ends it. */
export function onColours(listener, signal) {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', listener, { signal });
  const watch = new MutationObserver(listener);
  watch.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  signal.addEventListener('abort', () => watch.disconnect());
}
