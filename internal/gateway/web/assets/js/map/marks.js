// The outlines of seats: one shape for each tier, so that no tier is known by its colour alone. Paths only; the painter
// fills many of them at once.

const TURN = 2 * Math.PI;
const CORNERS = { diamond: [4, 0], hexagon: [6, 0], triangle: [3, -0.25], pentagon: [5, -0.25] };

/** Add one seat around (x, y) with this half width to the path. */
export function outline(path, shape, x, y, r) {
  if (shape === 'circle') {
    path.moveTo(x + r, y);
    path.arc(x, y, r, 0, TURN);
  } else if (shape === 'square') {
    path.rect(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8);
  } else if (shape === 'bar') {
    path.rect(x - r, y - r * 0.6, r * 2, r * 1.2);
  } else if (shape === 'drop') {
    path.moveTo(x, y - r);
    path.arc(x, y + r * 0.15, r * 0.85, -0.2 * Math.PI, 1.2 * Math.PI);
    path.closePath();
  } else {
    corners(path, ...CORNERS[shape], x, y, r * 1.1);
  }
}

function corners(path, count, turned, x, y, r) {
  for (let at = 0; at < count; at++) {
    const angle = (turned + at / count) * TURN;
    const [px, py] = [x + r * Math.cos(angle), y + r * Math.sin(angle)];
    if (at) path.lineTo(px, py);
    else path.moveTo(px, py);
  }
  path.closePath();
}

/** Somebody in a wheelchair, within a circle of this half width. */
export function wheelchair(path, x, y, r) {
  const u = r / 10;
  path.moveTo(x - 1 * u + 1.6 * u, y - 6 * u);
  path.arc(x - 1 * u, y - 6 * u, 1.6 * u, 0, TURN);
  path.moveTo(x - 1 * u, y - 3.6 * u);
  path.lineTo(x - 1 * u, y + 1 * u);
  path.lineTo(x + 3.6 * u, y + 1 * u);
  path.lineTo(x + 5 * u, y + 6 * u);
  path.moveTo(x - 1 * u, y - 1.4 * u);
  path.lineTo(x + 2.8 * u, y - 1.4 * u);
  path.moveTo(x - 2.4 * u, y - 0.6 * u);
  path.arc(x - 0.8 * u, y + 3 * u, 4 * u, 1.37 * Math.PI, 0.22 * Math.PI, true);
}

/** That a seat is the buyer's. */
export function tick(path, x, y, r) {
  path.moveTo(x - r * 0.42, y + r * 0.02);
  path.lineTo(x - r * 0.1, y + r * 0.36);
  path.lineTo(x + r * 0.46, y - r * 0.34);
}
