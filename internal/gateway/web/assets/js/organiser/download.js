// A file for which one has to be logged in: fetched with the token, then handed to the browser as a download.

import { Problem } from '../core/api.js';
import { accessToken } from '../core/session.js';

const PATIENCE = 300_000; // ms: a season's orders

export async function download(path, name, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value);
  const answer = await fetch(given.length ? `${path}?${new URLSearchParams(given)}` : path, {
    headers: { authorization: `Bearer ${await accessToken()}` }, signal: AbortSignal.timeout(PATIENCE),
  }).catch(() => { throw new Problem({ code: 'offline' }, 0); });
  if (!answer.ok) throw new Problem(await answer.json().catch(() => ({ code: `http_${answer.status}` })), answer.status);
  save(await answer.blob(), name);
}

export function save(blob, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // some browsers begin late
}
