// A hardware scanner is a keyboard that types fast and ends with Enter. It is heard anywhere on the page; in a field the
// field itself takes it.

import { tidy } from './codes.js';

const GAP = 500; // ms between two letters: scanners take 10 to 50, and a phone that is busy hands them over in lumps
const SHORTEST = 12; // letters: what is shorter was typed by somebody

/** Call back with each code; returns how to stop. */
export function listen(found) {
  let [typed, last] = ['', 0];
  const hear = (event) => {
    if (event.target.closest?.('input, textarea, select, [contenteditable]') || event.ctrlKey || event.metaKey || event.altKey) return;
    const fast = event.timeStamp - last < GAP;
    last = event.timeStamp;
    if (event.key === 'Enter') {
      const code = tidy(fast ? typed : '');
      typed = '';
      if (code.length < SHORTEST) return;
      event.preventDefault(); // a button that has the focus is not meant
      event.stopPropagation();
      found(code);
    } else if (event.key.length === 1) typed = (fast ? typed : '') + event.key;
  };
  addEventListener('keydown', hear, true);
  return () => removeEventListener('keydown', hear, true);
}
