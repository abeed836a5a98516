// One saga, step by step; to try it at once, or to give it up.

import { api, newKey } from '../core/api.js';
import { dialog } from '../core/dialog.js';
import { h } from '../core/dom.js';
import { field, form } from '../core/form.js';
import { dateTime, t } from '../core/i18n.js';
import { again } from '../core/router.js';
import { note } from '../core/states.js';
import { act, ago, every, status } from './parts.js';

const EVERY = 5_000; // ms, while it is under way
const LIVE = new Set(['running', 'undoing']);

export default async function saga({ params, signal }) {
  const one = await api.get(`/api/operator/sagas/${params.id}`, { signal });
  const live = LIVE.has(one.status);
  const retry = async (key) => (await api.post(`/api/operator/sagas/${one.sagaId}/retry`, undefined, { key }), again(), t('operator.retried'));
  const node = h('div', { class: 'page stack loose' },
    h('p', {}, h('a', { class: 'tap', href: '/operator/sagas' }, `← ${t('operator.sagas')}`)),
    h('div', { class: 'row between' },
      h('div', { class: 'stack tight' }, h('h1', { class: 'id' }, one.sagaId), h('div', { class: 'row' }, h('span', { class: 'muted' }, one.name), status(one))),
      live && h('div', { class: 'row' }, act(t('operator.retry'), retry, { kind: 'primary' }),
        h('button', { class: 'button danger', type: 'button', onclick: () => giveUp(one) }, t('operator.abandon')))),
    one.code && note(one.status === 'completed' ? 'info' : 'warn', h('strong', {}, one.code), one.message),
    h('ol', { class: 'steps' }, one.steps.map((step) => stepOf(step, step.name === one.step && live))),
    h('section', { class: 'stack tight' }, h('h2', {}, t('operator.about')), h('dl', { class: 'facts small' }, facts(one))));
  // what somebody writes in, or has the focus on, is not taken away
  const look = () => document.querySelector('dialog[open]') || node.contains(document.activeElement) || again();
  return { node, title: one.sagaId, leave: live ? every(EVERY, look) : undefined };
}

function stepOf(step, here) {
  const [done, bad] = [step.state === 'done', Boolean(step.error)];
  return h('li', { class: [here && 'here', done && 'done', bad && 'bad'], aria: { current: here ? 'step' : null } },
    h('div', { class: 'row between' }, h('strong', {}, step.name), h('span', { class: ['badge', done ? 'good' : here ? 'info' : ''] }, t(`operator.step.${step.state}`))),
    h('p', { class: 'muted small' }, t('operator.step.tries', { n: step.tries }), step.undos > 0 && `, ${t('operator.step.undos', { n: step.undos })}`,
      step.startedAt && [' · ', ago(step.startedAt)], step.deadlineAt && !step.endedAt && [' · ', t('operator.deadline'), ' ', ago(step.deadlineAt)]),
    step.error && h('code', { class: 'wrapped small' }, step.error));
}

function facts(one) {
  const told = { began: dateTime(one.createdAt), [one.endedAt ? 'ended' : 'next']: dateTime(one.endedAt ?? one.dueAt) };
  const known = Object.entries(one.about).filter(([, value]) => value !== '' && value !== null && !(typeof value === 'object' && !Object.keys(value).length));
  return [
    ...Object.entries(told).map(([key, value]) => [h('dt', {}, t(`operator.${key}`)), h('dd', {}, value)]),
    ...known.map(([name, value]) => [h('dt', {}, name), h('dd', {}, h('code', { class: 'wrapped' }, typeof value === 'object' ? JSON.stringify(value) : String(value)))]),
  ];
}

function giveUp(one) {
  const key = newKey();
  return dialog({
    title: t('operator.abandon'),
    body: (close) => h('div', { class: 'stack' }, h('p', {}, t(`operator.abandon.${one.status}`)),
      form({ reason: field(t('operator.abandon.why'), { hint: t('operator.abandon.why.hint'), required: true, maxlength: 500 }) },
        h('button', { class: 'button danger primary wide', type: 'submit' }, t('operator.abandon')),
        async ({ reason }) => {
          await api.post(`/api/operator/sagas/${one.sagaId}/abandon`, { reason: reason.trim(), status: one.status }, { key });
          close();
          again();
        })),
  });
}
