// The camera's part of the page: start and stop, what it sees, and a picture from a file where there is no camera.

import { h, replace } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { note } from '../core/states.js';
import { hasCamera, inPicture, lamp, watch } from './camera.js';

const KEPT = 'aisle.door.camera';

/** {node, stop}; `found(text)` hears each code that comes into sight. */
export function seeing(found) {
  const video = h('video', { muted: true, playsinline: true, aria: { label: t('door.camera') } });
  video.muted = true; // the attribute alone is too late, and what might be heard may not start by itself
  const frame = h('div', { class: 'camera', hidden: true }, video, h('span', { class: 'aim', aria: { hidden: 'true' } }));
  const word = h('div', {});
  const file = h('input', { type: 'file', accept: 'image/*', class: 'sr-only', tabindex: -1, aria: { hidden: 'true' }, onchange: picked });
  const toggle = h('button', { class: 'button', type: 'button', onclick: () => (stop ? off() : on()) }, t('door.camera.start'));
  const light = h('button', { class: 'button', type: 'button', hidden: true, aria: { pressed: 'false' }, onclick: shine }, t('door.lamp'));
  const picture = h('button', { class: 'button quiet', type: 'button', onclick: () => file.click() }, t('door.picture'));
  const node = h('section', { class: 'stack tight', aria: { label: t('door.camera') } }, frame, word,
    h('div', { class: 'row' }, hasCamera() && toggle, light, picture, file));
  let stop = null;
  let wanted = false;

  async function on() {
    wanted = true;
    toggle.setAttribute('aria-busy', 'true');
    replace(word);
    try {
      frame.hidden = false;
      const stopping = await watch(video, found);
      if (!wanted) return stopping(); // the page went on meanwhile
      stop = stopping;
      localStorage.setItem(KEPT, 'on');
      toggle.textContent = t('door.camera.stop');
      light.hidden = !(await lamp(video, false).catch(() => false));
    } catch (error) {
      frame.hidden = true;
      replace(word, note('warn', t(error.name === 'NotAllowedError' ? 'door.camera.refused' : 'door.camera.none')));
    } finally {
      toggle.removeAttribute('aria-busy');
    }
  }

  function off() {
    leave();
    localStorage.setItem(KEPT, 'off');
    frame.hidden = light.hidden = true;
    toggle.textContent = t('door.camera.start');
  }

  function leave() {
    wanted = false;
    stop?.();
    stop = null;
  }

  async function shine() {
    const lit = light.getAttribute('aria-pressed') !== 'true';
    if (await lamp(video, lit)) light.setAttribute('aria-pressed', String(lit));
  }

  async function picked() {
    const [chosen] = file.files;
    file.value = '';
    const text = chosen && (await inPicture(chosen).catch(() => null));
    replace(word, text ? null : note('warn', t('door.picture.none')));
    if (text) found(text);
  }

  if (hasCamera() && localStorage.getItem(KEPT) === 'on') on();
  return { node, stop: leave };
}
