// What a ticket's QR code says, read and believed without asking anybody. The layout is that of orders/codes.py:
//
//   base32 of: version 1 | key 4 | ticket 16 | showtime 16 | serial 2 | seat, ASCII, 1 to 64 | Ed25519 signature 64

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const [HEAD, SIGNATURE, LONGEST_SEAT] = [39, 64, 64];
const ED25519 = { name: 'Ed25519' };

/** As somebody types or pastes it: without spaces and dashes, in capitals. */
export const tidy = (text) => text.replace(/[\s-]+/g, '').toUpperCase();

/** {kid, ticketId, showtimeId, serial, seatId, message, signature}, nothing of it believed yet; null for what is no code. */
export function read(code) {
  const data = unpacked(code);
  const seats = data ? data.length - HEAD - SIGNATURE : 0;
  if (seats < 1 || seats > LONGEST_SEAT || data[0] !== 1) return null;
  const seat = data.subarray(HEAD, HEAD + seats);
  if (seat.some((byte) => byte > 127)) return null;
  return {
    kid: hex(data.subarray(1, 5)),
    ticketId: `ticket_${hex(data.subarray(5, 21))}`,
    showtimeId: `showtime_${hex(data.subarray(21, 37))}`,
    serial: (data[37] << 8) | data[38],
    seatId: String.fromCharCode(...seat),
    message: data.slice(0, HEAD + seats),
    signature: data.slice(HEAD + seats),
  };
}

/** Whether this key, as `/.well-known/tickets.json` publishes it, signed the code. */
export async function verified(jwk, printed) {
  const key = await crypto.subtle.importKey('jwk', { kty: jwk.kty, crv: jwk.crv, x: jwk.x }, ED25519, false, ['verify']);
  return crypto.subtle.verify(ED25519, key, printed.signature, printed.message);
}

/** Whether this browser can do that. Browsers offer it to pages of https and of this machine alone. */
export async function canVerify() {
  try {
    await crypto.subtle.importKey('raw', new Uint8Array(32), ED25519, false, ['verify']);
    return true;
  } catch {
    return false;
  }
}

/** There is one way to write each: no two texts are one code. */
function unpacked(code) {
  const bytes = new Uint8Array(Math.floor((code.length * 5) / 8));
  let [bits, held, at] = [0, 0, 0];
  for (const letter of code) {
    const value = ALPHABET.indexOf(letter);
    if (value < 0) return null;
    bits = (bits << 5) | value;
    held += 5;
    if (held >= 8) {
      held -= 8;
      bytes[at++] = bits >> held;
      bits &= (1 << held) - 1;
    }
  }
  return held < 5 && bits === 0 ? bytes : null;
}

const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
