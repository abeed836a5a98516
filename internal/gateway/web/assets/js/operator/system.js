// What is there, who is missed, and how it fares, looked at anew every few seconds.

import { api, Problem } from '../core/api.js';
import { h, replace } from '../core/dom.js';
import { dateTime, number, t } from '../core/i18n.js';
import { note, said } from '../core/states.js';
import { ago, every, id, refreshed, state, table } from './parts.js';

const EVERY = 3_000; // ms: each look is one roll call and a list of the durables
const MANY = 4; // services of one process, above which they are counted

export default async function system({ signal }) {
  const parts = [missed, tiles, services, processes, lag].map(refreshed);
  const wrong = h('div', { class: 'maybe' });
  const show = (seen) => parts.forEach((one) => one.show(seen));
  const look = async () => {
    try {
      show(await api.get('/api/operator/system', { signal }));
      replace(wrong);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof Problem)) throw error;
      replace(wrong, note('bad', said(error)));
    }
  };
  show(await api.get('/api/operator/system', { signal }));
  return {
    node: h('div', { class: 'page stack loose' },
      h('div', { class: 'row between' }, h('h1', {}, t('operator.system')), h('p', { class: 'muted small' }, t('operator.fresh'))),
      wrong, parts.map((one) => one.node)),
    leave: every(EVERY, look),
  };
}

/** The services that nobody answers for; those that still sign may only be slow, so no moment is named. */
function missed({ services: known, processes: found }) {
  const signs = (name) => found.some((one) => one.state === 'silent' && one.services.includes(name));
  return (known ?? []).filter((one) => one.here === 0).map((one) => note('bad', h('strong', {}, t('operator.nobody', { service: one.service })),
    h('span', {}, signs(one.service) ? t('operator.nobody.signs') : one.seenAt ? t('operator.nobody.since', { at: dateTime(one.seenAt) }) : t('operator.nobody.ever'))));
}

function tiles({ processes: found, letters, stuck, owed, behind }) {
  const gone = found.filter((one) => one.state !== 'here').length;
  const broken = found.flatMap((one) => Object.values(one.parts)).filter((part) => part !== 'up').length;
  const waiting = behind?.reduce((sum, one) => sum + one.waiting + one.unacknowledged, 0) ?? null;
  return h('ul', { class: 'tiles' },
    tile('operator.tile.gone', gone, gone > 0, '#processes'),
    tile('operator.tile.down', broken, broken > 0, '#processes'),
    tile('operator.tile.waiting', waiting, false, '#lag'),
    tile('operator.tile.letters', letters, letters > 0, '/operator/letters'),
    tile('operator.tile.stuck', stuck, stuck > 0, '/operator/sagas?which=stuck'),
    tile('operator.tile.owed', owed, owed > 0, '/operator/refunds'));
}

function tile(key, value, bad, href) {
  return h('li', {}, h('a', { class: ['tile', bad && 'bad'], href },
    h('span', { class: 'figure num' }, bad && h('span', { aria: { hidden: 'true' } }, '! '), value === null ? '?' : number(value)),
    h('span', { class: 'small' }, t(key, { n: value ?? 0 }))));
}

function services({ services: known }) {
  return h('section', { class: 'stack tight' }, h('h2', {}, t('operator.services')),
    known === null ? note('warn', t('operator.services.unknown')) : h('ul', { class: 'lamps services' }, known.map((one) =>
      lamp(one.here >= one.of, one.service, one.of > 1 || one.here < one.of ? t('operator.of', { here: one.here, of: one.of }) : ''))));
}

function lamp(up, name, more = '') {
  return h('li', { class: up ? 'up' : 'down' }, h('span', { class: 'lamp', aria: { hidden: 'true' } }, up ? '✓' : '✕'), name,
    more && h('span', { class: 'num' }, more), h('span', { class: 'sr-only' }, ' ', t(up ? 'operator.up' : 'operator.down')));
}

function processes({ processes: found }) {
  return h('section', { class: 'stack', id: 'processes' }, h('h2', {}, t('operator.processes')),
    h('ul', { class: 'processes' }, found.map((one) => h('li', { class: ['card', 'tight', 'stack', one.state, one.services.length > MANY && 'wide'] },
      h('div', { class: 'row between' }, h('h3', {}, one.services.length > MANY ? t('operator.together', { n: one.services.length }) : one.services.join(', ')),
        one.state === 'here' ? state(Object.values(one.parts).every((part) => part === 'up')) : h('span', { class: ['badge', one.state === 'gone' ? 'bad' : 'warn'] }, t(`operator.${one.state}`))),
      h('p', { class: 'muted small' }, id(one.replica), ' · ',
        one.state === 'here' ? [t('operator.since'), ' ', ago(one.startedAt)] : [t('operator.seen'), ' ', ago(one.seenAt)]),
      one.services.length > MANY && h('p', { class: 'small' }, one.services.join(', ')),
      one.state === 'here' && h('ul', { class: 'lamps' }, Object.entries(one.parts).map(([name, part]) => lamp(part === 'up', name)))))));
}

function lag({ behind }) {
  const heads = [t('operator.durable'), t('operator.stream'), t('operator.unseen'), t('operator.unacknowledged')];
  const rows = behind?.sort((a, b) => b.waiting - a.waiting).map((one) => [
    h('code', {}, one.durable), one.stream, { text: number(one.waiting), class: 'number' }, { text: number(one.unacknowledged), class: 'number' },
  ]);
  return h('section', { class: 'stack', id: 'lag' }, h('h2', {}, t('operator.lag')),
    !rows ? note('warn', t('operator.unknown')) : rows.length ? table(t('operator.lag'), heads, rows) : note('good', t('operator.lag.none')));
}
