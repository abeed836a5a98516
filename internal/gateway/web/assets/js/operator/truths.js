// Two truths compared: each service looks once, and says what differs; where that can be done it is put right.

import { api, newKey, Problem } from '../core/api.js';
import { confirm } from '../core/dialog.js';
import { h, replace } from '../core/dom.js';
import { number, t } from '../core/i18n.js';
import { note, said } from '../core/states.js';
import { act, table } from './parts.js';

const PATIENCE = 70_000; // ms: ten thousand open showtimes take a service 20 s

export default async function truths({ signal }) {
  const { processes } = await api.get('/api/operator/system', { signal });
  // who has a database has something to compare
  const services = [...new Set(processes.flatMap((one) => one.services.filter((name) => `database.${name}` in one.parts)))].sort();
  const rows = services.map((service) => row(service, signal));
  const look = async () => void (await Promise.all(rows.map((one) => one.look(false))));
  const repair = async () => {
    if (!(await confirm(t('operator.repair'), t('operator.repair.text'), { yes: t('operator.repair') }))) return null;
    await Promise.all(rows.map((one) => one.look(true)));
    return t('operator.repaired');
  };
  return h('div', { class: 'page stack loose' },
    h('div', { class: 'stack tight' }, h('h1', {}, t('operator.truths')), h('p', { class: 'lead' }, t('operator.truths.text'))),
    h('div', { class: 'row' }, act(t('operator.look'), look, { kind: 'primary' }), act(t('operator.repair'), repair, { kind: 'danger' })),
    h('ul', { class: 'truths' }, rows.map((one) => one.node)));
}

function row(service, signal) {
  const result = h('div', { class: 'stack tight', role: 'status' }, h('p', { class: 'muted small' }, t('operator.notlooked')));
  async function look(repair) {
    replace(result, h('p', { class: 'muted small' }, t('operator.looking')));
    try {
      const { looks } = await api.post(`/api/operator/services/${service}/reconcile`, { repair }, { key: newKey(), timeout: PATIENCE, signal });
      replace(result, looks.map(seen));
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof Problem)) throw error;
      replace(result, note('bad', said(error)));
    }
  }
  return { node: h('li', { class: 'card tight' }, h('h2', { class: 'small-title' }, service), result), look };
}

function seen({ reconciler, total = 0, differences = [], trouble = '' }) {
  const repaired = differences.filter((one) => one.repaired).length;
  const kind = trouble ? 'bad' : total === 0 ? 'good' : repaired === total ? 'info' : 'warn';
  const word = trouble || (total === 0 ? t('operator.same') : t('operator.differ', { n: total, repaired }));
  const heads = [t('operator.thing'), t('operator.found'), t('operator.expected'), t('operator.repaired')];
  return h('div', { class: 'stack tight' },
    h('p', { class: 'row' }, h('code', {}, reconciler), h('span', { class: ['badge', kind, 'wraps'] }, word)),
    differences.length > 0 && table(reconciler, heads, differences.map((one) => [h('code', {}, one.thing), one.found, one.expected, t(one.repaired ? 'yes' : 'operator.no')])),
    total > differences.length && h('p', { class: 'muted small' }, t('operator.further', { n: number(total - differences.length) })));
}
