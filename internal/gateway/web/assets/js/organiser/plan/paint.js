// Draws a plan: shapes, areas, seats, then names. Only what the window shows.

import { stamp } from './stamps.js';
import { eachWithin } from './places.js';

const NUMBERED = 22; // px from which its number is legible
const MARKS = { accessible: '♿', companion: 'C', hearingImpaired: 'H', restrictedView: '!', signLanguage: 'S', plusSize: '+', liftUpArmrests: 'L', semiAmbulatory: 'W' };

export function paint(plan) {
  const { canvas, camera, ratio, layout, read } = plan;
  const context = canvas.getContext('2d');
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.setTransform(ratio * camera.scale, 0, 0, ratio * camera.scale, ratio * camera.x, ratio * camera.y);
  for (const [at, shape] of (layout.shapes ?? []).entries()) drawShape(context, shape, read, plan.look.shape?.(at), camera.scale);
  for (const area of layout.areas ?? []) drawArea(context, area, plan);
  const seats = visible(plan);
  const marked = stamp(context, plan, seats);
  drawMarks(context, plan, marked, plan.places.pitch * 0.42);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  drawNames(context, plan, seats);
  plan.look.over?.(context, plan);
}

function drawShape(context, shape, read, chosen, scale) {
  context.save();
  context.translate(shape.x, shape.y);
  context.rotate(((shape.rotation ?? 0) * Math.PI) / 180);
  const [width, height] = [shape.width ?? 0, shape.height ?? 0];
  const path = new Path2D();
  if (shape.kind === 'rectangle') path.roundRect(0, 0, width, height, Math.min(6, height / 6));
  else if (shape.kind === 'circle' || shape.kind === 'ellipse') path.ellipse(0, 0, width / 2, (shape.kind === 'circle' ? width : height) / 2, 0, 0, Math.PI * 2);
  else if (shape.kind === 'polygon' && shape.points?.length) {
    shape.points.forEach((point, at) => (at ? path.lineTo(point.x, point.y) : path.moveTo(point.x, point.y)));
    path.closePath();
  }
  context.fillStyle = read('surface-3');
  context.strokeStyle = chosen ? read('focus') : read('line-strong');
  context.lineWidth = (chosen ? 3 : 1) / scale;
  if (shape.kind !== 'text') context.fill(path), context.stroke(path);
  if (shape.text) {
    context.fillStyle = read('ink-2');
    context.font = `600 ${Math.max(14, Math.min(22, (height || 40) * 0.45))}px system-ui, sans-serif`;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    const round = shape.kind === 'circle' || shape.kind === 'ellipse'; // these are where their middle is
    context.fillText(shape.text, round ? 0 : width / 2, round ? 0 : height / 2, width || undefined);
  }
  context.restore();
}

function drawArea(context, area, plan) {
  const { x, y, width, height } = plan.places.boxes.get(area.id);
  const { read, camera, look } = plan;
  context.save();
  context.globalAlpha = 0.28;
  const own = look.area?.(area); // how full it is: pale at first, so its edge is drawn by another colour
  context.fillStyle = own ?? plan.tiers.get(area.tier) ?? read('surface-3');
  context.beginPath();
  context.roundRect(x, y, width, height, plan.places.pitch * 0.4);
  context.fill();
  context.globalAlpha = 1;
  context.setLineDash([6 / camera.scale, 4 / camera.scale]);
  context.lineWidth = (look.chosenArea?.(area) ? 3 : 1.5) / camera.scale;
  context.strokeStyle = look.chosenArea?.(area) ? read('focus') : own ? read('line-strong') : context.fillStyle;
  context.stroke();
  context.restore();
}

/** What is special of a seat, by more than colour. */
function drawMarks(context, plan, marked, radius) {
  if (plan.places.pitch * plan.camera.scale < 12) return;
  context.save();
  context.font = `700 ${radius * 1.15}px system-ui, sans-serif`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  for (const place of marked) {
    context.fillStyle = plan.read(plan.look.outlined?.(place) ? 'ink-2' : 'paper');
    context.fillText(plan.look.mark?.(place) ?? MARKS[place.seat.flags?.[0]] ?? '', place.x, place.y);
  }
  context.restore();
}

function drawNames(context, plan, seats) {
  const { camera, places, read, layout } = plan;
  const pitch = places.pitch * camera.scale;
  const on = (x, y) => [x * camera.scale + camera.x, y * camera.scale + camera.y];
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  if (pitch >= NUMBERED) {
    context.font = `600 ${Math.min(13, pitch * 0.36)}px system-ui, sans-serif`;
    for (const place of seats) {
      context.fillStyle = read(plan.look.outlined?.(place) ? 'ink-2' : 'paper');
      if (!place.seat.flags?.length && !plan.look.mark?.(place)) context.fillText(place.seat.label, ...on(place.x, place.y));
    }
  }
  context.fillStyle = read('ink-2');
  context.font = '12px system-ui, sans-serif';
  if (pitch >= 11) for (const section of layout.sections ?? []) for (const row of section.rows) nameRow(context, row, on, places.pitch);
  context.font = '600 13px system-ui, sans-serif';
  for (const section of layout.sections ?? []) label(context, section.label, on(...above(section, places.pitch)), plan);
  for (const area of layout.areas ?? []) {
    const { x, y, width, height } = plan.places.boxes.get(area.id);
    label(context, `${area.label} · ${area.capacity}`, on(x + width / 2, y + height / 2), plan);
  }
}

function nameRow(context, row, on, pitch) {
  const [first, second] = row.seats;
  if (!first) return;
  const along = second ? Math.hypot(second.x - first.x, second.y - first.y) || 1 : 1;
  const [dx, dy] = second ? [(second.x - first.x) / along, (second.y - first.y) / along] : [1, 0];
  context.fillText(row.label, ...on(first.x - dx * pitch, first.y - dy * pitch));
}

/** Before the middle of the front row: at the ends of a curved one there may be a stage. */
function above(section, pitch) {
  const front = section.rows[0]?.seats ?? [];
  const middle = front[Math.floor((front.length - 1) / 2)];
  if (!middle) return [0, 0];
  const next = front[Math.ceil((front.length - 1) / 2)];
  return [(middle.x + next.x) / 2, Math.min(middle.y, next.y) - pitch * 1.1];
}

function label(context, text, [x, y], plan) {
  context.lineWidth = 4;
  context.strokeStyle = plan.read('surface');
  context.lineJoin = 'round';
  context.fillStyle = plan.read('ink');
  context.strokeText(text, x, y);
  context.fillText(text, x, y);
}

function visible({ places, camera, canvas }) {
  const pad = places.pitch;
  const [left, top] = [-camera.x / camera.scale - pad, -camera.y / camera.scale - pad];
  const [right, bottom] = [(canvas.clientWidth - camera.x) / camera.scale + pad, (canvas.clientHeight - camera.y) / camera.scale + pad];
  const found = [];
  eachWithin(places, { left, top, right, bottom }, (place) => found.push(place));
  return found;
}
