// What is on: a search by text, city, date and category, and what it finds. What is looked for stands in the address, so
// that it can be sent to somebody, and is there again after "back".

import { api } from '../core/api.js';
import { h, replace } from '../core/dom.js';
import { field } from '../core/form.js';
import { compare, date, t } from '../core/i18n.js';
import { money } from '../core/money.js';
import { empty, failure } from '../core/states.js';
import { poster } from './poster.js';
import { WHEN, range } from './when.js';

const TYPING = 250; // ms without a key before it is looked for: faster than most people's next letter is a waste

export default async function home({ query, signal }) {
  const wanted = { q: query.q ?? '', city: query.city ?? '', when: query.when ?? '', day: query.day ?? '', category: query.category ?? '' };
  const [found, categories] = await Promise.all([look(wanted, null, signal), api.get('/api/categories', { signal, token: 'none', query: { limit: 200 } })]);
  const results = h('section', { class: 'stack', aria: { labelledby: 'found' } });
  const count = h('span', { role: 'status' });
  const heading = h('h2', { class: 'found', id: 'found' }, count);
  let turn = 0;

  function show(listing) {
    count.textContent = filtered(wanted) ? t('home.found', { n: listing.total }) : t('home.soon');
    const grid = h('ul', { class: 'grid posters' }, listing.items.map(card));
    replace(results, heading, listing.items.length ? grid : nothing(clear), more(listing, grid));
  }

  function more(listing, grid) {
    if (!listing.nextCursor) return null;
    const button = h('button', { class: 'button', type: 'button', onclick: next }, t('more'));
    const place = h('p', { class: 'row more' }, button);
    async function next() {
      button.setAttribute('aria-busy', 'true');
      const page = await look(wanted, listing.nextCursor, signal);
      const cards = page.items.map(card);
      grid.append(...cards);
      place.replaceWith(more(page, grid) ?? '');
      cards[0]?.querySelector('a').focus();
    }
    return place;
  }

  async function search() {
    const mine = ++turn;
    keep(wanted);
    results.setAttribute('aria-busy', 'true');
    try {
      const listing = await look(wanted, null, signal);
      if (mine === turn) show(listing);
    } catch (error) {
      if (mine === turn && !signal.aborted) replace(results, failure(error, search));
    } finally {
      if (mine === turn) results.removeAttribute('aria-busy');
    }
  }

  function clear() {
    Object.assign(wanted, { q: '', city: '', when: '', day: '', category: '' });
    replace(bar, filters(wanted, found.cities, categories.items, search));
    bar.querySelector('input').focus();
    search();
  }

  const bar = h('div', {}, filters(wanted, found.cities, categories.items, search));
  show(found);
  return h('div', { class: 'page stack loose' },
    h('header', { class: 'stack tight' }, h('h1', {}, t('home.title')), h('p', { class: 'lead' }, t('home.lead'))), bar, results);
}

function look(wanted, cursor, signal) {
  const { from, until } = range(wanted.when, wanted.day, new Date());
  const query = { q: wanted.q.trim(), city: wanted.city, categoryId: wanted.category, from, until, cursor };
  return api.get('/api/programme', { signal, query, token: 'none' }); // public, so that caches on the way may keep it
}

function filters(wanted, cities, categories, search) {
  let timer = 0;
  const text = field(t('home.text'), { type: 'search', value: wanted.q, placeholder: t('home.text.hint'), maxlength: 200, enterkeyhint: 'search', autocomplete: 'off' });
  text.input.addEventListener('input', () => {
    wanted.q = text.input.value;
    clearTimeout(timer);
    timer = setTimeout(search, TYPING);
  });
  const choice = (name, label, options) => {
    const one = field(label, { kind: 'select', options, value: wanted[name] });
    one.input.addEventListener('change', () => {
      wanted[name] = one.input.value;
      day.node.hidden = wanted.when !== 'day';
      search();
    });
    return one.node;
  };
  const day = field(t('home.day'), { type: 'date', value: wanted.day, min: new Date().toISOString().slice(0, 10) });
  day.node.hidden = wanted.when !== 'day';
  day.input.addEventListener('change', () => ((wanted.day = day.input.value), search()));
  return h('form', { class: 'search', role: 'search', aria: { label: t('home.search') }, onsubmit: (event) => (event.preventDefault(), clearTimeout(timer), search()) },
    text.node,
    choice('city', t('home.city'), [['', t('home.city.any')], ...known(cities, wanted.city).map((one) => [one, one])]),
    choice('when', t('home.when'), WHEN.map((one) => [one, t(`home.when.${one || 'any'}`)])),
    day.node,
    choice('category', t('home.category'), [['', t('home.category.any')], ...categories.map((one) => [one.id, one.name])]));
}

const known = (cities, chosen) => [...new Set([...cities, chosen].filter(Boolean))].sort(compare);
const filtered = ({ q, city, when, category }) => Boolean(q.trim() || city || when || category);

function keep(wanted) {
  const given = Object.entries(wanted).filter(([name, value]) => value && (name !== 'day' || wanted.when === 'day'));
  history.replaceState(null, '', given.length ? `/?${new URLSearchParams(given)}` : '/');
}

function card(event) {
  const where = event.places.map((one) => [one.name, one.city].filter(Boolean).join(', ')).slice(0, 2).join(' · ');
  return h('li', { class: 'card poster-card' }, poster(event.id),
    h('div', { class: 'stack tight' },
      h('p', { class: 'eyebrow' }, date(event.nextStartsAt, { weekday: 'short', day: 'numeric', month: 'long', hour: '2-digit', minute: '2-digit' }, event.timeZone)),
      h('h3', {}, h('a', { href: `/events/${event.id}` }, event.name)),
      where && h('p', { class: 'small muted' }, where),
      h('p', { class: 'row between small' },
        h('strong', {}, event.lowestPrice ? t('home.from', { price: money(event.lowestPrice, event.currency) }) : t('price.free')),
        event.showtimes > 1 && h('span', { class: 'muted' }, t('home.times', { n: event.showtimes })))));
}

function nothing(clear) {
  return empty(t('home.nothing'), t('home.nothing.text'), h('button', { class: 'button', type: 'button', onclick: clear }, t('home.clear')));
}
