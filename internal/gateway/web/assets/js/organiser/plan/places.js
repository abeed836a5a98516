// A raw layout as a flat list of what can be drawn and pointed at. Pure.

const PITCH = 22; // plan units from seat to seat where a layout has too few to tell

/** {seats: [{id, seat, row, section, x, y}], rows, bounds, pitch} */
export function placesOf(layout) {
  const seats = [];
  for (const section of layout.sections ?? []) {
    for (const row of section.rows) for (const seat of row.seats) seats.push({ id: seat.id, seat, row, section, x: seat.x, y: seat.y });
  }
  const pitch = pitchOf(layout);
  const bounds = boundsOf(layout, seats);
  const boxes = boxesOf(layout, bounds, pitch);
  return { seats, bounds, pitch, boxes };
}

/** How far neighbours sit from each other, most of the time. */
export function pitchOf(layout) {
  const found = [];
  for (const section of layout.sections ?? []) {
    for (const row of section.rows) {
      const [a, b] = row.seats;
      if (b) found.push(Math.hypot(b.x - a.x, b.y - a.y));
    }
  }
  found.sort((a, b) => a - b);
  return found[Math.floor(found.length / 2)] || PITCH;
}

/** Area id -> its box; areas that nobody drew stand below everything else, side by side. */
function boxesOf({ areas = [] }, bounds, pitch) {
  const [width, height, top] = [pitch * 9, pitch * 4, bounds.bottom + pitch * 1.5];
  let left = bounds.left;
  return new Map(areas.map((area) => {
    if (area.width && area.height) return [area.id, { x: area.x ?? 0, y: area.y ?? 0, width: area.width, height: area.height }];
    const box = { x: left, y: top, width, height };
    left += width + pitch;
    bounds.bottom = Math.max(bounds.bottom, top + height);
    bounds.right = Math.max(bounds.right, box.x + width);
    return [area.id, box];
  }));
}

function boundsOf(layout, seats) {
  const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  const take = (x, y) => {
    box.left = Math.min(box.left, x);
    box.right = Math.max(box.right, x);
    box.top = Math.min(box.top, y);
    box.bottom = Math.max(box.bottom, y);
  };
  for (const { x, y } of seats) take(x, y);
  for (const area of layout.areas ?? []) {
    if (!area.width || !area.height) continue;
    take(area.x ?? 0, area.y ?? 0);
    take((area.x ?? 0) + area.width, (area.y ?? 0) + area.height);
  }
  for (const shape of layout.shapes ?? []) {
    take(shape.x, shape.y);
    take(shape.x + (shape.width ?? 0), shape.y + (shape.height ?? 0));
    for (const point of shape.points ?? []) take(shape.x + point.x, shape.y + point.y);
  }
  return box.left <= box.right ? box : { left: -200, top: -100, right: 200, bottom: 200 };
}
