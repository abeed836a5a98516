// The events, live pictures and requests between the services, by who tells or answers them.

import { api } from '../core/api.js';
import { h, replace } from '../core/dom.js';
import { field } from '../core/form.js';
import { folded, t } from '../core/i18n.js';
import { aside } from './aside.js';
import { example, fields, kind, resolved } from './schema.js';

export default async function events({ signal }) {
  const document = await api.get('/docs/asyncapi.json', { signal, token: 'none' });
  const groups = grouped(document);
  const list = h('div', { class: 'stack loose grow' });
  const search = field(t('docs.search'), { type: 'search', autocomplete: 'off' });
  const show = () => {
    const word = folded(search.input.value.trim());
    const fitting = groups.map(([owner, all]) => [owner, all.filter((one) => one.words.includes(word))]).filter(([, all]) => all.length);
    replace(list, fitting.length ? fitting.map(([owner, all]) => section(owner, all, document)) : h('p', { role: 'status' }, t('docs.nothing')));
  };
  search.input.addEventListener('input', show);
  show();
  return h('div', { class: 'page stack' },
    h('h1', {}, t('docs.events.title')),
    h('p', { class: 'lead' }, t('docs.events.lead')),
    h('p', {}, h('a', { href: '/docs/asyncapi.json', target: '_blank', rel: 'noopener' }, 'asyncapi.json'), ` · AsyncAPI ${document.asyncapi}`),
    h('div', { class: 'docs' }, aside(groups.map(([owner]) => [owner, owner]), search.node), list));
}

/** Channels that have an address, by the first word of it that names somebody; an answer belongs to its request. */
function grouped(document) {
  const byOwner = new Map();
  for (const [key, channel] of Object.entries(document.channels)) {
    if (!channel.address) continue;
    const [first, second] = key.split('.');
    const sort = first === 'rpc' ? 'request' : first === 'live' ? 'live' : 'event';
    const owner = sort === 'request' ? second : first;
    const message = resolved(Object.values(channel.messages)[0], document);
    const reply = document.operations[`receive.${key}`]?.reply?.channel;
    const answer = reply && resolved(Object.values(answered(reply, document).messages)[0], document);
    const one = { key, channel, sort, message, answer, words: folded(`${channel.address} ${message.summary} ${message.name}`) };
    byOwner.set(owner, [...(byOwner.get(owner) ?? []), one]);
  }
  return [...byOwner].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The name of a channel has points in it, and no slash. */
const answered = (reference, document) => document.channels[reference.$ref.replace('#/channels/', '')];

function section(owner, all, document) {
  return h('section', { class: 'stack tight', aria: { labelledby: `tag-${owner}` } },
    h('h2', { id: `tag-${owner}`, tabindex: '-1' }, owner), all.map((one) => shown(one, document)));
}

function shown(one, document) {
  const details = h('details', { class: 'operation card flat' }, h('summary', {},
    h('span', { class: `method ${one.sort}` }, t(`docs.${one.sort}`)), ' ', h('code', { class: 'path' }, one.channel.address), ' ',
    h('span', { class: 'small muted grow' }, (one.message.summary ?? '').split(/(?<=[.?])\s/)[0])));
  details.addEventListener('toggle', () => details.open && details.append(h('div', { class: 'stack inside' },
    one.message.summary && h('p', {}, one.message.summary),
    one.channel.description && h('p', { class: 'small muted' }, one.channel.description),
    message(t(one.sort === 'request' ? 'docs.asks' : 'docs.message'), one.message, document),
    one.answer && message(t('docs.answer'), one.answer, document))), { once: true });
  return details;
}

function message(title, { payload }, document) {
  const text = JSON.stringify(example(payload, document, { all: true }), null, 2);
  return h('section', { class: 'stack tight' }, h('h3', {}, `${title}: ${kind(payload, document)}`), fields(payload, document),
    h('pre', { class: 'code', tabindex: '0', role: 'region', aria: { label: t('docs.example') } }, text));
}
