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

/** Tier name -> colour: the layout's own where it has one, else the page's in turn. */
export function tierColours(tiers, read) {
  return new Map(tiers.map((tier, at) => [tier.name, tier.color || read(`tier-${(at % TIERS) + 1}`)]));
}

export function onTheme(listener, signal) {
  const watch = new MutationObserver(listener);
  watch.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', listener, { signal });
  signal.addEventListener('abort', () => watch.disconnect());
}
