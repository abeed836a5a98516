// A list that goes on: the button below it that brings the next page, as long as there is one.

import { h, replace } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { doing } from './doing.js';

/** `list` shows the page `first`; `load(cursor)` brings another one, `shown(one)` is the node of one of its items. */
export function further(list, first, load, shown) {
  const more = h('div', { class: 'center' });
  const offer = (cursor) => replace(more, cursor && doing(t('more'), async () => {
    const page = await load(cursor);
    list.append(...page.items.map(shown));
    offer(page.nextCursor);
  }));
  offer(first.nextCursor);
  return more;
}
