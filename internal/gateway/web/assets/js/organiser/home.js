import { h } from '../core/dom.js';
import { t } from '../core/i18n.js';

export default function home() {
  return h('div', { class: 'page' }, h('h1', {}, t('app.organiser')));
}
