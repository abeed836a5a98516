// Which showtime, and which door of the house.

import { h } from '../core/dom.js';
import { date, t } from '../core/i18n.js';
import { field } from '../core/form.js';
import { empty, note } from '../core/states.js';
import { closed, nobody } from './closed.js';
import { showtimes } from './showtimes.js';
import { store } from './store.js';

export default async function choosing({ signal, go }) {
  const setting = (await store.kept('setting')) ?? null;
  if (nobody() && (navigator.onLine || !setting)) return closed();
  const { items, old } = await showtimes(signal);
  const page = h('div', { class: 'page narrow stack loose' },
    h('div', { class: 'stack tight' }, h('h1', {}, t('door.choose')), h('p', { class: 'lead' }, t('door.choose.text'))));
  if (old) page.append(note('warn', t('door.old')));
  page.append(items.length ? chooser(items, setting, go) : empty(t('door.none'), t('door.none.text')));
  return page;
}

function chooser(items, setting, go) {
  const gate = field(t('door.gate'), {
    hint: t('door.gate.hint'), value: setting?.gate ?? '', required: true, maxlength: 100, autocomplete: 'off', enterkeyhint: 'go',
  });
  const chosen = items.some((one) => one.id === setting?.showtimeId) ? setting.showtimeId : items[0].id;
  const begin = async (event) => {
    event.preventDefault();
    if (!gate.input.value.trim()) return gate.error(t('door.gate.missing')), gate.input.focus();
    const showtime = items.find((one) => one.id === new FormData(form).get('showtime'));
    await store.keep('setting', { showtimeId: showtime.id, gate: gate.input.value.trim(), showtime });
    go(`/door/${showtime.id}`);
  };
  const form = h('form', { class: 'stack loose', novalidate: true, onsubmit: begin },
    h('fieldset', { class: 'stack tight' }, h('legend', {}, t('door.showtime')),
      h('div', { class: 'choices' }, items.map((one) => choice(one, one.id === chosen)))),
    gate.node, h('button', { class: 'button primary wide', type: 'submit' }, t('door.begin')));
  return form;
}

function choice(one, checked) {
  const zone = one.timeZone;
  return h('label', { class: 'choice' },
    h('input', { type: 'radio', name: 'showtime', value: one.id, checked }),
    h('span', { class: 'when num' }, h('strong', {}, date(one.startsAt, { timeStyle: 'short' }, zone)),
      h('span', { class: 'small muted' }, date(one.startsAt, { weekday: 'short', day: 'numeric', month: 'short' }, zone))),
    h('span', { class: 'grow' }, h('strong', {}, one.name)),
    one.status === 'canceled' && h('span', { class: 'badge bad' }, t('door.canceled')));
}
