// What changes while it is looked at: told by the live socket, and asked again where money is in it, which no socket tells.

import { accessToken } from '../core/session.js';
import { AisleLive } from '../live/aisle-live.js';

const EVERY = 2_000; // ms between looks at the figures; the server keeps them for as long

/** Keep these states true, and call `changed` whenever they are others; returns how to stop. */
export function watchSeats(states, changed) {
  const live = new AisleLive({ token: () => accessToken() });
  live.watch(states.showtimeId, seatsOf(states, changed));
  return () => live.close();
}

/** Keep a dashboard true: `figures` is asked again, `seats` is a heat map, `counts` and `state` are told; returns how to stop. */
export function watchFigures(showtimes, showtime, { figures, counts, seats, state }) {
  const live = new AisleLive({ token: () => accessToken() });
  for (const one of showtime ? [showtime] : showtimes.filter((each) => each.status === 'published')) {
    const own = seats ? seatsOf(seats.states, () => seats.show()) : {};
    live.watch(one.id, { ...own, stats: counts });
  }
  live.onState(state);
  const stop = polled(figures);
  return () => (stop(), live.close());
}

function seatsOf(states, changed) {
  return {
    version: states.version,
    snapshot: (frame) => states.become(frame) && changed(),
    change: (frame) => (states.follow(frame), changed()),
  };
}

/** Call `look` again and again while the page is seen; returns how to stop. */
function polled(look) {
  const ended = new AbortController();
  let timer = 0;
  const turn = async () => {
    try {
      if (!document.hidden) await look(ended.signal);
    } catch (error) {
      if (ended.signal.aborted) return;
      if (error.name !== 'Problem') console.error(error); // of the network, the next look may find it better
    }
    if (!ended.signal.aborted) timer = setTimeout(turn, EVERY);
  };
  timer = setTimeout(turn, EVERY);
  return () => (ended.abort(), clearTimeout(timer));
}
