// A raw layout as a flat list of what can be drawn and pointed at. Pure.

const PITCH = 22; // plan units from seat to seat where a layout has too few to tell

const known = new WeakMap(); // section -> its part: sections are never changed in place, and a drag changes one of many

/** {parts: [{seats: [{id, seat, row, section, x, y}], box}], seats: those of all parts, bounds, pitch, boxes} */
export function placesOf(layout) {
  const parts = (layout.sections ?? []).map(partOf);
  const pitch = pitchOf(layout);
  const bounds = boundsOf(layout, parts);
  const boxes = boxesOf(layout, bounds, pitch);
  return { parts, seats: parts.flatMap((part) => part.seats), bounds, pitch, boxes };
}

function partOf(section) {
  if (!known.has(section)) {
    const seats = section.rows.flatMap((row) => row.seats.map((seat) => ({ id: seat.id, seat, row, section, x: seat.x, y: seat.y })));
    const box = nowhere();
    for (const { x, y } of seats) take(box, x, y);
    known.set(section, { seats, box });
  }
  return known.get(section);
}

const nowhere = () => ({ left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity });

function take(box, x, y) {
  box.left = Math.min(box.left, x);
  box.right = Math.max(box.right, x);
  box.top = Math.min(box.top, y);
  box.bottom = Math.max(box.bottom, y);
}

/** Call `each(place)` for the seats within a box of plan points. */
export function eachWithin({ parts }, { left, top, right, bottom }, each) {
  for (const { seats, box } of parts) {
    if (box.right < left || box.left > right || box.bottom < top || box.top > bottom) continue;
    for (const place of seats) if (place.x >= left && place.x <= right && place.y >= top && place.y <= bottom) each(place);
  }
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

function boundsOf(layout, parts) {
  const box = nowhere();
  for (const { box: { left, top, right, bottom }, seats } of parts) if (seats.length) take(box, left, top), take(box, right, bottom);
  for (const area of layout.areas ?? []) {
    if (!area.width || !area.height) continue;
    take(box, area.x ?? 0, area.y ?? 0);
    take(box, (area.x ?? 0) + area.width, (area.y ?? 0) + area.height);
  }
  for (const shape of layout.shapes ?? []) {
    take(box, shape.x, shape.y);
    take(box, shape.x + (shape.width ?? 0), shape.y + (shape.height ?? 0));
    for (const point of shape.points ?? []) take(box, shape.x + point.x, shape.y + point.y);
  }
  return box.left <= box.right ? box : { left: -200, top: -100, right: 200, bottom: 200 };
}
