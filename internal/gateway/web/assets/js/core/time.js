// The server's time, so that a countdown is right on a phone whose clock is not.
//
// `sync()` asks for it a few times and keeps the answer that was quickest: half of the way there and back is all that it
// can be wrong by. Whoever shows a deadline awaits it once.

const ASKED = 3;
let offset = 0; // milliseconds that the server is ahead
let doubt = Infinity;
let asking = null;

/** The server's time in milliseconds, as well as it is known. */
export const now = () => Date.now() + offset;

/** Milliseconds until this moment (ISO text or milliseconds); never less than none. */
export const left = (moment) => Math.max(0, new Date(moment).getTime() - now());

export function sync() {
  asking ??= ask().finally(() => (asking = null));
  return doubt === Infinity ? asking : Promise.resolve();
}

async function ask() {
  for (let i = 0; i < ASKED; i++) {
    try {
      const began = performance.now();
      const sent = Date.now();
      const answer = await fetch('/api/time', { cache: 'no-store' });
      const told = (await answer.json()).now;
      const took = performance.now() - began;
      if (took / 2 < doubt) {
        doubt = took / 2;
        offset = new Date(told).getTime() - (sent + took / 2);
      }
    } catch {
      return; // the own clock serves until somebody asks again
    }
  }
}

// A machine that slept, or was given another time, asks again.
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible' && doubt !== Infinity) {
    doubt = Infinity;
    sync();
  }
});

/** "4:07" of so many milliseconds. */
export function clock(milliseconds) {
  const seconds = Math.ceil(milliseconds / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const tail = String(seconds % 60).padStart(2, '0');
  return hours ? `${hours}:${String(minutes).padStart(2, '0')}:${tail}` : `${minutes}:${tail}`;
}

/** Call `tick(milliseconds left)` now and at each whole second until the moment, then `over()`; returns how to stop. */
export function countdown(moment, tick, over = () => {}) {
  let timer = 0;
  const step = () => {
    const rest = left(moment);
    tick(rest);
    if (rest === 0) over();
    else timer = setTimeout(step, rest % 1000 || 1000);
  };
  step();
  return () => clearTimeout(timer);
}
