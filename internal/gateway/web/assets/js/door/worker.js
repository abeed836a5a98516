// The door's pages without a network: the page and all that it can ask for is kept at its first visit. Nothing of the
// interface is kept here; what the door knows of tickets is in store.js.
//
// Its own address has the version of all assets, so that a new version is a new worker with a cache of its own. What is
// to be kept is found by following the links of the page and the imports of its modules: no list that could be wrong.

const PAGE = '/door';
const CACHE = `aisle-door ${self.location.pathname}`;
const WORDS = ['en', 'tr'].flatMap((language) => ['common', 'door'].map((file) => `../../i18n/${language}/${file}.json`));
const PATIENCE = 3_000; // ms for the page by a bad network
const LINK = /(?:href|src)="(\/assets\/[^"]+)"/g;
const COMMENT = /^\s*\/\/.*$/gm; // where examples import what there is not
const IMPORT = /(?:from|import)\s*\(?\s*['"](\.{1,2}\/[^'"]+)['"]/g;

self.addEventListener('install', (event) => event.waitUntil(keepAll().then(() => self.skipWaiting())));
self.addEventListener('activate', (event) => event.waitUntil(forgetOthers().then(() => self.clients.claim())));
self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (request.mode === 'navigate') event.respondWith(page(request));
  else if (url.pathname.startsWith('/assets/')) event.respondWith(asset(request));
});

async function keepAll() {
  const cache = await caches.open(CACHE);
  const answer = await fetch(PAGE, { cache: 'no-cache' });
  if (!answer.ok) throw new Error(`${PAGE}: ${answer.status}`);
  await cache.put(PAGE, answer.clone());
  const found = new Set([...(await answer.text()).matchAll(LINK)].map(([, path]) => new URL(path, self.location).href));
  for (const words of WORDS) found.add(new URL(words, self.location).href);
  for (const address of found) { // grows while it is read
    const one = await fetch(address);
    if (!one.ok) throw new Error(`${address}: ${one.status}`);
    await cache.put(address, one.clone());
    if (address.endsWith('.js')) for (const path of imported(await one.text())) found.add(new URL(path, address).href);
  }
}

const imported = (module) => [...module.replace(COMMENT, '').matchAll(IMPORT)].map(([, path]) => path);

async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith('aisle-door ') && name !== CACHE).map((name) => caches.delete(name)));
}

async function page(request) {
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE) });
    if (answer.status < 500) return answer;
  } catch {
    // then the one that is kept
  }
  return (await caches.match(PAGE)) ?? Response.error();
}

async function asset(request) {
  return (await caches.match(request)) ?? fetch(request);
}
