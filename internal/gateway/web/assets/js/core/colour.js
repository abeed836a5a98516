// A tier's own colour on the page's ground, and word of the page turning dark or light.

const VISIBLE = 3; // to 1: WCAG's contrast for what is no text
const GREY = 24; // of 255 between a colour's parts below which it is none: black, white and grey mean other things here

/** Red, green and blue of a colour as the browser computes it: rgb(1, 2, 3). */
export const parts = (colour) => (colour.match(/[\d.]+/g) ?? [0, 0, 0]).slice(0, 3).map(Number);

/** The tier's own colour, made darker or lighter until it is seen on this ground; null where it has none. */
export function seen(colour, ground) {
  if (!/^#[0-9a-f]{6}$/i.test(colour ?? '')) return null;
  let own = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  if (Math.max(...own) - Math.min(...own) < GREY) return null;
  const towards = isLight(ground) ? 0 : 255;
  for (let step = 0; step < 20 && contrast(own, ground) < VISIBLE; step++) own = own.map((one) => one + (towards - one) * 0.1);
  return `rgb(${own.map(Math.round).join(', ')})`;
}

export const isLight = (rgb) => luminance(rgb) > 0.4;

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
