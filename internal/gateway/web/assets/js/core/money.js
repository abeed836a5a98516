// Money is an integer of minor units and a currency, as it is on the wire; only here does it become text.

import { formatter } from './i18n.js';

// Said here, because a browser's own answer is how people like to read a currency, and differs from version to version:
// of a forint, a dinar or a rupiah it shows no hundredths, which ISO 4217 has and providers count. An ariary has fifths,
// which nobody counts.
const digits = new Map([
  ...['BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'MGA', 'PYG', 'RWF', 'UGX', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'].map((one) => [one, 0]),
  ...['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'].map((one) => [one, 3]),
]);

/** How many digits of the integer stand behind the point: 2 for TRY, 0 for JPY. */
export const minorDigits = (currency) => digits.get(currency) ?? 2;

/** `money(12500, 'TRY')` is ₺125; a fraction is shown where there is one, unless `exact` asks for it always. */
export function money(amount, currency, { exact = false } = {}) {
  const places = minorDigits(currency);
  const whole = amount % 10 ** places === 0 && !exact;
  const options = { style: 'currency', currency, currencyDisplay: 'narrowSymbol', minimumFractionDigits: whole ? 0 : places };
  return formatter('NumberFormat', { ...options, maximumFractionDigits: places }).format(amount / 10 ** places);
}

/** What somebody typed ("12,50" or "12.50") as minor units; null if it is no amount. */
export function minorUnits(text, currency) {
  const places = minorDigits(currency);
  const found = /^\s*(\d{1,9})(?:[.,](\d+))?\s*$/.exec(text);
  if (!found || (found[2] ?? '').length > places) return null;
  return Number(found[1]) * 10 ** places + Number((found[2] ?? '').padEnd(places, '0') || 0);
}
