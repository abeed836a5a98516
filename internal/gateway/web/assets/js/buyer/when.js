// "This weekend" as two moments, in the reader's own time.

export const WHEN = ['', 'today', 'tomorrow', 'weekend', 'week', 'month', 'day'];

const DAY = 24 * 3600 * 1000;

/** {from, until} as ISO texts, or null where there is no such end. */
export function range(when, day, now) {
  const today = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  const weekday = (today.getDay() + 6) % 7; // Monday is 0
  const saturday = weekday < 5 ? 5 - weekday : 0;
  const spans = {
    today: [0, 1],
    tomorrow: [1, 2],
    weekend: [saturday, 7 - weekday],
    week: [0, 7],
    month: [0, 30],
  };
  if (when === 'day' && /^\d{4}-\d\d-\d\d$/.test(day)) return between(new Date(`${day}T00:00`), 0, 1);
  return when in spans ? between(today, ...spans[when]) : { from: null, until: null };
}

/** Days are counted at noon and cut to midnight, for some have 23 hours. */
function between(start, first, last) {
  const midnight = (days) => {
    const noon = new Date(start.getTime() + 12 * 3600 * 1000 + days * DAY);
    return new Date(noon.getFullYear(), noon.getMonth(), noon.getDate()).toISOString();
  };
  return { from: midnight(first), until: midnight(last) };
}
