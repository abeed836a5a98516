// A drawing as the buyers' page gets it from the server (internal/gateway/columns.py), so that they are shown by the same
// map. Pure.

const hundredths = (number) => Math.round(number * 100);

/** What `hallOf` takes, of a layout that is complete; nothing of it has a price. */
export function pageOf(layout) {
  const tiers = new Map(layout.tiers.map((tier, at) => [tier.name, at]));
  const flags = [...new Set(layout.sections.flatMap((section) => section.rows.flatMap((row) => row.seats.flatMap((seat) => seat.flags ?? []))))];
  const rowOf = (row) => ({
    id: row.id, label: row.label, prefix: '', suffixes: row.seats.map((seat) => seat.id), numbers: row.seats.map((seat) => seat.label),
    x: steps(row.seats.map((seat) => hundredths(seat.x))), y: steps(row.seats.map((seat) => hundredths(seat.y))), tier: row.seats.map((seat) => tiers.get(seat.tier) ?? 0),
    flags: Object.fromEntries(row.seats.flatMap((seat, at) => (seat.flags?.length ? [[at, seat.flags.map((flag) => flags.indexOf(flag))]] : []))),
  });
  const seats = layout.sections.reduce((sum, section) => sum + section.rows.reduce((some, row) => some + row.seats.length, 0), 0);
  return {
    layout: {
      hash: '', capacity: seats + layout.areas.reduce((sum, area) => sum + area.capacity, 0), tiers: layout.tiers, flags, shapes: layout.shapes, focus: [layout.focus.x, layout.focus.y],
      sections: layout.sections.map((section) => ({ id: section.id, name: section.label, rows: section.rows.map(rowOf) })),
      areas: layout.areas.map((area) => areaOf(area, tiers)),
    },
    prices: [], showtime: { currency: 'TRY' },
  };
}

function areaOf(area, tiers) {
  const { x = 0, y = 0, width = 0, height = 0 } = area;
  return {
    id: area.id, name: area.label, capacity: area.capacity, tier: tiers.get(area.tier) ?? 0,
    x: hundredths(x + width / 2), y: hundredths(y + height / 2), width: hundredths(width), height: hundredths(height),
  };
}

const steps = (numbers) => numbers.map((one, at) => one - (numbers[at - 1] ?? 0));
