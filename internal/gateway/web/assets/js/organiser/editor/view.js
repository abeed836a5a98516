// The venue editor: the drawing, what can be done to it, and what is wrong with it. It is saved only when somebody says so.

import { api } from '../../core/api.js';
import { confirm, dialog } from '../../core/dialog.js';
import { h, replace } from '../../core/dom.js';
import { t } from '../../core/i18n.js';
import { note } from '../../core/states.js';
import { toast } from '../../core/toast.js';
import { doing } from '../doing.js';
import { Plan } from '../plan/plan.js';
import { address, framed, heading, workspace } from '../workspace.js';
import { flaws } from './check.js';
import { exporting, importing } from './files.js';
import { History } from './history.js';
import { blank, complete, countPlaces } from './model.js';
import { panels } from './panels.js';
import { preview } from './preview.js';
import { settings } from './settings.js';
import { Tools } from './tools.js';

const CALM = 250; // ms without a change before it is checked and kept in this tab

export default async function editor(context) {
  const { params, signal } = context;
  const [place, venue] = await Promise.all([workspace(context), api.get(`/api/venues/${params.venue}`, { signal })]);
  const saved = venue.layoutHash ? complete(await api.get(`/api/layouts/${venue.layoutHash}`, { signal })) : null;
  return new Editor(place, venue, saved, context).view();
}

class Editor {
  constructor(place, venue, saved, context) {
    Object.assign(this, { place, venue, context });
    this.history = new History(saved ?? blank(venue.name, t('editor.tier.first'), t('editor.stage')));
    this.draftKey = `aisle.drawing.${venue.id}`;
    this.tools = new Tools(this);
    this.found = flaws(this.history.layout);
    this.said = h('p', { class: 'sr-only', role: 'status' });
    this.bar = h('div', { class: 'row editor-bar' });
    this.state = h('span', { class: 'small muted' });
    this.panel = h('div', { class: 'editor-panel stack' });
    this.notes = h('div', { class: 'notes' });
    this.plan = new Plan({ label: t('editor.plan', { name: venue.name }), help: t('editor.keys'), look: this.tools.look, tool: this.tools });
  }

  view() {
    this.#resumed();
    this.history.onChange(() => this.#changed());
    this.plan.show(this.history.layout);
    this.redraw();
    const warn = (event) => this.history.isDirty && event.preventDefault();
    addEventListener('beforeunload', warn);
    const node = framed(this.place, 'venues',
      heading(this.venue.name, {
        back: { href: address(this.place.id, 'venues'), label: t('tab.venues') },
        actions: [doing(t('editor.settings'), () => settings(this.venue, this.place, this.context.go), { kind: 'quiet' })],
      }),
      this.notes, this.bar, h('div', { class: 'editor' }, h('div', { class: 'editor-stage stack tight' }, this.tools.bar(), this.plan.node, h('div', { class: 'row between' }, this.state, h('span', { class: 'small muted hint-keys' }, t('editor.keys')))), this.panel), this.said);
    const leave = () => {
      removeEventListener('beforeunload', warn);
      clearTimeout(this.calm);
      this.#keepDraft();
      this.plan.close();
    };
    return { node, title: this.venue.name, leave };
  }

  /** The panels anew, with the focus where it was: after this turn, when the browser has moved it on. */
  redraw() {
    this.asked ??= setTimeout(() => {
      this.asked = null;
      if (this.plan.isBusy) return this.redraw(); // the hand first: the fields follow when it rests
      const key = document.activeElement?.dataset?.key;
      replace(this.bar, this.#buttons());
      replace(this.panel, panels(this));
      this.tools.mark();
      replace(this.state, t('editor.count', { n: countPlaces(this.history.layout) }), ' · ', t(this.history.isDirty ? 'editor.dirty' : this.venue.layoutHash ? 'editor.clean' : 'editor.new'));
      if (key) document.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
    }, this.plan.isBusy ? CALM : 0);
  }

  say(text) {
    this.said.textContent = text;
  }

  #changed() {
    this.plan.show(this.history.layout);
    this.redraw();
    clearTimeout(this.calm);
    this.calm = setTimeout(() => {
      this.found = flaws(this.history.layout);
      this.#keepDraft();
      this.redraw();
    }, CALM);
  }

  #buttons() {
    const { history } = this;
    const step = (key, can, run) => h('button', { class: 'button', type: 'button', disabled: !can, data: { key }, onclick: run }, t(key));
    return [
      step('editor.undo', history.canUndo, () => (history.undo(), this.say(t('editor.undone')))), step('editor.redo', history.canRedo, () => history.redo()),
      h('span', { class: 'grow' }),
      step('editor.preview', countPlaces(history.layout) > 0, () => preview(this.venue.name, history.layout)),
      step('editor.import', true, () => importing(this)), step('editor.export', true, () => exporting(this)),
      doing(t('editor.save'), () => this.save(), { kind: 'primary', disabled: !history.isDirty && Boolean(this.venue.layoutHash), data: { key: 'save' } }),
    ];
  }

  async save({ over = false } = {}) {
    this.found = flaws(this.history.layout);
    if (this.found.length) return this.redraw(), toast(t('editor.flawed'), { kind: 'bad' });
    const { layout } = this.history;
    try {
      const ifMatch = this.venue.layoutHash && !over ? `"${this.venue.layoutHash}"` : undefined;
      this.venue = await api.put(`/api/venues/${this.venue.id}/layout`, layout, { ifMatch, timeout: 60_000 });
    } catch (error) {
      if (error.code === 'layout_changed') return this.#overtaken();
      if (error.code === 'bad_layout') this.found = (error.body.errors ?? []).map((one) => ({ text: `${one.message} (${one.path})` }));
      this.redraw();
      throw error;
    }
    this.history.kept(layout);
    this.#forgetDraft();
    replace(this.notes);
    toast(t('editor.saved'));
  }

  async #overtaken() {
    const choice = await dialog({
      title: t('editor.overtaken'), body: h('p', {}, t('editor.overtaken.text')),
      actions: [{ label: t('editor.overtaken.load'), value: 'load' }, { label: t('editor.overtaken.over'), value: 'over', kind: 'danger' }],
    });
    if (choice === 'over') await this.save({ over: true });
    if (choice === 'load') await this.reload();
  }

  /** What the server has now, as a step that can be undone. */
  async reload() {
    this.venue = await api.get(`/api/venues/${this.venue.id}`);
    const layout = complete(await api.get(`/api/layouts/${this.venue.layoutHash}`));
    this.tools.selected = null;
    this.history.put(layout);
    this.history.kept(layout);
    this.#forgetDraft();
    this.plan.fit();
  }

  /** What this tab did not save the last time is there again, and says so. */
  #resumed() {
    const draft = this.#draft();
    if (!draft || JSON.stringify(draft.layout) === JSON.stringify(this.history.layout)) return;
    const saved = this.history.layout;
    this.history.put(draft.layout);
    this.found = flaws(draft.layout);
    replace(this.notes, note('info', t('editor.resumed'), h('div', {}, h('button', {
      class: 'button small', type: 'button', onclick: async () => {
        if (!(await confirm(t('editor.discard'), t('editor.discard.text'), { yes: t('editor.discard'), kind: 'danger' }))) return;
        this.tools.selected = null;
        this.history.put(saved);
        this.history.kept(saved);
        this.#forgetDraft();
        replace(this.notes);
      },
    }, t('editor.discard')))));
  }

  #draft() {
    try {
      return JSON.parse(sessionStorage.getItem(this.draftKey));
    } catch {
      return null;
    }
  }

  #keepDraft() {
    if (!this.history.isDirty) return;
    try {
      sessionStorage.setItem(this.draftKey, JSON.stringify({ layout: this.history.layout }));
    } catch {
      // too large for this browser: then only saving keeps it
    }
  }

  #forgetDraft() {
    clearTimeout(this.calm);
    try {
      sessionStorage.removeItem(this.draftKey);
    } catch {
      // as above
    }
  }
}
