// The list of what is on a page of the documents: beside it on a wide window, above it on a phone.

import { h } from '../core/dom.js';
import { t } from '../core/i18n.js';

/** `entries` are [tag, text]; each leads to the heading `tag-<tag>`. */
export function aside(entries, ...more) {
  const jump = (event, tag) => {
    event.preventDefault();
    const heading = document.getElementById(`tag-${tag}`);
    heading?.scrollIntoView();
    heading?.focus({ preventScroll: true });
  };
  return h('aside', { class: 'contents stack' }, more,
    h('nav', { aria: { label: t('docs.contents') } }, h('ul', { class: 'contents-list' }, entries.map(([tag, text]) =>
      h('li', {}, h('a', { href: `#tag-${tag}`, onclick: (event) => jump(event, tag) }, text))))));
}
