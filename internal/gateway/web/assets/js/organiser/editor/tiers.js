// The tiers: a name that the prices of each showtime go by, and a colour that only draws them.

import { h } from '../../core/dom.js';
import { t } from '../../core/i18n.js';
import { act, group } from './fields.js';
import { countTiers, renamedTier } from './model.js';

const COLOURS = ['#8c1c4a', '#1c5a8c', '#1a6b41', '#8a5200', '#5b3aa6', '#0b6a72', '#a03a12', '#4d5a20'];

export function tierPanel(editor) {
  const { history } = editor;
  const { layout } = history;
  const counts = countTiers(layout);
  return group(t('editor.tiers'), h('ul', { class: 'things plain' }, layout.tiers.map((tier, at) => line(editor, tier, at, counts.get(tier.name) ?? 0, counts.has(tier.name)))),
    h('div', {}, act('add tier', t('editor.tier.add'), () => {
      let name = t('editor.tier.n', { n: layout.tiers.length + 1 });
      while (layout.tiers.some((tier) => tier.name === name)) name += "'";
      history.put({ ...layout, tiers: [...layout.tiers, { name, color: COLOURS[layout.tiers.length % COLOURS.length] }] });
      editor.tools.tier = name;
    })));
}

function line({ history, tools }, tier, at, count, inUse) {
  const put = (change) => {
    history.put(renamedTier(history.layout, tier.name, { ...tier, ...change }));
    if (tools.tier === tier.name && change.name) tools.tier = change.name;
  };
  const name = h('input', {
    class: 'input grow', type: 'text', value: tier.name, maxlength: 64, data: { key: `tier ${at}` }, aria: { label: t('editor.tier.name', { n: at + 1 }) },
    onchange: () => {
      const given = name.value.trim();
      const taken = history.layout.tiers.some((one) => one.name === given && one.name !== tier.name);
      if (!given || taken) name.value = tier.name;
      else put({ name: given });
    },
  });
  return h('li', { class: 'row tier-line' },
    h('input', { type: 'color', class: 'swatch', value: hex(tier.color, at), data: { key: `colour ${at}` }, aria: { label: t('editor.colour', { name: tier.name }) }, onchange: (event) => put({ color: event.target.value }) }),
    name, h('span', { class: 'muted small num' }, count),
    h('button', {
      class: 'button quiet icon', type: 'button', disabled: inUse || history.layout.tiers.length === 1, aria: { label: t('editor.tier.remove', { name: tier.name }) },
      onclick: () => history.put({ ...history.layout, tiers: history.layout.tiers.filter((one) => one.name !== tier.name) }),
    }, '×'));
}

/** What a colour input takes: a word or a short form is shown as the page would draw it. */
function hex(colour, at) {
  if (/^#[0-9a-f]{6}$/i.test(colour)) return colour;
  if (/^#[0-9a-f]{3}$/i.test(colour)) return `#${[...colour.slice(1)].map((digit) => digit + digit).join('')}`;
  const context = document.createElement('canvas').getContext('2d');
  context.fillStyle = colour || COLOURS[at % COLOURS.length];
  return context.fillStyle;
}
