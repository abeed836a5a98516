// Seats: a kind of seat is drawn once, small, and then stamped, for 50,000 of them as paths take seconds to fill.

const PLAIN = 6; // px from seat to seat below which a seat is a square
const SHARE = 0.84; // of the way to the next seat that a seat fills
const [OUTLINED, CHOSEN] = [1, 2];

/** Draw these places; gives those that have a mark. Leaves the context's transform as it was. */
export function stamp(context, plan, places) {
  const { camera, ratio } = plan;
  const pitch = plan.places.pitch * camera.scale;
  const size = pitch * SHARE * ratio; // in the canvas's own pixels, as all that follows
  const [scale, left, top] = [camera.scale * ratio, camera.x * ratio, camera.y * ratio];
  const { kinds, marked } = sorted(plan, places);
  context.save();
  context.setTransform(1, 0, 0, 1, 0, 0);
  for (const chosen of [0, CHOSEN]) { // what is chosen lies above the rest
    for (const [colour, lists] of kinds) {
      for (const kind of [chosen, chosen | OUTLINED]) {
        if (!lists[kind]?.length) continue;
        if (pitch < PLAIN) squares(context, plan, lists[kind], { colour, kind, size, scale, left, top });
        else pictures(context, plan, lists[kind], { colour, kind, size, scale, left, top });
      }
    }
  }
  context.restore();
  return marked;
}

/** Colour -> lists of places by their kind. */
function sorted(plan, places) {
  const { look } = plan;
  const [kinds, marked] = [new Map(), []];
  for (const place of places) {
    const colour = look.fill(place, plan);
    let lists = kinds.get(colour);
    if (!lists) kinds.set(colour, (lists = [[], [], [], []]));
    lists[(look.outlined?.(place) ? OUTLINED : 0) | (look.chosen?.(place) ? CHOSEN : 0)].push(place);
    if (place.seat.flags?.length || look.mark?.(place)) marked.push(place);
  }
  return { kinds, marked };
}

function squares(context, plan, places, { colour, kind, size, scale, left, top }) {
  const rings = [[kind & CHOSEN && 'focus', size + 3], [kind & OUTLINED && 'line-strong', size]];
  const fill = (style, side) => {
    context.fillStyle = style;
    for (const { x, y } of places) context.fillRect(x * scale + left - side / 2, y * scale + top - side / 2, side, side);
  };
  for (const [name, side] of rings) if (name) fill(plan.read(name), side);
  fill(colour, kind & OUTLINED ? Math.max(0, size - 2) : size);
}

function pictures(context, plan, places, { colour, kind, size, scale, left, top }) {
  const name = `${colour} ${kind} ${size}`;
  if (!plan.stamps.has(name)) {
    if (plan.stamps.size > 100) plan.stamps.clear(); // those of other sizes
    plan.stamps.set(name, picture(plan, colour, kind, size));
  }
  const made = plan.stamps.get(name);
  const half = made.width / 2;
  for (const { x, y } of places) context.drawImage(made, Math.round(x * scale + left - half), Math.round(y * scale + top - half));
}

function picture({ read, ratio }, colour, kind, size) {
  const radius = size / 2;
  const ring = Math.max(radius * 0.22, 1.5 * ratio);
  const side = 2 * Math.ceil(radius * 1.12 + ring + 1);
  const canvas = Object.assign(document.createElement('canvas'), { width: side, height: side });
  const context = canvas.getContext('2d');
  const circle = (around) => (context.beginPath(), context.arc(side / 2, side / 2, around, 0, Math.PI * 2));
  circle(radius);
  context.fillStyle = colour;
  context.fill();
  if (kind & OUTLINED) [context.strokeStyle, context.lineWidth] = [read('line-strong'), ratio], context.stroke();
  if (kind & CHOSEN) [context.strokeStyle, context.lineWidth] = [read('focus'), ring], circle(radius * 1.12), context.stroke();
  return canvas;
}
