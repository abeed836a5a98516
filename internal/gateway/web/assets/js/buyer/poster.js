// A poster for every event, drawn from its id: rows of seats round a stage, in one of eight colours. Pictures of other
// hosts are not loaded: who visits us is nobody else's business.

import { svg } from '../core/dom.js';

const ROWS = 5;

export function poster(id, more = '') {
  const seed = [...id].reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) >>> 0, 7);
  const [x, spread] = [20 + (seed % 61), 0.32 + ((seed >> 8) % 5) * 0.05];
  const seats = [...Array(ROWS)].flatMap((_, row) => arc(x, 34 + row * 15, 9 + row * 3, spread, (seed >> row) % 4));
  return svg('svg', { class: `poster tone-${(seed % 8) + 1} ${more}`, viewBox: '0 0 100 56', preserveAspectRatio: 'xMidYMid slice', aria: { hidden: 'true' } },
    svg('rect', { width: 100, height: 56, class: 'ground' }),
    svg('circle', { cx: x, cy: 66, r: 20, class: 'stage' }), seats);
}

/** One row; a few of its seats are lit. */
function arc(x, radius, seats, spread, lit) {
  return [...Array(seats)].map((_, at) => {
    const angle = Math.PI * (0.5 + spread * 2 * (at / (seats - 1) - 0.5) * 1.6);
    const [cx, cy] = [x + radius * Math.cos(angle), 66 - radius * Math.sin(angle)];
    const bright = at % 7 === lit + 1;
    return svg('circle', { cx: cx.toFixed(1), cy: cy.toFixed(1), r: 2.1, class: bright ? 'lit' : 'seat' });
  });
}
