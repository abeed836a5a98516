// Drawings in and out: our own form as it is, pretix' by the server, which knows how to read it.

import { api } from '../../core/api.js';
import { confirm, dialog } from '../../core/dialog.js';
import { h } from '../../core/dom.js';
import { t } from '../../core/i18n.js';
import { said } from '../../core/states.js';
import { toast } from '../../core/toast.js';
import { save } from '../download.js';
import { complete } from './model.js';

const PATIENCE = 60_000; // ms: a plan of 50,000 seats

export function importing(editor) {
  const input = h('input', { type: 'file', accept: '.json,application/json', hidden: true });
  input.addEventListener('change', async () => {
    input.remove();
    try {
      if (input.files[0]) await take(editor, JSON.parse(await input.files[0].text()));
    } catch (error) {
      toast(error instanceof SyntaxError ? t('editor.import.bad') : said(error), { kind: 'bad', action: null });
    }
  });
  document.body.append(input);
  input.click();
}

async function take(editor, given) {
  if (Array.isArray(given?.zones)) return takePlan(editor, given);
  if (!Array.isArray(given?.tiers) || !(Array.isArray(given.sections ?? []) && Array.isArray(given.areas ?? []))) return toast(t('editor.import.bad'), { kind: 'bad' });
  editor.tools.selected = null;
  editor.history.put(complete(given));
  editor.plan.fit();
  toast(t('editor.imported'));
}

/** The server reads it, and it is the venue's layout at once: that is said before. */
async function takePlan(editor, plan) {
  if (!(await confirm(t('editor.import.pretix'), t('editor.import.pretix.text'), { yes: t('editor.import') }))) return;
  const ifMatch = editor.venue.layoutHash ? `"${editor.venue.layoutHash}"` : undefined;
  await api.post(`/api/venues/${editor.venue.id}/layout/import`, plan, { ifMatch, timeout: PATIENCE });
  await editor.reload();
  toast(t('editor.saved'));
}

export async function exporting(editor) {
  const { venue, history } = editor;
  const known = Boolean(venue.layoutHash);
  const choice = await dialog({
    title: t('editor.export'),
    body: h('p', {}, t(history.isDirty ? 'editor.export.dirty' : known ? 'editor.export.text' : 'editor.export.unsaved')),
    actions: [...(known ? [{ label: t('editor.export.pretix'), value: 'pretix' }] : []), { label: t('editor.export.json'), value: 'json', kind: 'primary' }],
  });
  const name = venue.name.replace(/[\\/:*?"<>|]+/g, ' ').trim() || 'venue';
  if (choice === 'json') save(json(history.layout), `${name}.json`);
  if (choice !== 'pretix') return;
  try {
    save(json(await api.get(`/api/venues/${venue.id}/layout/export`, { timeout: PATIENCE })), `${name}.pretix.json`);
  } catch (error) {
    toast(said(error), { kind: 'bad' });
  }
}

const json = (content) => new Blob([JSON.stringify(content, null, 2)], { type: 'application/json' });
