// The camera, and what reads QR codes out of its pictures: the browser where it can, else the decoder in vendor/qr,
// which is loaded only here.

const EVERY = 110; // ms between two looks: a ticket held still is read at once, and a phone stays cool
const SAME = 4_000; // ms that a code must be out of sight before it is another scan

/** Something with the browser's own `detect(picture)`. */
async function detector() {
  if ('BarcodeDetector' in window && (await BarcodeDetector.getSupportedFormats().catch(() => [])).includes('qr_code')) {
    return new BarcodeDetector({ formats: ['qr_code'] });
  }
  const vendor = await import('../vendor/qr/decode.js');
  return new vendor.BarcodeDetector({ formats: ['qr_code'] });
}

/** The first code in a picture that somebody chose, or null. */
export async function inPicture(file) {
  const picture = await createImageBitmap(file);
  try {
    return (await (await detector()).detect(picture))[0]?.rawValue ?? null;
  } finally {
    picture.close();
  }
}

export const hasCamera = () => Boolean(navigator.mediaDevices?.getUserMedia);

/** Show the camera in `video` and call `found(text)` for each code that comes into sight; resolves with how to stop. */
export async function watch(video, found) {
  const wanted = { video: { facingMode: 'environment', width: { ideal: 1280 }, height: { ideal: 720 } }, audio: false };
  const [stream, eyes] = await Promise.all([navigator.mediaDevices.getUserMedia(wanted), detector()]);
  video.srcObject = stream;
  await video.play();
  const awake = await navigator.wakeLock?.request('screen').catch(() => null);
  const seen = new Map();
  let [stopped, timer] = [false, 0];
  const look = async () => {
    if (video.readyState >= 2 && document.visibilityState === 'visible') {
      for (const { rawValue } of await eyes.detect(video).catch(() => [])) if (!stopped) notice(seen, rawValue, found);
    }
    if (!stopped) timer = setTimeout(look, EVERY);
  };
  look();
  return () => {
    stopped = true;
    clearTimeout(timer);
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
    awake?.release().catch(() => {});
  };
}

function notice(seen, text, found) {
  const [now, last] = [performance.now(), seen.get(text) ?? -Infinity];
  seen.set(text, now);
  if (now - last > SAME) found(text);
}

/** Switch the camera's lamp; false where there is none. */
export async function lamp(video, on) {
  const [track] = video.srcObject?.getVideoTracks() ?? [];
  if (!track?.getCapabilities?.().torch) return false;
  await track.applyConstraints({ advanced: [{ torch: on }] });
  return true;
}
