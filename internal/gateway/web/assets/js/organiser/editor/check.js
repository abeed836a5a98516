// What the seatmap would refuse, said while it is drawn: internal/seatmap/soundness.py is the judge, and this its echo. Pure.

import { countPlaces, FLAGS } from './model.js';

const MOST = { seats: 50_000, row: 500, tiers: 64, shapes: 1_000, flaws: 50 };
const FURTHEST = 1_000_000;
const ID = /^[A-Za-z0-9._:-]{1,64}$/;
// eslint-disable-next-line no-control-regex
const LABEL = /^[^\x00-\x1f\x7f]{1,100}$/;
// eslint-disable-next-line no-control-regex
const TIER = /^[^\x00-\x1f\x7f[\]]{1,64}$/;
const COLOUR = /^(#([0-9a-f]{3}|[0-9a-f]{6})|[a-z]{3,20}|)$/i;

/** [{key, given, what}]: words for it, and what to choose to see it. */
export function flaws(layout) {
  const total = countPlaces(layout);
  if (!total) return [{ key: 'flaw.empty', given: {} }];
  if (total > MOST.seats) return [{ key: 'flaw.many', given: { n: total, most: MOST.seats } }];
  const found = [];
  const say = (key, given = {}, what = null) => found.length < MOST.flaws && found.push({ key: `flaw.${key}`, given, what });
  const tiers = checkTiers(layout, say);
  const ids = new Map();
  if (!LABEL.test(layout.name)) say('name');
  for (const section of layout.sections) checkSection(section, { tiers, ids, say });
  checkAreas(layout, tiers, say);
  if (layout.shapes.length > MOST.shapes) say('shapes', { most: MOST.shapes });
  return found;
}

function checkTiers(layout, say) {
  const seen = new Set();
  for (const { name, color = '' } of layout.tiers) {
    if (!TIER.test(name) || name !== name.trim()) say('tier', { name });
    if (seen.has(name)) say('tier.twice', { name });
    if (!COLOUR.test(color)) say('colour', { name });
    seen.add(name);
  }
  if (layout.tiers.length > MOST.tiers) say('tiers', { most: MOST.tiers });
  return seen;
}

function checkSection(section, { tiers, ids, say }) {
  const what = { kind: 'section', id: section.id };
  const rows = new Set();
  if (!LABEL.test(section.label)) say('label', { name: section.label || section.id }, what);
  if (!section.rows.length) say('rowless', { name: section.label }, what);
  for (const row of section.rows) {
    const where = { section: section.label, row: row.label };
    if (rows.has(row.id)) say('row.twice', where, what);
    rows.add(row.id);
    if (!ID.test(row.id) || !LABEL.test(row.label)) say('row.name', where, what);
    if (!row.seats.length || row.seats.length > MOST.row) say('row.size', { ...where, most: MOST.row }, what);
    for (const seat of row.seats) checkSeat(seat, where, { tiers, ids, say, what });
    lonely(row, where, say, what);
  }
}

function checkSeat(seat, where, { tiers, ids, say, what }) {
  const given = { ...where, seat: seat.label };
  if (!ID.test(seat.id)) say('seat.id', given, what);
  if (ids.has(seat.id)) say('seat.twice', given, what);
  ids.set(seat.id, where);
  if (!LABEL.test(seat.label)) say('seat.name', given, what);
  if (!tiers.has(seat.tier)) say('seat.tier', { ...given, tier: seat.tier }, what);
  if (![seat.x, seat.y].every((one) => Math.abs(one) <= FURTHEST)) say('far', { name: where.section }, what);
  const flags = seat.flags ?? [];
  if (flags.some((one) => !FLAGS.includes(one)) || (flags.includes('accessible') && flags.includes('companion'))) say('seat.flags', given, what);
}

/** A companion seat has an accessible one beside it, or only companions between. */
function lonely(row, where, say, what) {
  const is = (seat, flag) => seat?.flags?.includes(flag);
  row.seats.forEach((seat, at) => {
    if (!is(seat, 'companion')) return;
    const reaches = (step) => {
      let next = at + step;
      while (is(row.seats[next], 'companion')) next += step;
      return is(row.seats[next], 'accessible');
    };
    if (!reaches(1) && !reaches(-1)) say('companion', { ...where, seat: seat.label }, what);
  });
}

function checkAreas(layout, tiers, say) {
  const seen = new Set();
  for (const one of [...layout.sections, ...layout.areas]) {
    if (seen.has(one.id)) say('id.twice', { name: one.label });
    if (!ID.test(one.id)) say('id', { name: one.label });
    seen.add(one.id);
  }
  for (const area of layout.areas) {
    const what = { kind: 'area', id: area.id };
    if (!LABEL.test(area.label)) say('label', { name: area.label || area.id }, what);
    if (!tiers.has(area.tier)) say('area.tier', { name: area.label }, what);
    if (!Number.isInteger(area.capacity) || area.capacity < 1 || area.capacity > MOST.seats) say('capacity', { name: area.label, most: MOST.seats }, what);
    if (![area.x, area.y, area.width, area.height].every((one) => Math.abs(one ?? 0) <= FURTHEST)) say('far', { name: area.label }, what);
  }
}
