// The answer to a scan, to be read from an arm's length: a colour, a sign, a word, and where the guest sits.

import { h, replace, svg } from '../core/dom.js';
import { date, has, t } from '../core/i18n.js';
import { said } from '../core/states.js';

const SIGNS = {
  good: 'M10 25l9 9 19-21',
  out: 'M20 12h-8v24h8M24 24h14M32 17l7 7-7 7',
  bad: 'M14 14l20 20M34 14L14 34',
  warn: 'M24 11v17M24 36v.5',
  idle: 'M10 17v-7h7M31 10h7v7M38 31v7h-7M17 38h-7v-7M16 24h16',
};

/** good, warn or bad: colour, sign, sound and shake all follow from it. */
export function kindOf(answer) {
  if (answer.status !== 'ok') return answer.reason === 'cannot_verify' || answer.reason === 'unknown_key' ? 'warn' : 'bad';
  return answer.conflict ? 'warn' : 'good';
}

export function titleOf(answer) {
  return answer.status === 'ok' ? t(`door.ok.${answer.type}`) : t(`door.no.${answer.reason}`);
}

/** The element, and what it shows. */
export function board() {
  const node = h('div', { class: 'answer idle', role: 'status', aria: { live: 'assertive', atomic: 'true' } });
  const show = (kind, sign, title, ...more) => {
    node.className = `answer ${kind}`;
    replace(node, drawn(sign), h('div', { class: 'words' }, h('p', { class: 'title' }, title), more));
  };
  return {
    node,
    idle: () => show('idle', 'idle', t('door.ready'), h('p', { class: 'detail' }, t('door.ready.text'))),
    busy: () => show('idle', 'idle', t('door.checking')),
    problem: (error) => show('bad', 'bad', t('door.problem'), h('p', { class: 'detail' }, said(error))),
    answer(answer, zone, undo) {
      const kind = kindOf(answer);
      show(kind, kind === 'good' && answer.type === 'exit' ? 'out' : kind, titleOf(answer), place(answer.ticket), details(answer, zone),
        undo && h('button', { class: 'button', type: 'button', onclick: undo }, t(`door.undo.${answer.type}`)));
    },
  };
}

/** "Stalls · Row A · Seat 19", and whose it is. */
function place(ticket) {
  if (!ticket) return null;
  return [h('p', { class: 'seat' }, seatOf(ticket)),
    (ticket.holder || ticket.tier) && h('p', { class: 'detail' }, [ticket.holder, ticket.tier].filter(Boolean).join(' · '))];
}

/** The parts stay whole where the line breaks. */
export function seatOf({ section, row, number, seatId }) {
  const parts = [section, row && t('door.row', { row }), t('door.seat', { number: number || seatId })].filter(Boolean);
  return parts.map((part, at) => [at > 0 && ' · ', h('span', { class: 'nowrap' }, part)]);
}

function details(answer, zone) {
  const { reason, other, offline } = answer;
  const lines = [];
  if (other) lines.push(t(`door.other.${other.type}`, { time: momentOf(other.at, zone), gate: other.gate }));
  if (answer.conflict && answer.status === 'ok') lines.push(t('door.conflict'));
  if (reason && has(`door.no.${reason}.text`)) lines.push(t(`door.no.${reason}.text`));
  if (offline && answer.status === 'ok') lines.push(t('door.offline.ok'));
  return lines.map((line) => h('p', { class: 'detail' }, line));
}

export const momentOf = (at, zone) =>
  date(at, Math.abs(Date.now() - new Date(at)) < 43_200_000 ? { timeStyle: 'medium' } : { dateStyle: 'medium', timeStyle: 'short' }, zone);

function drawn(sign) {
  return svg('svg', { class: 'sign', viewBox: '0 0 48 48', aria: { hidden: 'true' } },
    svg('path', { d: SIGNS[sign], fill: 'none', stroke: 'currentColor', 'stroke-width': '5', 'stroke-linecap': 'round', 'stroke-linejoin': 'round' }));
}
