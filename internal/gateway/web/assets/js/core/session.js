// Who is here: nobody, a guest, or somebody with an account.
//
// Where the tokens are. The refresh token is in localStorage: it must outlive the tab, for a buyer who comes back from the
// bank's page or from the e-mail with the tickets is still the one who paid, and all tabs must share it, for it is good
// once, and two tabs with tokens of one family would end each other's session. The access token is in memory, and in
// sessionStorage so that a reload within its 15 minutes uses up no refresh token: whose answer a reload cuts off is lost
// for good. A script that could read either could as well act in place of the person; against that stand a
// Content-Security-Policy without any inline or foreign script, and `dom.js`, which makes no HTML out of text.

import { api, Problem, tokensFrom } from './api.js';

const REFRESH = 'aisle.refresh';
const ACCESS = 'aisle.access';
const EARLY = 30_000; // ms before its end that a token is renewed: longer than any request is under way
const listeners = new Set();
const memory = new Map(); // where the browser keeps nothing

let session = restored(); // {access, until, user} or null
let refreshing = null;

/** The user {id, name, email, roles, guest}, or null as long as nobody came in. */
export const user = () => session?.user ?? null;
export const isMember = () => Boolean(session && !session.user.guest);
export const isAdmin = () => Boolean(session?.user.roles.includes('admin'));

/** Call back with the user (or null) at each change; returns how to stop it. */
export function onSession(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The session of an earlier visit, if there is one: call it before the first page is shown. */
export async function resume() {
  if (!session && kept(localStorage, REFRESH)) await refresh().catch(() => {});
  return user();
}

export async function login(email, password) {
  return take(await api.post('/api/auth/login', { email, password }, { token: 'none' }));
}

/** Make an account and log in. That the e-mail has one already is told by the login, if the password is another. */
export async function register(email, password, name) {
  await api.post('/api/auth/register', { email, password, name }, { token: 'none' });
  return login(email, password);
}

export async function logout() {
  const token = kept(localStorage, REFRESH);
  forget();
  if (token) await api.post('/api/auth/logout', { refreshToken: token }, { token: 'none' }).catch(() => {});
}

/** The access token as it is now, renewed if need be; a guest's if there is none and one is needed. For WebSockets too. */
export async function accessToken(needed = false) {
  if (session && session.until - EARLY > Date.now()) return session.access;
  if (kept(localStorage, REFRESH)) {
    try {
      return await refresh();
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 401) throw error;
    }
  }
  return needed ? single(async () => (await guest()).access) : null;
}

tokensFrom({
  access: accessToken,
  // Whether there is another token than the one that was refused, so that it is worth asking again.
  refused: async (token) => {
    if (session?.access === token) session = null;
    try {
      return Boolean(await accessToken());
    } catch {
      return false;
    }
  },
});

const refresh = () => single(() => alone(renewed));

/** One at a time in this tab: all who come meanwhile get the same. */
function single(work) {
  refreshing ??= work().finally(() => (refreshing = null));
  return refreshing;
}

/** One at a time in all tabs, where the browser can do that (it needs https, or localhost). */
const alone = (work) => (navigator.locks ? navigator.locks.request(REFRESH, work) : work());

async function renewed() {
  const token = kept(localStorage, REFRESH); // read within the lock: another tab may have changed it
  if (!token) throw new Problem({ code: 'logged_out' }, 401);
  try {
    take(await api.post('/api/auth/refresh', { refreshToken: token }, { token: 'none' }));
  } catch (error) {
    if (error.status === 401) forget();
    throw error;
  }
  return session.access;
}

async function guest() {
  take(await api.post('/api/auth/guest', undefined, { token: 'none' }));
  return session;
}

function take(tokens) {
  session = { access: tokens.accessToken, until: Date.now() + tokens.expiresIn * 1000, user: tokens.user };
  keep(localStorage, REFRESH, tokens.refreshToken);
  keep(sessionStorage, ACCESS, JSON.stringify(session));
  tell();
  return session.user;
}

function forget() {
  session = null;
  keep(localStorage, REFRESH, null);
  keep(sessionStorage, ACCESS, null);
  tell();
}

function tell() {
  for (const listener of [...listeners]) listener(user());
}

function restored() {
  const text = kept(sessionStorage, ACCESS);
  if (!text || !kept(localStorage, REFRESH)) return null;
  const found = JSON.parse(text);
  return found.until - EARLY > Date.now() ? found : null;
}

function kept(storage, name) {
  try {
    return storage.getItem(name);
  } catch {
    return memory.get(name) ?? null;
  }
}

function keep(storage, name, value) {
  try {
    if (value === null) storage.removeItem(name);
    else storage.setItem(name, value);
  } catch {
    memory.set(name, value);
  }
}

// Somebody logged in or out in another tab: this one follows.
addEventListener('storage', (event) => {
  if (event.key !== REFRESH) return;
  if (event.newValue === null) forget();
  else if (event.oldValue === null) resume();
});
