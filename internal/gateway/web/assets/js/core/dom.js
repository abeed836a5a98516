// Elements by a function, and nothing between it and the document.
//
//   h('button', { class: 'button', type: 'button', onclick: save, disabled: busy }, 'Save')
//
// A property that is null, undefined or false is not set; `class` may be a list; `data` and `aria` are objects; `style`
// is an object and is set by CSSOM, which the Content-Security-Policy allows; text is always text, never HTML.

const SVG = 'http://www.w3.org/2000/svg';

export function h(name, properties, ...children) {
  return filled(document.createElement(name), properties, children);
}

export function svg(name, properties, ...children) {
  return filled(document.createElementNS(SVG, name), properties, children);
}

export function fragment(...children) {
  return append(document.createDocumentFragment(), children);
}

/** Put these in place of what the element holds. */
export function replace(element, ...children) {
  element.replaceChildren(fragment(...children));
  return element;
}

/** Everything below `root` that fits the selector. */
export const all = (selector, root = document) => [...root.querySelectorAll(selector)];

/** Scroll the row that an element stands in, sideways and nothing else, until the element is in its middle. */
export function centre(element) {
  const [row, one] = [element.parentElement, element.getBoundingClientRect()];
  row.scrollLeft += one.left + one.width / 2 - row.getBoundingClientRect().left - row.clientWidth / 2;
}

let numbers = 0;

/** An id that no other element of the page has, for `for` and `aria-describedby`. */
export const uid = (name = 'id') => `${name}-${++numbers}`;

function filled(element, properties, children) {
  for (const [name, value] of Object.entries(properties ?? {})) set(element, name, value);
  return append(element, children);
}

function set(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
  else if (name === 'class') element.setAttribute('class', [value].flat(2).filter(Boolean).join(' '));
  else if (name === 'style') for (const [key, one] of Object.entries(value)) element.style.setProperty(key, one);
  else if (name === 'data') for (const [key, one] of Object.entries(value)) element.dataset[key] = one;
  else if (name === 'aria') for (const [key, one] of Object.entries(value)) setAria(element, key, one);
  else if (name === 'value' || name === 'checked' || name === 'selected') element[name] = value;
  else element.setAttribute(name, value === true ? '' : value);
}

function setAria(element, key, value) {
  if (value !== null && value !== undefined) element.setAttribute(`aria-${key}`, value);
}

function append(parent, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false || child === true) continue;
    parent.append(child instanceof Node ? child : String(child));
  }
  return parent;
}
