// Words in the reader's language, and numbers and dates in its manner.
//
// The words of a page are flat JSON files, `i18n/<language>/<file>.json`: "seats.left": "{n} seats left", or by plural:
// {"one": "{n} seat left", "other": "{n} seats left"}, chosen by the argument `n`. What is called again at a change of
// language: everything given to `onLanguage`; the router shows its view anew.

export const LANGUAGES = { en: 'English', tr: 'Türkçe' };

const KEPT = 'aisle.language';
const listeners = new Set();
const words = { en: {}, tr: {} };
const loading = new Map();
let files = [];
let current = initial();

export const language = () => current;

/** The words of these files, in the current language; call once for a page, before it shows anything. */
export async function use(...names) {
  files = [...new Set([...files, ...names])];
  await load(current);
  document.documentElement.lang = current;
}

export async function setLanguage(wanted) {
  if (!(wanted in LANGUAGES) || wanted === current) return;
  await load(wanted);
  current = wanted;
  keep(wanted);
  document.documentElement.lang = wanted;
  for (const listener of [...listeners]) listener(wanted);
}

/** Call back after each change of language; returns how to stop it. */
export function onLanguage(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The words for this key. `{name}` stands for an argument; a key that nobody wrote is shown as it is. */
export function t(key, given = {}) {
  let found = words[current][key] ?? words.en[key];
  if (found === undefined) return key;
  if (typeof found === 'object') found = found[plural(given.n)] ?? found.other;
  return found.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = given[name];
    return value === undefined ? whole : typeof value === 'number' ? number(value) : String(value);
  });
}

/** Whether somebody wrote words for this key. */
export const has = (key) => key in words[current] || key in words.en;

export const number = (value, options) => formatter('NumberFormat', options).format(value);

/** A moment (ISO text, Date or milliseconds) as people say it; `zone` is where it takes place. */
export const date = (moment, options = { dateStyle: 'full' }, zone = undefined) =>
  formatter('DateTimeFormat', zone ? { ...options, timeZone: zone } : options).format(new Date(moment));

export const dateTime = (moment, zone) => date(moment, { dateStyle: 'medium', timeStyle: 'short' }, zone);

export const relative = (value, unit) => formatter('RelativeTimeFormat', { numeric: 'auto' }).format(value, unit);

export const list = (items) => formatter('ListFormat', { type: 'conjunction' }).format(items);

/** Compare texts as this language orders them. */
export const compare = (a, b) => formatter('Collator', { sensitivity: 'base', numeric: true }).compare(a, b);

/** Lower case for searching, as this language has it (Turkish I is not English I), without accents. */
export const folded = (text) =>
  text.toLocaleLowerCase(current).normalize('NFD').replace(/\p{M}/gu, '').replaceAll('ı', 'i');

const formatters = new Map();

export function formatter(kind, options = {}) {
  const key = `${current} ${kind} ${JSON.stringify(options)}`;
  if (!formatters.has(key)) formatters.set(key, new Intl[kind](locale(), options));
  return formatters.get(key);
}

/** The reader's own kind of this language: en-GB and en-US write dates in different ways. */
const locale = () => navigator.languages.find((one) => one.split('-')[0] === current) ?? current;

const plural = (n) => formatter('PluralRules').select(Number(n ?? 0));

function load(wanted) {
  return Promise.all(files.map((name) => loadFile(wanted, name)));
}

function loadFile(wanted, name) {
  const key = `${wanted}/${name}`;
  if (!loading.has(key)) {
    const url = new URL(`../../i18n/${key}.json`, import.meta.url);
    const taken = fetch(url)
      .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(`${url}: ${answer.status}`))))
      .then((found) => Object.assign(words[wanted], found))
      .catch((error) => {
        loading.delete(key); // the next who needs it tries again
        throw error;
      });
    loading.set(key, taken);
  }
  return loading.get(key);
}

function initial() {
  let kept = null;
  try {
    kept = localStorage.getItem(KEPT);
  } catch {
    // a browser that keeps nothing still shows its own language
  }
  if (kept in LANGUAGES) return kept;
  return navigator.languages.map((one) => one.slice(0, 2)).find((one) => one in LANGUAGES) ?? 'en';
}

function keep(wanted) {
  try {
    localStorage.setItem(KEPT, wanted);
  } catch {
    // as above
  }
}
