"""What a ticket's QR code says, so that a scanner believes it without asking anybody.

A code is the base32 text (RFC 4648, no padding) of these bytes, big-endian:

    version 1 | key 4 | ticket 16 | showtime 16 | serial 2 | seat, ASCII, 1 to 64 | Ed25519 signature 64

`key` is the `kid` of a key in `/.well-known/tickets.json`, `ticket` and `showtime` the hex digits of their ids; the
signature is over all that precedes it. A ticket issued anew has a higher serial: whoever knows of it refuses the older.

Ed25519, because a signature has 64 bytes where RS256 has 256: the code fits a QR of version 7, and the worst scanner
reads it. Base32, because a QR packs its letters in 5.5 bits, and because it survives being typed, mailed and put in an
address, where base45 has spaces and slashes.
"""

from __future__ import annotations

from base64 import b32decode, b32encode
from binascii import Error as NotBase32
from collections.abc import Callable
from struct import Struct as Layout
from typing import NamedTuple

from Cryptodome.PublicKey import ECC
from Cryptodome.Signature import eddsa

__all__ = ["LONGEST", "Printed", "Stub", "fresh_key", "public_key", "read", "signed", "verified", "write"]

_VERSION = 1
_HEAD = Layout(">B4s16s16sH")
_SIGNATURE = 64
_ID = 16
_LONGEST_SEAT = 64
LONGEST = -(-(_HEAD.size + _LONGEST_SEAT + _SIGNATURE) * 8 // 5)  # characters; what is longer is no code of ours


class Stub(NamedTuple):
    """What a code says of its ticket."""

    kid: str
    ticket_id: str
    showtime_id: str
    serial: int
    seat_id: str


class Printed(NamedTuple):
    """A code taken apart; nothing of it is to be believed before `verified`."""

    stub: Stub
    message: bytes
    signature: bytes


def fresh_key() -> ECC.EccKey:
    """A new pair."""
    return ECC.generate(curve="Ed25519")


def public_key(raw: bytes) -> ECC.EccKey:
    """The public half of a pair, of its 32 bytes."""
    return eddsa.import_public_key(raw)


def signed(key: ECC.EccKey, message: bytes) -> bytes:
    """The signature; 0.7 ms, and for one key and message always the same."""
    return eddsa.new(key, "rfc8032").sign(message)


def verified(key: ECC.EccKey, printed: Printed) -> bool:
    """Whether this key signed it; 2 ms."""
    try:
        eddsa.new(key, "rfc8032").verify(printed.message, printed.signature)
    except ValueError:
        return False
    return True


def write(stub: Stub, sign: Callable[[bytes], bytes]) -> str:
    """The code of this ticket."""
    head = _HEAD.pack(
        _VERSION,
        bytes.fromhex(stub.kid),
        _digits(stub.ticket_id),
        _digits(stub.showtime_id),
        stub.serial,
    )
    message = head + stub.seat_id.encode("ascii")
    return _text(message + sign(message))


def read(code: str) -> Printed | None:
    """The parts of a code, or None for what is none. There is one way to write each: no two texts are one code."""
    if len(code) > LONGEST:
        return None
    try:
        data = b32decode(code + "=" * (-len(code) % 8))
    except (NotBase32, ValueError):
        return None
    message, signature = data[:-_SIGNATURE], data[-_SIGNATURE:]
    if len(message) <= _HEAD.size or message[0] != _VERSION or _text(data) != code:
        return None
    _, kid, ticket, showtime, serial = _HEAD.unpack_from(message)
    try:
        seat = message[_HEAD.size :].decode("ascii")
    except UnicodeDecodeError:
        return None
    stub = Stub(kid.hex(), f"ticket_{ticket.hex()}", f"showtime_{showtime.hex()}", serial, seat)
    return Printed(stub, message, signature)


def _digits(some_id: str) -> bytes:
    digits = bytes.fromhex(some_id.rpartition("_")[2])
    assert len(digits) == _ID, f"{some_id} is no id of ours"
    return digits


def _text(data: bytes) -> str:
    return b32encode(data).decode().rstrip("=")
