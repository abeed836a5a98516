// The interface, to read and to try: every operation by its tag, and a form that calls it.

import { h, replace } from '../core/dom.js';
import { field } from '../core/form.js';
import { folded, t } from '../core/i18n.js';
import { api } from '../core/api.js';
import { aside } from './aside.js';
import { operation } from './operation.js';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

export default async function rest({ signal }) {
  const document = await api.get('/docs/openapi.json', { signal, token: 'none' });
  const groups = grouped(document);
  const list = h('div', { class: 'stack loose grow' });
  const search = field(t('docs.search'), { type: 'search', autocomplete: 'off' });
  const show = () => {
    const words = folded(search.input.value).split(/\s+/).filter(Boolean);
    const fitting = groups.map(([tag, all]) => [tag, all.filter((one) => words.every((word) => one.words.includes(word)))]).filter(([, all]) => all.length);
    replace(list, fitting.length ? fitting.map(([tag, all]) => section(tag, all, document)) : h('p', { role: 'status' }, t('docs.nothing')));
  };
  search.input.addEventListener('input', show);
  show();
  return h('div', { class: 'page stack' },
    h('h1', {}, t('docs.title')),
    h('p', { class: 'lead' }, t('docs.lead')),
    h('p', {}, h('a', { href: '/docs/openapi.json', target: '_blank', rel: 'noopener' }, 'openapi.json'), ` · OpenAPI ${document.openapi}`),
    h('div', { class: 'docs' }, aside(groups.map(([tag]) => [tag, tag]), search.node), list));
}

function grouped(document) {
  const byTag = new Map();
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS.filter((one) => item[one])) {
      const one = { method, path, ...item[method] };
      one.words = folded([method, path, one.summary, one.description].join(' '));
      const tag = one.tags?.[0] ?? t('docs.untagged');
      byTag.set(tag, [...(byTag.get(tag) ?? []), one]);
    }
  }
  return [...byTag].sort(([a], [b]) => (a < b ? -1 : 1));
}

function section(tag, all, document) {
  return h('section', { class: 'stack tight', aria: { labelledby: `tag-${tag}` } },
    h('h2', { id: `tag-${tag}`, tabindex: '-1' }, tag), all.map((one) => operation(one, document)));
}
