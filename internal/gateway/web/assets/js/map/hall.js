// A hall as the map needs it: the layout's places, the middle of each section, a box for each standing area, prices.

import { placesOf } from '../core/layout.js';
import { boundsOf, pitchOf } from './grid.js';

/** Of GET /api/showtimes/{id}/page. */
export function hallOf(page) {
  const hall = placesOf(page.layout);
  hall.pitch = pitchOf(hall);
  hall.bounds = boundsOf(hall, hall.pitch);
  boxed(hall);
  for (const section of hall.sections) Object.assign(section, middle(hall, section));
  const prices = new Map(page.prices.map((one) => [one.name, one.price]));
  hall.prices = hall.tiers.map((tier) => prices.get(tier.name) ?? null);
  hall.currency = page.showtime.currency;
  return hall;
}

export const isStanding = (hall, place) => place >= hall.seats;

export const areaOf = (hall, place) => hall.areas.find((area) => place >= area.from && place < area.to);

export const priceOf = (hall, place) => hall.prices[hall.tier[place]] ?? 0;

/** {section, row, number, tier, price, flags} of a place. */
export function facts(hall, place) {
  const tier = hall.tiers[hall.tier[place]].name;
  const shared = { tier, price: priceOf(hall, place), flags: hall.flags.get(place) ?? [] };
  if (isStanding(hall, place)) return { ...shared, section: areaOf(hall, place).name, row: '', number: '' };
  const row = hall.rows[hall.row[place]];
  return { ...shared, section: row.section, row: row.label, number: hall.numbers[place] };
}

/** Areas that nobody drew stand below everything else, side by side. */
function boxed(hall) {
  const [width, height] = [hall.pitch * 10, hall.pitch * 4];
  let left = (hall.bounds.left + hall.bounds.right) / 2 - (hall.areas.filter((one) => !one.width).length * width * 1.1) / 2;
  const top = hall.bounds.bottom + hall.pitch;
  for (const area of hall.areas) {
    if (area.width && area.height) {
      area.box = { left: area.x - area.width / 2, top: area.y - area.height / 2, width: area.width, height: area.height };
      continue;
    }
    area.box = { left, top, width, height };
    left += width * 1.1;
    hall.bounds.bottom = top + height + hall.pitch / 2;
    hall.bounds.left = Math.min(hall.bounds.left, area.box.left);
    hall.bounds.right = Math.max(hall.bounds.right, area.box.left + width);
  }
}

function middle(hall, section) {
  let [x, y] = [0, 0];
  for (let place = section.from; place < section.to; place++) {
    x += hall.x[place];
    y += hall.y[place];
  }
  const count = Math.max(1, section.to - section.from);
  return { x: x / count, y: y / count };
}
