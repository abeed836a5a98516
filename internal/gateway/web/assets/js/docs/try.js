// Call an operation from its page, with one's own session or a token that is pasted in.

import { newKey } from '../core/api.js';
import { h, replace } from '../core/dom.js';
import { field } from '../core/form.js';
import { number, t } from '../core/i18n.js';
import { accessToken } from '../core/session.js';
import { example } from './schema.js';

const LONGEST = 20_000; // characters of an answer that are shown

export function tryIt(one, body, document) {
  const inputs = (one.parameters ?? []).map((parameter) => [parameter, input(parameter)]);
  const token = field(t('docs.token'), { hint: t('docs.token.hint'), autocomplete: 'off', spellcheck: 'false' });
  const text = body && field(t('docs.body'), { kind: 'textarea', class: 'code', spellcheck: 'false', rows: 8 });
  if (text) text.input.value = JSON.stringify(example(body, document), null, 2);
  const answer = h('div', { class: 'stack tight', role: 'status' });
  const button = h('button', { class: 'button primary', type: 'submit' }, t('docs.send'));
  const send = async (event) => {
    event.preventDefault();
    const missing = inputs.find(([parameter, one]) => parameter.required && !one.input.value);
    if (missing) return missing[1].error(t('docs.missing')), missing[1].input.focus();
    button.setAttribute('aria-busy', 'true');
    try {
      replace(answer, await called(request(one, inputs, text, token.input.value.trim() || (await accessToken()))));
    } catch (error) {
      replace(answer, h('p', { class: 'error' }, String(error.message ?? error)));
    } finally {
      button.removeAttribute('aria-busy');
    }
  };
  return h('form', { class: 'stack try', novalidate: true, onsubmit: send },
    h('div', { class: 'grid' }, inputs.map(([, one]) => one.node), token.node), text?.node, h('p', { class: 'row' }, button), answer);
}

function input(parameter) {
  const schema = parameter.schema ?? {};
  const known = schema.enum ?? schema.oneOf?.find((one) => one.enum)?.enum;
  const first = parameter.name.toLowerCase() === 'idempotency-key' ? newKey() : '';
  const options = known && [['', ''], ...known.map((one) => [String(one), String(one)])];
  return field(`${parameter.name} (${parameter.in})`, known ? { kind: 'select', options } : { value: first, autocomplete: 'off', required: parameter.required });
}

function request(one, inputs, text, token) {
  const headers = { accept: 'application/json' };
  const query = new URLSearchParams();
  let path = one.path;
  for (const [parameter, { input: given }] of inputs) {
    if (!given.value) continue;
    if (parameter.in === 'path') path = path.replace(`{${parameter.name}}`, encodeURIComponent(given.value));
    else if (parameter.in === 'query') query.append(parameter.name, given.value);
    else if (parameter.in === 'header') headers[parameter.name] = given.value;
  }
  if (token) headers.authorization = `Bearer ${token}`;
  if (text) headers['content-type'] = 'application/json';
  const address = query.size ? `${path}?${query}` : path;
  return { method: one.method.toUpperCase(), address, headers, body: text?.input.value };
}

async function called({ method, address, headers, body }) {
  const began = performance.now();
  const answer = await fetch(address, { method, headers, body, cache: 'no-store' });
  const content = await answer.text();
  const took = Math.round(performance.now() - began);
  return h('div', { class: 'stack tight' },
    h('p', { class: 'row' }, h('span', { class: ['badge', answer.ok ? 'good' : 'bad'] }, `${answer.status} ${answer.statusText}`),
      h('span', { class: 'small muted' }, t('docs.took', { ms: number(took) }))),
    block(t('docs.answer'), pretty(content)),
    block(t('docs.headers'), [...answer.headers].map(([name, value]) => `${name}: ${value}`).join('\n')),
    block('curl', curl(method, address, headers, body)));
}

/** It scrolls, so it takes the focus, and needs a name. */
const block = (name, text) => text && h('figure', { class: 'stack tight' }, h('figcaption', { class: 'eyebrow' }, name),
  h('pre', { class: 'code', tabindex: '0', role: 'region', aria: { label: name } }, text));

function pretty(text) {
  try {
    text = JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    // it is no JSON
  }
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}\n…` : text;
}

/** The token is left out: what is copied is often shown to somebody. */
function curl(method, address, headers, body) {
  const quoted = (text) => `'${text.replaceAll("'", String.raw`'\''`)}'`;
  const given = Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${name === 'authorization' ? 'Bearer $TOKEN' : value}`)}`);
  return [`curl -X ${method} ${quoted(new URL(address, location.origin).href)}`, ...given, body && `-d ${quoted(body)}`].filter(Boolean).join(' \\\n  ');
}
