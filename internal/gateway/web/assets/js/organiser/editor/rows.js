// Where the seats of a section stand: rows by seats, spacing, curve, angle, and how they are numbered. Pure.
//
// A section is arranged about the middle of its front row, at x, y. Straight rows stand one behind the other; curved ones
// are arcs about one centre, so that the front row spans `curve` degrees. `termsOf` reads the same terms off any section.

export const NUMBERINGS = ['left', 'right', 'centre', 'keep'];
const SEAT_GAP = 22;
const ROW_GAP = 30;

/** Fresh terms for a section that is not there yet. */
export const usualTerms = () => ({ rows: 10, seats: 20, seatGap: SEAT_GAP, rowGap: ROW_GAP, curve: 0, angle: 0, x: 0, y: 40, numbering: 'left', start: 1, firstRow: 'A' });

/** The section with these terms; whatever seats it has keep their tier and flags, and with 'keep' their names. */
export function arranged(section, terms, tier = section.rows[0]?.seats[0]?.tier) {
  const widest = Math.max(...section.rows.map((row) => row.seats.length), terms.seats ?? 0, 1);
  const names = terms.numbering === 'keep' ? null : rowNames(terms.firstRow, terms.rows);
  const rows = [];
  for (let at = 0; at < terms.rows; at++) {
    const old = section.rows[at];
    const count = terms.seats ?? old?.seats.length ?? widest;
    const label = names?.[at] ?? old?.label ?? nextName(rows.at(-1)?.label);
    rows.push(rowOf(section, old, { at, count, label, tier, terms, widest: Math.max(widest, count) }));
  }
  return { ...section, rows };
}

function rowOf(section, old, { at, count, label, tier, terms, widest }) {
  const spots = rowSpots(terms, at, count, widest);
  const keeps = terms.numbering === 'keep';
  const labels = numbers(keeps ? 'left' : terms.numbering, terms.start, count);
  const seats = spots.map(([x, y], i) => {
    const was = old?.seats[i];
    const number = keeps && was ? was.label : keeps && old ? unused(old, i) : labels[i];
    const id = keeps && was ? was.id : `${section.id}-${plain(label)}${plain(number)}`;
    return { ...(was ?? { tier: old?.seats.at(-1)?.tier ?? tier }), id, label: number, x, y };
  });
  return { id: keeps && old ? old.id : plain(label), label, seats };
}

const unused = (old, i) => {
  const highest = Math.max(0, ...old.seats.map((seat) => Number(seat.label)).filter(Number.isFinite));
  return String(highest + i - old.seats.length + 1);
};

const plain = (text) => text.replace(/[^A-Za-z0-9._-]/g, '') || 'x';

/** [[x, y]] of a row's seats. */
function rowSpots({ seatGap, rowGap, curve, angle, x, y }, at, count, widest) {
  const [cos, sin] = [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)];
  const bend = (Math.abs(curve) * Math.PI) / 180;
  const radius = bend ? ((widest - 1 || 1) * seatGap) / bend : 0;
  return Array.from({ length: count }, (_, i) => {
    const along = (i - (count - 1) / 2) * seatGap;
    let [u, v] = [along, at * rowGap];
    if (bend) {
      const own = curve > 0 ? radius + at * rowGap : Math.max(seatGap, radius - at * rowGap);
      const turn = along / own;
      [u, v] = curve > 0 ? [own * Math.sin(turn), own * Math.cos(turn) - radius] : [own * Math.sin(turn), radius - own * Math.cos(turn)];
      // seats at the ends of a curved row come towards the stage, or away from it
    }
    return [round(x + u * cos - v * sin), round(y + u * sin + v * cos)];
  });
}

/** The terms that such a section was, or could have been, made with; `seats` null where rows differ. */
export function termsOf(section) {
  const rows = section.rows.filter((row) => row.seats.length);
  const front = rows[0]?.seats ?? [];
  const counts = rows.map((row) => row.seats.length);
  const [first, last] = [front[0] ?? { x: 0, y: 0 }, front.at(-1) ?? { x: 1, y: 0 }];
  const direction = front.length > 1 ? Math.atan2(last.y - first.y, last.x - first.x) : 0;
  const step = stepOf(front);
  const middle = mid(front, step, direction);
  const back = mid(rows.at(-1)?.seats ?? [], step, direction);
  const deep = (back.y - middle.y) * Math.cos(direction) - (back.x - middle.x) * Math.sin(direction);
  return {
    rows: rows.length, seats: counts.every((one) => one === counts[0]) ? (counts[0] ?? 0) : null,
    seatGap: round(gap(front) * arcOf(step)) || SEAT_GAP, rowGap: round(rows.length > 1 ? Math.abs(deep) / (rows.length - 1) : ROW_GAP) || ROW_GAP,
    curve: round((step * (Math.max(...counts, 1) - 1) * 180) / Math.PI), angle: round((direction * 180) / Math.PI), x: round(middle.x), y: round(middle.y),
    numbering: 'keep', start: 1, firstRow: rows[0]?.label ?? 'A',
  };
}

/** Where the middle of the row is: between its two middle seats, on the arc and not on its chord. */
function mid(seats, step, direction) {
  if (!seats.length) return { x: 0, y: 0 };
  const [a, b] = [seats[Math.floor((seats.length - 1) / 2)], seats[Math.ceil((seats.length - 1) / 2)]];
  const off = (Math.hypot(b.x - a.x, b.y - a.y) / 2) * Math.tan(step / 4);
  return { x: (a.x + b.x) / 2 - off * Math.sin(direction), y: (a.y + b.y) / 2 + off * Math.cos(direction) };
}

/** How much longer the arc between two seats is than the way straight across. */
const arcOf = (step) => (Math.abs(step) < 1e-6 ? 1 : step / 2 / Math.sin(step / 2));

function gap(seats) {
  if (seats.length < 2) return SEAT_GAP;
  let sum = 0;
  for (let i = 1; i < seats.length; i++) sum += Math.hypot(seats[i].x - seats[i - 1].x, seats[i].y - seats[i - 1].y);
  return sum / (seats.length - 1);
}

const STRAIGHT = 0.0005; // radians from seat to seat that rounding to hundredths can make

/** By how much the row turns from each seat to the next, in radians. */
function stepOf(front) {
  if (front.length < 3) return 0;
  const heading = (a, b) => Math.atan2(b.y - a.y, b.x - a.x);
  const turn = heading(front[0], front[1]) - heading(front.at(-2), front.at(-1));
  const step = Math.atan2(Math.sin(turn), Math.cos(turn)) / (front.length - 2);
  return Math.abs(step) < STRAIGHT ? 0 : step;
}

/** Seat names from left to right, as somebody sees them who looks at the stage from the plan's foot. */
function numbers(numbering, start, count) {
  if (numbering === 'right') return Array.from({ length: count }, (_, i) => String(start + count - 1 - i));
  if (numbering === 'centre') { // …5 3 1 2 4 6…
    const half = Math.ceil(count / 2);
    return Array.from({ length: count }, (_, i) => String(i < half ? 2 * (half - i) - 1 : 2 * (i - half + 1)));
  }
  return Array.from({ length: count }, (_, i) => String(start + i));
}

/** Names of rows from the first one on: letters go on after Z with AA, numbers count. */
function rowNames(first, count) {
  const names = [first || 'A'];
  while (names.length < count) names.push(nextName(names.at(-1)));
  return names;
}

function nextName(name) {
  if (name === undefined) return 'A';
  if (/^\d+$/.test(name)) return String(Number(name) + 1);
  if (!/^[A-Z]+$/.test(name)) return `${name}'`;
  let number = [...name].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) + 1;
  let next = '';
  for (; number; number = Math.floor((number - 1) / 26)) next = String.fromCharCode(65 + ((number - 1) % 26)) + next;
  return next;
}

const round = (number) => Math.round(number * 100) / 100 + 0;
