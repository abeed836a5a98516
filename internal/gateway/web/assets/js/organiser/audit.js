// The audit trail: every event that names a thing, who caused it and when. For owners.

import { api } from '../core/api.js';
import { h } from '../core/dom.js';
import { field } from '../core/form.js';
import { date, has, t } from '../core/i18n.js';
import { user } from '../core/session.js';
import { empty, said } from '../core/states.js';
import { doing, submit } from './doing.js';
import { download } from './download.js';
import { further } from './further.js';
import { address, framed, heading, workspace } from './workspace.js';

const PRECISE = { dateStyle: 'medium', timeStyle: 'medium' };

export default async function audit(context) {
  const place = await workspace(context);
  const entity = context.query.entity ?? '';
  const title = heading(t('tab.audit'), { actions: entity ? ['csv', 'ndjson'].map((kind) => doing(t(`audit.${kind}`), () => download(`/api/audit.${kind}`, `audit.${kind}`, { entity }))) : [] });
  const ask = search(place, entity, context.go);
  if (!entity) return framed(place, 'audit', title, ask, empty(t('audit.empty'), t('audit.empty.text')));
  const load = (cursor) => api.get('/api/audit', { signal: context.signal, query: { entity, cursor, limit: 30 } });
  try {
    const first = await load(null);
    return framed(place, 'audit', title, ask, first.items.length ? listed(place, first, load) : empty(t('audit.none'), t('audit.none.text')));
  } catch (error) {
    if (![400, 403, 404].includes(error.status)) throw error;
    return framed(place, 'audit', title, ask, empty(t(error.status === 403 ? 'audit.refused' : 'audit.none'), error.status === 403 ? said(error) : t('audit.none.text')));
  }
}

function search(place, entity, go) {
  const what = field(t('audit.entity'), { value: entity, maxlength: 64, hint: t('audit.entity.hint'), spellcheck: 'false', autocomplete: 'off' });
  const find = () => go(`${address(place.id, 'audit')}?entity=${encodeURIComponent(what.input.value.trim())}`);
  return h('form', { class: 'search card tight', role: 'search', onsubmit: (event) => (event.preventDefault(), find()) }, what.node, submit(t('find')));
}

function listed(place, first, load) {
  const shown = (one) => line(place, one);
  const lines = h('ol', { class: 'trail' }, first.items.map(shown));
  return h('div', { class: 'stack' }, lines, further(lines, first, load, shown));
}

function line(place, one) {
  return h('li', { class: 'card tight stack tight' },
    h('div', { class: 'row between' },
      h('strong', {}, has(`audit.${one.subject}`) ? t(`audit.${one.subject}`) : one.subject),
      h('time', { class: 'muted small num', datetime: one.time }, date(one.time, PRECISE))),
    h('p', { class: 'small muted' }, t('audit.by', { who: actor(one.actor) }), ' · ', h('code', { class: 'id' }, one.subject)),
    h('details', {}, h('summary', { class: 'small' }, t('audit.details')), h('dl', { class: 'facts small' }, Object.entries(one.body ?? {}).map(([key, value]) =>
      [h('dt', {}, key), h('dd', { class: 'id' }, value !== null && typeof value === 'object' ? JSON.stringify(value) : linked(place, String(value)))])),
      h('p', { class: 'small muted id' }, `#${one.position} · ${one.hash}`)));
}

function actor(who) {
  if (!who) return t('audit.system');
  return who === user().id ? t('audit.you') : who;
}

/** An id leads to the trail of its own thing. */
function linked(place, text) {
  return /^(order|showtime|event|venue|hold|pay|refund|ticket)_[0-9a-f]{32}$/.test(text)
    ? h('a', { href: `${address(place.id, 'audit')}?entity=${text}` }, text) : text;
}
