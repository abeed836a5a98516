// What is there and how it fares, looked at anew every few seconds.

import { api, Problem } from '../core/api.js';
import { h, replace } from '../core/dom.js';
import { number, t } from '../core/i18n.js';
import { note, said } from '../core/states.js';
import { ago, every, id, state, table } from './parts.js';

const EVERY = 5_000; // ms: each look is one roll call and a list of the durables

export default async function system({ signal }) {
  const place = h('div', { class: 'stack loose' });
  const wrong = h('div', { class: 'maybe' });
  const node = h('div', { class: 'page stack loose' },
    h('div', { class: 'row between' }, h('h1', {}, t('operator.system')), h('p', { class: 'muted small' }, t('operator.fresh'))), wrong, place);
  const show = (seen) => replace(place, tiles(seen), processes(seen), lag(seen));
  const look = async () => {
    if (place.contains(document.activeElement)) return; // what has the focus is not taken away
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
  return { node, leave: every(EVERY, look) };
}

function tiles({ processes, letters, stuck, owed, behind }) {
  const broken = processes.flatMap((one) => Object.values(one.parts)).filter((part) => part !== 'up').length;
  const waiting = behind?.reduce((sum, one) => sum + one.waiting + one.unacknowledged, 0) ?? null;
  return h('ul', { class: 'tiles' },
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

function processes({ processes: found }) {
  return h('section', { class: 'stack', id: 'processes' }, h('h2', {}, t('operator.processes')),
    h('ul', { class: 'processes' }, found.map((one) => h('li', { class: 'card tight stack tight' },
      h('div', { class: 'row between' }, h('h3', {}, one.services.length > 4 ? t('operator.together', { n: one.services.length }) : one.services.join(', ')),
        state(Object.values(one.parts).every((part) => part === 'up'))),
      h('p', { class: 'muted small' }, id(one.replica), ' · ', t('operator.since'), ' ', ago(one.startedAt)),
      one.services.length > 4 && h('p', { class: 'small' }, one.services.join(', ')),
      h('ul', { class: 'lamps' }, Object.entries(one.parts).map(([name, part]) =>
        h('li', { class: part === 'up' ? 'up' : 'down' }, h('span', { class: 'lamp', aria: { hidden: 'true' } }, part === 'up' ? '✓' : '✕'), name,
          h('span', { class: 'sr-only' }, ' ', t(`operator.${part}`)))))))));
}

function lag({ behind }) {
  const heads = [t('operator.durable'), t('operator.stream'), t('operator.unseen'), t('operator.unacknowledged')];
  const rows = behind?.sort((a, b) => b.waiting - a.waiting).map((one) => [
    h('code', {}, one.durable), one.stream, { text: number(one.waiting), class: 'number' }, { text: number(one.unacknowledged), class: 'number' },
  ]);
  return h('section', { class: 'stack', id: 'lag' }, h('h2', {}, t('operator.lag')),
    !rows ? note('warn', t('operator.unknown')) : rows.length ? table(t('operator.lag'), heads, rows) : note('good', t('operator.lag.none')));
}
