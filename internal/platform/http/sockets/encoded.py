"""A frame's bytes, made once for all who read it: of a WebSocket, and of an event stream."""

from __future__ import annotations

__all__ = ["event_bytes", "text_frame"]

_SHORT, _MIDDLE = 126, 65_536  # bytes of a body from which RFC 6455 writes its length in two, and in eight bytes


def text_frame(body: bytes) -> bytes:
    """The whole frame of RFC 6455 as a server sends it: final, text, not masked."""
    size = len(body)
    if size < _SHORT:
        return bytes((0x81, size)) + body
    if size < _MIDDLE:
        return b"\x81\x7e" + size.to_bytes(2, "big") + body
    return b"\x81\x7f" + size.to_bytes(8, "big") + body


def event_bytes(kind: str, body: bytes, number: int | None = None) -> bytes:
    """The same for an event stream; JSON has no line ends within."""
    name = b"event: " + kind.encode()
    return b"%s\n%sdata: %s\n\n" % (name, b"" if number is None else b"id: %d\n" % number, body)
