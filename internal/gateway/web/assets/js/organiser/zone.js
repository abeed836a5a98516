// Times are on the wire in UTC, and are typed as the clock on the venue's wall has them.

/** All zones that this browser knows, the reader's own and the usual one first. */
export function zones(chosen) {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return [...new Set([chosen, own, 'Europe/Istanbul', 'UTC', ...Intl.supportedValuesOf('timeZone')].filter(Boolean))];
}

export const ownZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

/** "2027-01-31T20:00" of a moment, as an <input type="datetime-local"> takes it. */
export function wallClock(moment, zone) {
  if (!moment) return '';
  const parts = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
  const found = Object.fromEntries(
    new Intl.DateTimeFormat('en', { ...parts, timeZone: zone }).formatToParts(new Date(moment)).map(({ type, value }) => [type, value]));
  return `${found.year.padStart(4, '0')}-${found.month}-${found.day}T${found.hour}:${found.minute}`;
}

/** The moment, as ISO text in UTC, at which the wall's clock shows this; null of nothing. */
export function moment(text, zone) {
  if (!text) return null;
  const wanted = Date.parse(`${text}Z`);
  let found = wanted;
  // Twice: the zone's offset may be another one at the first guess, on the night when the clocks change.
  for (let i = 0; i < 2; i++) found += wanted - Date.parse(`${wallClock(found, zone)}Z`);
  return new Date(found).toISOString();
}
