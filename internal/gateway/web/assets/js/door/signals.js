// What one hears and feels of an answer, for who looks at the guest and not at the screen. Browsers let a page be heard
// once somebody has touched it.

const KEPT = 'aisle.door.sound';
const TONES = { good: [[880, 0, 0.09], [1320, 0.1, 0.16]], bad: [[196, 0, 0.22], [156, 0.26, 0.34]], warn: [[660, 0, 0.12], [660, 0.18, 0.12]] };
const SHAKES = { good: [70], bad: [220, 90, 220], warn: [90, 60, 90] };
let context = null;

export const isLoud = () => localStorage.getItem(KEPT) !== 'off';
export const setLoud = (loud) => localStorage.setItem(KEPT, loud ? 'on' : 'off');

/** Play it: good rises, bad is low and twice, warn is one note twice. */
export function signal(kind) {
  navigator.vibrate?.(SHAKES[kind]);
  if (!isLoud() || !window.AudioContext || !navigator.userActivation?.hasBeenActive) return;
  context ??= new AudioContext();
  if (context.state === 'suspended') context.resume().catch(() => {});
  for (const [pitch, after, lasts] of TONES[kind]) tone(pitch, context.currentTime + after, lasts, kind === 'bad' ? 'square' : 'sine');
}

function tone(pitch, from, lasts, type) {
  const [source, volume] = [context.createOscillator(), context.createGain()];
  Object.assign(source, { type });
  source.frequency.value = pitch;
  volume.gain.setValueAtTime(type === 'square' ? 0.12 : 0.35, from);
  volume.gain.exponentialRampToValueAtTime(0.001, from + lasts); // no click at its end
  source.connect(volume).connect(context.destination);
  source.start(from);
  source.stop(from + lasts);
}
