// The layout of GET /api/showtimes/{id}/page, from its columns (internal/gateway/columns.py says how they are meant) to
// lists with one entry for each place, in the order of `seats.states`: the seats row by row, then the areas' places.

const HUNDREDTHS = 100;

/**
 * {count, seats, ids[], numbers[], x, y (Float32Array), tier (Uint8Array), row (Uint16Array: place in `rows`),
 *  flags (Map place -> names), rows [{id, label, section, from, to}], sections [{id, name, rows, from, to}],
 *  areas [{id, name, capacity, tier, x, y, width, height, from, to}], tiers, shapes, focus, at (Map id -> place)}
 */
export function placesOf(layout) {
  const count = layout.capacity;
  const out = {
    count, hash: layout.hash, ids: new Array(count), numbers: new Array(count), x: new Float32Array(count), y: new Float32Array(count),
    tier: new Uint8Array(count), row: new Uint16Array(count), flags: new Map(), rows: [], sections: [], areas: [],
    tiers: layout.tiers, shapes: layout.shapes, focus: { x: layout.focus[0], y: layout.focus[1] }, at: new Map(),
  };
  let place = 0;
  for (const section of layout.sections) {
    const from = place;
    const first = out.rows.length;
    for (const row of section.rows) place = addRow(out, layout, row, section, place);
    out.sections.push({ id: section.id, name: section.name, rows: out.rows.slice(first), from, to: place });
  }
  out.seats = place;
  for (const area of layout.areas) place = addArea(out, area, place);
  out.ids.forEach((id, at) => out.at.set(id, at));
  return out;
}

function addRow(out, layout, row, section, from) {
  const names = row.suffixes ?? row.numbers;
  let [x, y] = [0, 0];
  row.numbers.forEach((number, i) => {
    const place = from + i;
    x += row.x[i];
    y += row.y[i];
    out.ids[place] = row.prefix + names[i];
    out.numbers[place] = number;
    out.x[place] = x / HUNDREDTHS;
    out.y[place] = y / HUNDREDTHS;
    out.tier[place] = Array.isArray(row.tier) ? row.tier[i] : row.tier;
    out.row[place] = out.rows.length;
  });
  for (const [i, flags] of Object.entries(row.flags ?? {})) {
    out.flags.set(from + Number(i), flags.map((flag) => layout.flags[flag]));
  }
  const to = from + row.numbers.length;
  out.rows.push({ id: row.id, label: row.label, section: section.name, from, to });
  return to;
}

function addArea(out, area, from) {
  const to = from + area.capacity;
  const [x, y, width, height] = [area.x, area.y, area.width ?? 0, area.height ?? 0].map((one) => one / HUNDREDTHS);
  for (let place = from; place < to; place++) {
    out.ids[place] = `${area.id}:${place - from + 1}`;
    out.numbers[place] = '';
    out.x[place] = x;
    out.y[place] = y;
    out.tier[place] = area.tier;
  }
  out.areas.push({ ...area, x, y, width, height, from, to });
  return to;
}
