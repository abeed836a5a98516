// How an order stands, in a word.

import { h } from '../core/dom.js';
import { t } from '../core/i18n.js';

const KINDS = { pending: 'info', completed: 'good', canceled: '', partially_refunded: 'warn', refunded: 'warn' };

export const statusBadge = (order) => {
  const status = order.cancelRequested ? 'stopping' : order.status;
  return h('span', { class: ['badge', KINDS[status] ?? 'info'] }, t(`order.${status}`));
};
