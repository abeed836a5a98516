// What this tab remembers through a reload, or the way to the bank and back. Never a card.

export function keep(name, value) {
  try {
    if (value === null) sessionStorage.removeItem(`aisle.${name}`);
    else sessionStorage.setItem(`aisle.${name}`, JSON.stringify(value));
  } catch {
    // a browser that keeps nothing forgets at a reload, and the server still knows
  }
}

export function kept(name) {
  try {
    return JSON.parse(sessionStorage.getItem(`aisle.${name}`));
  } catch {
    return null;
  }
}
