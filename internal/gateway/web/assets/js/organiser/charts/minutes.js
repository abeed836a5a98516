// Sales by minute as the statistics tell them, made into equal steps up to now. Pure.

/** How far back, and how long a step is, in minutes: 60 to 96 of them, each wide enough to be seen. */
export const RANGES = { hour: [60, 1], six: [360, 5], day: [1_440, 15], week: [10_080, 120] };

const MINUTE = 60_000;

/** [{at, seats, orders, amount}] of the range that ends at `now`; `amount` of this currency alone. */
export function steps(minutes, range, currency, now) {
  const [back, step] = RANGES[range];
  const last = Math.floor(now / (step * MINUTE)) * step * MINUTE;
  const count = back / step;
  const found = Array.from({ length: count }, (_, at) => ({ at: last - (count - 1 - at) * step * MINUTE, seats: 0, orders: 0, amount: 0 }));
  for (const one of minutes) {
    const at = count - 1 - Math.floor((last + step * MINUTE - 1 - Date.parse(one.minute)) / (step * MINUTE));
    const into = found[at];
    if (!into) continue;
    into.seats += one.seats;
    into.orders += one.orders;
    if (one.currency === currency) into.amount += one.amount;
  }
  return found;
}

/** The same, each with all that came before it. */
export function summed(points) {
  let sum = 0;
  return points.map(({ at, amount }) => ({ at, value: (sum += amount) }));
}
