// JSON Schema as something to read, and an example of it to begin with.

import { h } from '../core/dom.js';
import { t } from '../core/i18n.js';

const DEEPEST = 8; // of a schema that contains itself

/** What stands behind a $ref. */
export function resolved(schema, document) {
  if (!schema?.$ref) return schema ?? {};
  return schema.$ref.split('/').slice(1).reduce((at, part) => at?.[part.replaceAll('~1', '/')], document) ?? {};
}

const nameOf = (schema) => schema?.$ref?.split('/').at(-1) ?? null;

/** "array of Seat", "string (date-time)", "text or nothing". */
export function kind(schema, document) {
  if (nameOf(schema)) return short(nameOf(schema));
  const parts = schema.oneOf ?? schema.anyOf;
  if (parts) return parts.map((one) => kind(one, document)).join(` ${t('docs.or')} `);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(' | ');
  if (schema.type === 'array') return t('docs.list', { of: kind(schema.items ?? {}, document) });
  return [schema.type ?? t('docs.any')].flat().join(` ${t('docs.or')} `) + (schema.format ? ` (${schema.format})` : '');
}

const short = (name) => name.replace(/^Page_.*\.(\w+)_$/, 'Page of $1').replace(/^.*\.(\w+_?)$/, '$1');

/** The fields of an object, nested ones to be opened. */
export function fields(schema, document, depth = 0) {
  const plain = whole(schema, document);
  if (plain.type === 'array') return fields(plain.items ?? {}, document, depth);
  if (!plain.properties || depth > DEEPEST) return plain.description && depth === 0 ? h('p', { class: 'muted small' }, plain.description) : null;
  const required = new Set(plain.required);
  return h('ul', { class: 'fields' }, Object.entries(plain.properties).map(([name, one]) => field(name, one, required.has(name), document, depth)));
}

function field(name, schema, required, document, depth) {
  const plain = whole(schema, document);
  const inner = contained(schema, document);
  const head = [h('code', { class: 'name' }, name), ' ', h('span', { class: 'kind' }, kind(schema, document)), ' ',
    required && h('span', { class: 'badge warn' }, t('docs.required'))];
  const text = [plain.description, limits(plain)].filter(Boolean).join(' · ');
  const below = text && h('p', { class: 'small muted' }, text);
  if (!inner) return h('li', {}, head, below);
  const details = h('details', {}, h('summary', {}, head), below);
  details.addEventListener('toggle', () => details.open && details.append(fields(inner, document, depth + 1) ?? ''), { once: true });
  return h('li', {}, details);
}

/** The object within this, if there is one: itself, the items of a list, the one of several that is an object. */
function contained(schema, document) {
  const plain = whole(schema, document);
  if (plain.type === 'array') return contained(plain.items ?? {}, document);
  if (plain.properties) return plain;
  return (plain.oneOf ?? plain.anyOf ?? []).map((one) => contained(one, document)).find(Boolean) ?? null;
}

function whole(schema, document) {
  const plain = resolved(schema, document);
  if (!plain.allOf) return plain;
  return Object.assign({}, plain, ...plain.allOf.map((one) => whole(one, document)));
}

function limits(schema) {
  const said = [];
  for (const key of ['minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems', 'pattern']) {
    if (schema[key] !== undefined) said.push(`${key} ${schema[key]}`);
  }
  if (schema.default !== undefined && schema.default !== null) said.push(`${t('docs.default')} ${JSON.stringify(schema.default)}`);
  return said.join(', ');
}

const TEXTS = { 'date-time': () => new Date(Date.now() + 7 * 864e5).toISOString().slice(0, 19) + 'Z', date: () => new Date().toISOString().slice(0, 10) };

/** A value that is of the form; `all` fills what may be left out, too. */
export function example(schema, document, { all = false, depth = 0 } = {}) {
  const plain = whole(schema, document);
  if (plain.examples?.length) return plain.examples[0];
  if (plain.const !== undefined) return plain.const;
  if (plain.enum) return plain.enum[0];
  const parts = plain.oneOf ?? plain.anyOf;
  if (parts) return example(parts.find((one) => one.type !== 'null') ?? {}, document, { all, depth });
  if (plain.default !== undefined && plain.default !== null) return plain.default;
  const type = [plain.type].flat().find((one) => one !== 'null');
  if (plain.properties || type === 'object') return object(plain, document, all, depth);
  if (type === 'array') return depth > DEEPEST ? [] : [example(plain.items ?? {}, document, { all, depth: depth + 1 })];
  if (type === 'integer' || type === 'number') return plain.minimum ?? 1;
  if (type === 'boolean') return false;
  return text(plain);
}

function object(plain, document, all, depth) {
  if (depth > DEEPEST) return {};
  const required = new Set(plain.required);
  const chosen = Object.entries(plain.properties ?? {}).filter(([name]) => all || required.has(name));
  return Object.fromEntries(chosen.map(([name, one]) => [name, example(one, document, { all, depth: depth + 1 })]));
}

/** Our ids say in their pattern what they begin with, and currencies are three letters. */
function text(plain) {
  if (plain.format in TEXTS) return TEXTS[plain.format]();
  const id = /^\^([a-z]+_)\[0-9a-f\]\{32\}/.exec(plain.pattern ?? '');
  if (id) return id[1] + '0'.repeat(32);
  if (plain.pattern?.startsWith('^[A-Z]{3}$')) return 'TRY';
  if (plain.pattern?.includes('@')) return 'ada@example.com';
  return 'text'.padEnd(plain.minLength ?? 0, '.');
}
