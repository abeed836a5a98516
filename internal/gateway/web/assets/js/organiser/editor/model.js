// What a drawing can become: every change takes a layout and gives another one; nothing is changed in place. Pure.

import { arranged, termsOf } from './rows.js';

export const FLAGS = ['accessible', 'companion', 'hearingImpaired', 'liftUpArmrests', 'plusSize', 'restrictedView', 'semiAmbulatory', 'signLanguage'];

/** An empty venue: a stage, and one tier to begin with. */
export const blank = (name, tier, stage) => ({
  name, tiers: [{ name: tier, color: '#8c1c4a' }], sections: [], areas: [], focus: { x: 0, y: 0 },
  shapes: [{ kind: 'rectangle', x: -150, y: -90, width: 300, height: 50, text: stage, color: '#333333' }],
});

/** As the interface gives it, with what it leaves out because it is the default. */
export const complete = (layout) => ({ sections: [], areas: [], shapes: [], focus: { x: 0, y: 0 }, ...layout });

export const allSeats = (layout) => layout.sections.flatMap((section) => section.rows.flatMap((row) => row.seats));

export const countPlaces = (layout) => {
  const seats = layout.sections.reduce((sum, section) => sum + section.rows.reduce((some, row) => some + row.seats.length, 0), 0);
  return seats + layout.areas.reduce((sum, area) => sum + area.capacity, 0);
};

const counted = new WeakMap(); // section -> its counts: of many sections one was changed

/** Tier -> how many places are in it. */
export function countTiers(layout) {
  const counts = new Map();
  const add = (tier, n) => counts.set(tier, (counts.get(tier) ?? 0) + n);
  for (const section of layout.sections) for (const [tier, n] of tiersOf(section)) add(tier, n);
  for (const area of layout.areas) add(area.tier, area.capacity);
  return counts;
}

function tiersOf(section) {
  if (!counted.has(section)) {
    const counts = new Map();
    for (const row of section.rows) for (const { tier } of row.seats) counts.set(tier, (counts.get(tier) ?? 0) + 1);
    counted.set(section, counts);
  }
  return counted.get(section);
}

/** An id that nothing of the layout has, from what people call it. */
function newId(layout, label) {
  const plain = label.normalize('NFD').replace(/\p{M}/gu, '').replaceAll('ı', 'i').toLowerCase().replace(/[^a-z0-9._-]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 40) || 'section';
  const taken = new Set([...layout.sections, ...layout.areas].map((one) => one.id));
  let found = plain;
  for (let at = 2; taken.has(found); at++) found = `${plain}-${at}`;
  return found;
}

export function addSection(layout, { label, tier, ...terms }) {
  const section = arranged({ id: newId(layout, label), label, rows: [] }, terms, tier);
  return { layout: { ...layout, sections: [...layout.sections, section] }, id: section.id };
}

export function addArea(layout, { label, capacity, tier, x, y, width, height }) {
  const area = { id: newId(layout, label), label, capacity, tier, x, y, width, height };
  return { layout: { ...layout, areas: [...layout.areas, area] }, id: area.id };
}

export const addShape = (layout, shape) => ({ ...layout, shapes: [...layout.shapes, shape] });

/** `what` is {kind: 'section' | 'area', id} or {kind: 'shape', index}. */
export function found(layout, what) {
  if (what?.kind === 'shape') return layout.shapes[what.index] ?? null;
  return layout[what?.kind === 'area' ? 'areas' : 'sections'].find((one) => one.id === what?.id) ?? null;
}

export function changed(layout, what, change) {
  const list = { section: 'sections', area: 'areas', shape: 'shapes' }[what.kind];
  return { ...layout, [list]: layout[list].map((one, at) => (what.kind === 'shape' ? at === what.index : one.id === what.id) ? change(one) : one) };
}

export function without(layout, what) {
  const list = { section: 'sections', area: 'areas', shape: 'shapes' }[what.kind];
  return { ...layout, [list]: layout[list].filter((one, at) => (what.kind === 'shape' ? at !== what.index : one.id !== what.id)) };
}

export function moved(layout, what, dx, dy) {
  const at = (one) => ({ ...one, x: tidy(one.x + dx), y: tidy(one.y + dy) });
  return changed(layout, what, (one) => (what.kind === 'section' ? eachSeat(one, at) : at({ x: 0, y: 0, ...one })));
}

/** Turned about the middle of its front row. */
export function turned(layout, what, degrees) {
  return changed(layout, what, (section) => {
    const { x, y } = termsOf(section);
    const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
    return eachSeat(section, (seat) => ({
      ...seat, x: tidy(x + (seat.x - x) * cos - (seat.y - y) * sin), y: tidy(y + (seat.x - x) * sin + (seat.y - y) * cos),
    }));
  });
}

export const reshaped = (layout, what, terms) => changed(layout, what, (section) => arranged(section, terms));

/** These seats in another tier. */
export const inTier = (layout, ids, tier) => eachOf(layout, ids, (seat) => (seat.tier === tier ? seat : { ...seat, tier }));

/** These seats with the flag, or without it; accessible and companion are one or the other. */
export function flagged(layout, ids, flag, on) {
  const other = { accessible: 'companion', companion: 'accessible' }[flag];
  return eachOf(layout, ids, (seat) => {
    const flags = (seat.flags ?? []).filter((one) => one !== flag && !(on && one === other));
    const { flags: _, ...rest } = seat;
    const now = on ? [...flags, flag].sort() : flags;
    return now.length ? { ...rest, flags: now } : rest;
  });
}

/** Without these seats, and without what has become empty. */
export function withoutSeats(layout, ids) {
  const sections = layout.sections.map((section) => ({
    ...section, rows: section.rows.map((row) => ({ ...row, seats: row.seats.filter((seat) => !ids.has(seat.id)) })).filter((row) => row.seats.length),
  }));
  return { ...layout, sections: sections.filter((section) => section.rows.length) };
}

export function renamedTier(layout, from, tier) {
  const same = (one) => (one.tier === from ? { ...one, tier: tier.name } : one);
  return {
    ...layout, tiers: layout.tiers.map((one) => (one.name === from ? tier : one)),
    sections: from === tier.name ? layout.sections : layout.sections.map((section) => eachSeat(section, same)), areas: layout.areas.map(same),
  };
}

const eachSeat = (section, change) => ({ ...section, rows: section.rows.map((row) => ({ ...row, seats: row.seats.map(change) })) });

function eachOf(layout, ids, change) {
  const sections = layout.sections.map((section) =>
    section.rows.some((row) => row.seats.some((seat) => ids.has(seat.id))) ? eachSeat(section, (seat) => (ids.has(seat.id) ? change(seat) : seat)) : section);
  return { ...layout, sections };
}

export const tidy = (number) => Math.round(number * 100) / 100 + 0;
