// An order's number as people say it to each other: buyers read it from their ticket, and whoever sells finds the order by it.

const SAID = 8; // letters and digits from its end, where ids differ

export const spoken = (id) => id.slice(-SAID).toUpperCase();
