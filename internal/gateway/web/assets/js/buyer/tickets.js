// Tickets with their codes. A code is a key to a door: its picture is fetched with the token, and shown from memory.

import { api, Problem } from '../core/api.js';
import { h } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { accessToken } from '../core/session.js';
import { when } from './head.js';
import { seatName } from './words.js';

/** An order's tickets; null as long as there are none. */
export async function ticketsOf(orderId, signal) {
  try {
    return await api.get(`/api/orders/${orderId}/tickets`, { token: 'need', signal });
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
}

/** Where the showtime is, as the public page of its event says; null once it is over or called off. */
export async function placeOf({ eventId, showtimeId }, signal) {
  const event = await api.get(`/api/events/${eventId}/page`, { token: 'none', signal }).catch(() => null);
  return event?.showtimes.find((one) => one.id === showtimeId)?.place ?? null;
}

/** {node, forget()}: a card for each ticket that is good; on paper each says by itself what it is for. */
export async function ticketCards(order, issued, { place, signal }) {
  const addresses = [];
  const items = new Map(order.items.map((one) => [one.seatId, one]));
  const cards = await Promise.all(issued.items.filter((one) => one.status === 'valid').map(async (ticket) => {
    const seat = items.get(ticket.seatId) ?? ticket;
    const address = await picture(order.id, ticket.id, signal);
    if (address) addresses.push(address);
    return h('li', { class: 'ticket' },
      address ? h('img', { class: 'qr', src: address, alt: t('ticket.code', { seat: seatName(seat) }), width: 168, height: 168 }) : h('code', { class: 'qr' }, ticket.code),
      h('div', { class: 'stack tight' },
        h('p', { class: 'print-only' }, h('strong', {}, order.eventName), h('br'), when(order), place && [h('br'), place]),
        h('p', { class: 'eyebrow name' }, seat.tier ?? ''), h('p', { class: 'ticket-seat' }, seatName(seat)), h('p', { class: 'muted small' }, ticket.inside ? t('ticket.inside') : t('ticket.show'))));
  }));
  return { node: h('ul', { class: 'tickets' }, cards), forget: () => addresses.forEach((one) => URL.revokeObjectURL(one)) };
}

async function picture(orderId, ticketId, signal) {
  const answer = await fetch(`/api/orders/${orderId}/tickets/${ticketId}.svg`, { headers: { authorization: `Bearer ${await accessToken(true)}` }, signal });
  return answer.ok ? URL.createObjectURL(await answer.blob()) : null;
}
