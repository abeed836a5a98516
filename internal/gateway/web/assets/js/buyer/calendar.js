// A showtime for the buyer's own calendar, as RFC 5545 has it.

import { h } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { seatName } from './words.js';

const LASTS = 2 * 60 * 60_000; // ms: nobody says when it ends, and two hours are an evening
const LINE = 73; // bytes; longer lines are folded

export function calendarButton(order, place) {
  const save = () => {
    const address = URL.createObjectURL(new Blob([calendar(order, place)], { type: 'text/calendar' }));
    const link = h('a', { href: address, download: 'aisle.ics' });
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 1_000); // the download has begun by then
  };
  return h('button', { class: 'button', type: 'button', onclick: save }, t('order.calendar'));
}

export function calendar(order, place = '', now = new Date()) {
  const starts = new Date(order.startsAt);
  const seats = order.items.filter((one) => one.status === 'good').map(seatName).join('; ');
  const lines = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Aisle//Tickets//EN', 'BEGIN:VEVENT', `UID:${order.id}@aisle`, `DTSTAMP:${stamp(now)}`,
    `DTSTART:${stamp(starts)}`, `DTEND:${stamp(new Date(starts.getTime() + LASTS))}`, `SUMMARY:${escaped(order.eventName)}`, `DESCRIPTION:${escaped(seats)}`,
    ...(place ? [`LOCATION:${escaped(place)}`] : []), `URL:${location.origin}/orders/${order.id}`, 'END:VEVENT', 'END:VCALENDAR'];
  return lines.map(folded).join('\r\n') + '\r\n';
}

const stamp = (moment) => moment.toISOString().replace(/[-:]|\.\d+/g, '');
const escaped = (text) => text.replace(/[\\;,]/g, '\\$&').replace(/\r?\n/g, '\\n');

function folded(line) {
  const parts = [''];
  let size = 0;
  for (const letter of line) {
    const bytes = new TextEncoder().encode(letter).length;
    if (size + bytes > LINE) parts.push(''), (size = 1);
    parts[parts.length - 1] += letter;
    size += bytes;
  }
  return parts.join('\r\n ');
}
