// Fingers, mouse and wheel as moves of the camera: pan, pinch, wheel, tap, double tap, hover.

const SLOP = 6; // px that a finger may tremble without it being a pan
const DOUBLE = 300; // ms between the taps of a double tap
const STEP = 1.6;

/** `act` has pan(dx, dy), zoom(factor, x, y), tap(x, y, kind), hover(x, y) and leave(). `signal` ends it. */
export function gestures(element, act, signal) {
  const pointers = new Map();
  let moved = false;
  let last = { at: 0, x: 0, y: 0 };
  const options = { signal };
  const at = (event) => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  element.addEventListener('pointerdown', (event) => {
    if (event.button) return;
    if (!pointers.size) moved = false;
    pointers.set(event.pointerId, at(event));
    element.setPointerCapture(event.pointerId);
  }, options);

  element.addEventListener('pointermove', (event) => {
    const now = at(event);
    const before = pointers.get(event.pointerId);
    if (!before) return event.pointerType === 'mouse' && act.hover(now.x, now.y);
    if (!moved && pointers.size === 1 && Math.hypot(now.x - before.x, now.y - before.y) < SLOP) return;
    moved = true;
    act.leave();
    if (pointers.size === 1) act.pan(now.x - before.x, now.y - before.y);
    else if (pointers.size === 2) pinch(before, now, [...pointers].find(([id]) => id !== event.pointerId)[1]);
    pointers.set(event.pointerId, now);
  }, options);

  const ended = (event) => {
    if (!pointers.delete(event.pointerId) || pointers.size || moved || event.type !== 'pointerup') return;
    const now = at(event);
    const twice = event.timeStamp - last.at < DOUBLE && Math.hypot(now.x - last.x, now.y - last.y) < 30;
    last = twice ? { at: 0, x: 0, y: 0 } : { at: event.timeStamp, ...now };
    act.tap(now.x, now.y, event.pointerType, twice);
  };
  for (const name of ['pointerup', 'pointercancel']) element.addEventListener(name, ended, options);
  element.addEventListener('pointerleave', () => act.leave(), options);

  element.addEventListener('wheel', (event) => {
    event.preventDefault();
    const { x, y } = at(event);
    // Trackpads say pixels, mice lines or pages; a pinch on a trackpad is a wheel with Ctrl, in smaller steps.
    const lines = event.deltaY * [1, 16, 240][event.deltaMode];
    act.zoom(Math.exp(-Math.max(-120, Math.min(120, lines)) * (event.ctrlKey ? 0.01 : 0.003)), x, y);
  }, { passive: false, signal });

  element.addEventListener('keydown', (event) => {
    const step = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (step) act.pan(...step);
    else if (event.key === '+' || event.key === '=') act.zoom(STEP);
    else if (event.key === '-') act.zoom(1 / STEP);
    else return;
    event.preventDefault();
  }, options);

  function pinch(before, now, other) {
    const factor = Math.hypot(now.x - other.x, now.y - other.y) / Math.max(1, Math.hypot(before.x - other.x, before.y - other.y));
    act.zoom(factor, (now.x + other.x) / 2, (now.y + other.y) / 2);
    act.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
  }
}
