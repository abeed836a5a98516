// What is drawn around the seats: the stage, words, standing areas, the names of sections and rows.

import { svg } from '../core/dom.js';
import { outline } from './marks.js';

const TURN = 2 * Math.PI;
const NAMED_TO = 6; // px up to which sections are named: above it they would hide seats that can be told apart
const NAMED_FROM = 9; // px from seat to seat at which rows have room for their names

/** Stage and the like, in plan units; the context is transformed already. `unit` is a CSS pixel there. */
export function shapes(context, hall, colours, unit) {
  for (const shape of hall.shapes) {
    context.save();
    context.translate(shape.x, shape.y);
    context.rotate(((shape.rotation ?? 0) * Math.PI) / 180);
    context.fillStyle = colours['surface-2'];
    context.strokeStyle = colours['line-strong'];
    context.lineWidth = unit;
    const middle = shaped(context, shape);
    if (shape.kind !== 'text') context.fill(), context.stroke();
    if (shape.text) word(context, shape.text, middle.x, middle.y, textSize(shape, unit), colours['ink-2']);
    context.restore();
  }
}

/** Rectangles grow from their corner, circles from their middle, polygons have points of their own. */
function shaped(context, { kind, width = 0, height = 0, points = [] }) {
  context.beginPath();
  if (kind === 'circle' || kind === 'ellipse') {
    context.ellipse(0, 0, width / 2, (kind === 'circle' ? width : height) / 2, 0, 0, TURN);
    return { x: 0, y: 0 };
  }
  if (kind === 'polygon') {
    points.forEach(({ x, y }, at) => (at ? context.lineTo(x, y) : context.moveTo(x, y)));
    context.closePath();
    const sum = points.reduce((a, b) => ({ x: a.x + b.x, y: a.y + b.y }), { x: 0, y: 0 });
    return { x: sum.x / (points.length || 1), y: sum.y / (points.length || 1) };
  }
  context.roundRect(0, 0, width, height, Math.min(width, height) * 0.12);
  return { x: width / 2, y: height / 2 };
}

const textSize = ({ width = 0, height = 0, text }, unit) => Math.max(11 * unit, Math.min(height * 0.42 || 16, (width / text.length) * 1.4 || 16, 22 * unit * 4));

/** Standing areas: how full they are is a bar at their foot. */
export function areas(context, hall, picture, colours, unit) {
  hall.areas.forEach((area) => {
    const { left, top, width, height } = area.box;
    const tier = colours.tiers[area.tier];
    context.beginPath();
    context.roundRect(left, top, width, height, 8 * unit);
    context.globalAlpha = 0.14;
    context.fillStyle = tier.colour;
    context.fill();
    context.globalAlpha = 1;
    context.setLineDash([6 * unit, 4 * unit]); // seats have none: an area is told from them without its colour
    context.lineWidth = 1.5 * unit;
    context.strokeStyle = tier.colour;
    context.stroke();
    context.setLineDash([]);
    const size = Math.max(9 * unit, Math.min(20 * unit, height * 0.22, (width / area.name.length) * 1.3));
    word(context, area.name, left + width / 2, top + height / 2, size, colours.ink);
    const free = picture.free(area.from, area.to) / area.capacity;
    context.fillStyle = colours['seat-sold'];
    context.fillRect(left + width * 0.1, top + height * 0.84, width * 0.8, 4 * unit);
    context.fillStyle = tier.colour;
    context.fillRect(left + width * 0.1, top + height * 0.84, width * 0.8 * free, 4 * unit);
  });
}

/** Names of rows beside their first seat, or of sections where rows are too small for it; in CSS pixels. */
export function names(context, hall, camera, pitch, colours) {
  const size = Math.min(13, pitch * 0.6);
  if (pitch >= NAMED_FROM) {
    for (const row of hall.rows) {
      const first = camera.toScreen(hall.x[row.from], hall.y[row.from]);
      const left = first.x - pitch;
      if (left > -20 && left < camera.width + 20 && first.y > -20 && first.y < camera.height + 20) {
        word(context, row.label, left, first.y, Math.max(9, size), colours['ink-2']);
      }
    }
    return;
  }
  if (hall.sections.length < 2 || pitch > NAMED_TO) return;
  for (const section of hall.sections) {
    const at = camera.toScreen(section.x, section.y);
    pill(context, section.name, at.x, at.y, colours);
  }
}

function pill(context, text, x, y, colours) {
  context.font = '600 13px system-ui, sans-serif';
  const width = context.measureText(text).width + 16;
  context.beginPath();
  context.roundRect(x - width / 2, y - 12, width, 24, 12);
  context.globalAlpha = 0.88;
  context.fillStyle = colours.surface;
  context.fill();
  context.globalAlpha = 1;
  context.lineWidth = 1;
  context.strokeStyle = colours.line;
  context.stroke();
  word(context, text, x, y, 13, colours.ink);
}

function word(context, text, x, y, size, colour) {
  context.font = `600 ${size}px system-ui, sans-serif`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillStyle = colour;
  context.fillText(text, x, y);
}

/** A tier's mark as the legend has it. */
export function mark({ colour, shape }) {
  const box = { viewBox: '0 0 20 20', class: 'mark', aria: { hidden: 'true' } };
  const path = new Lines();
  outline(path, shape, 10, 10, 8);
  return svg('svg', box, svg('path', { d: path.text, style: { fill: colour } }));
}

/** As much of a canvas path as `outline` uses, written as SVG does. */
class Lines {
  text = '';
  moveTo(x, y) { this.text += `M${x} ${y}`; }
  lineTo(x, y) { this.text += `L${x} ${y}`; }
  closePath() { this.text += 'Z'; }
  rect(x, y, w, h) { this.text += `M${x} ${y}h${w}v${h}h${-w}Z`; }
  arc(x, y, r, from, to) {
    const whole = to - from >= TURN;
    const [a, b] = [from, whole ? from + Math.PI : to].map((angle) => [x + r * Math.cos(angle), y + r * Math.sin(angle)]);
    const large = Number(!whole && to - from > Math.PI);
    this.text += `${whole ? 'M' : 'L'}${a[0]} ${a[1]}A${r} ${r} 0 ${large} 1 ${b[0]} ${b[1]}`;
    if (whole) this.text += `A${r} ${r} 0 0 1 ${a[0]} ${a[1]}Z`;
  }
}
