// What changes while it is looked at. One place for it, so that a page does not care how it is told.

const EVERY = 2_000; // ms between looks; the seats' route answers them from one picture for all

/** Keep these states true, and call `changed` whenever they are others; returns how to stop. */
export function watchSeats(states, changed) {
  return polled(async (signal) => (await states.load(signal)) && changed());
}

/** Call `look` again and again while the page is seen; returns how to stop. */
export function polled(look, every = EVERY) {
  const ended = new AbortController();
  let timer = 0;
  const turn = async () => {
    try {
      if (!document.hidden) await look(ended.signal);
    } catch (error) {
      if (ended.signal.aborted) return; // else the next look may find it better
    }
    if (!ended.signal.aborted) timer = setTimeout(turn, every);
  };
  timer = setTimeout(turn, every);
  return () => (ended.abort(), clearTimeout(timer));
}

/** Keep a dashboard true: `figures` is asked again, `seats` is a heat map, `counts` and `state` are told. */
export function watchFigures(showtimes, showtime, { figures, seats, state }) {
  state('polling');
  const stops = [polled(figures)];
  if (seats) stops.push(watchSeats(seats.states, () => seats.show()));
  return () => stops.forEach((stop) => stop());
}
