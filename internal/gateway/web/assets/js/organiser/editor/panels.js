// The panels beside the drawing: what there is, what is chosen, the tiers, and what is wrong. All that a pointer can do can
// be done here by fields as well.

import { h } from '../../core/dom.js';
import { t } from '../../core/i18n.js';
import { addArea, addSection, addShape } from './model.js';
import { chosen } from './chosen.js';
import { group } from './fields.js';
import { usualTerms } from './rows.js';
import { tierPanel } from './tiers.js';

export function panels(editor) {
  return [flawPanel(editor), structure(editor), chosen(editor), tierPanel(editor)];
}

function flawPanel({ found, tools }) {
  if (!found.length) return h('p', { class: 'note good', role: 'status' }, t('editor.sound'));
  return h('div', { class: 'note warn', role: 'status' }, h('strong', {}, t('editor.flaws', { n: found.length })),
    h('ul', { class: 'flaws' }, found.slice(0, 8).map((flaw) => h('li', {}, flaw.what
      ? h('button', { class: 'link', type: 'button', onclick: () => tools.select(flaw.what) }, t(flaw.key, flaw.given))
      : (flaw.text ?? t(flaw.key, flaw.given))))),
    found.length > 8 && h('span', { class: 'small' }, t('editor.flaws.more', { n: found.length - 8 })));
}

function structure(editor) {
  const { tools, history } = editor;
  const { sections, areas, shapes } = history.layout;
  const is = (what) => tools.selected && Object.keys(what).every((key) => what[key] === tools.selected[key]);
  const one = (what, name, more) => h('li', {}, h('button', {
    class: 'thing', type: 'button', data: { key: `thing ${JSON.stringify(what)}` }, onclick: () => tools.select(what), aria: { pressed: String(Boolean(is(what))) },
  }, h('span', { class: 'grow' }, name), h('span', { class: 'muted small' }, more)));
  return group(t('editor.structure'), h('ul', { class: 'things plain' },
    sections.map(({ id, label, rows }) => one({ kind: 'section', id }, label, t('editor.seats', { n: rows.reduce((sum, row) => sum + row.seats.length, 0) }))),
    areas.map(({ id, label, capacity }) => one({ kind: 'area', id }, label, t('editor.standing', { n: capacity }))),
    shapes.map((shape, index) => one({ kind: 'shape', index }, shape.text || t('editor.kind.shape'), t('editor.drawn')))),
  h('div', { class: 'row' }, adding(editor)));
}

function adding(editor) {
  const { history, tools } = editor;
  const below = () => Math.round(editor.plan.places.bounds.bottom + 60);
  const tier = () => tools.brush;
  const button = (key, run) => h('button', { class: 'button', type: 'button', data: { key }, onclick: run }, t(key));
  return [
    button('editor.add.section', () => {
      const { layout } = history;
      const made = addSection(layout, { ...usualTerms(), label: t('editor.section.n', { n: layout.sections.length + 1 }), tier: tier(), y: layout.sections.length || layout.areas.length ? below() : 40 });
      history.put(made.layout);
      tools.select({ kind: 'section', id: made.id });
      editor.plan.fit();
    }),
    button('editor.add.area', () => {
      const { layout } = history;
      const made = addArea(layout, { label: t('editor.area.n', { n: layout.areas.length + 1 }), capacity: 100, tier: tier(), x: -120, y: below(), width: 240, height: 120 });
      history.put(made.layout);
      tools.select({ kind: 'area', id: made.id });
      editor.plan.fit();
    }),
    button('editor.add.stage', () => {
      history.put(addShape(history.layout, { kind: 'rectangle', x: -150, y: -90, width: 300, height: 50, text: t('editor.stage'), color: '#333333' }));
      tools.select({ kind: 'shape', index: history.layout.shapes.length - 1 });
    }),
  ];
}
