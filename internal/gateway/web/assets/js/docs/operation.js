// One operation: closed, a line; open, what it takes, what it answers, and a form to call it.

import { h } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { tryIt } from './try.js';
import { fields, kind } from './schema.js';

export function operation(one, document) {
  const details = h('details', { class: 'operation card flat' }, h('summary', {},
    h('span', { class: `method ${one.method}` }, one.method.toUpperCase()), ' ',
    h('code', { class: 'path' }, breakable(one.path)), ' ', h('span', { class: 'small muted grow' }, firstSentence(one))));
  details.addEventListener('toggle', () => details.open && details.append(inside(one, document)), { once: true });
  return details;
}

function inside(one, document) {
  const content = one.requestBody?.content ?? {};
  const body = content['application/json']?.schema ?? Object.values(content)[0]?.schema;
  return h('div', { class: 'stack inside' },
    one.description && one.description.split(/\n{2,}/).map((text) => h('p', {}, marked(text))),
    one.parameters?.length > 0 && part(t('docs.parameters'), parameters(one.parameters, document)),
    body && part(`${t('docs.body')}: ${kind(body, document)}`, fields(body, document)),
    part(t('docs.answers'), answers(one.responses, document)),
    part(t('docs.try'), tryIt(one, body, document)));
}

const part = (title, ...content) => h('section', { class: 'stack tight' }, h('h3', {}, title), content);

function parameters(all, document) {
  return h('ul', { class: 'fields' }, all.map((one) => h('li', {},
    h('code', { class: 'name' }, one.name), ' ', h('span', { class: 'kind' }, `${kind(one.schema, document)} · ${one.in}`), ' ',
    one.required && h('span', { class: 'badge warn' }, t('docs.required')),
    (one.description || one.schema.description) && h('p', { class: 'small muted' }, one.description || one.schema.description))));
}

function answers(responses, document) {
  return h('ul', { class: 'fields' }, Object.entries(responses).map(([status, one]) => {
    const schema = Object.values(one.content ?? {})[0]?.schema;
    const inner = schema && status < '400' && fields(schema, document);
    const head = [h('span', { class: ['badge', status < '300' ? 'good' : status < '400' ? 'info' : 'bad'] }, status), ' ',
      h('span', { class: 'kind' }, schema ? kind(schema, document) : ''), h('p', { class: 'small muted lines' }, marked(one.description ?? ''))];
    return h('li', {}, inner ? h('details', {}, h('summary', {}, head), inner) : head);
  }));
}

/** What stands in backticks is code. */
const marked = (text) => text.split('`').map((piece, at) => (at % 2 ? h('code', {}, piece) : piece));

/** A long path may be broken after a slash. */
const breakable = (path) => path.split(/(?<=\/)/).flatMap((piece) => [piece, h('wbr')]);

const firstSentence = (one) => (one.description ?? one.summary ?? '').split(/(?<=[.?:])\s/)[0].replace(/:$/, '');
