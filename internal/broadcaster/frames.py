"""What is shown, as bytes: made once, however many read it."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

from internal.platform.http import Outlet, event_bytes, text_frame
from proto.sockets import Failed

__all__ = ["Audience", "Frame", "Reader", "refusal"]

_encode = msgspec.json.Encoder().encode


class Frame:
    """One of the server's messages. `number` is the version that a stream is resumed from."""

    __slots__ = ("_body", "_event", "_kind", "_number", "socket")

    def __init__(self, message: msgspec.Struct, number: int | None = None) -> None:
        self._kind = str(message.__struct_config__.tag)
        self._body = _encode(message)
        self._number = number
        self._event = b""
        self.socket = text_frame(self._body)

    @property
    def event(self) -> bytes:
        """For Server-Sent Events, which few read."""
        if not self._event:
            self._event = event_bytes(self._kind, self._body, self._number)
        return self._event


class Reader(Protocol):
    """Somebody who watches, by a socket or by a stream."""

    unanswered: int  # PINGs

    @property
    def outlet(self) -> Outlet:
        """Where frames go."""

    @property
    def streams(self) -> bool:
        """Whether it reads Server-Sent Events."""

    def show(self, frame: Frame) -> None:
        """To this one alone."""

    def refused(self, showtime_id: str) -> None:
        """It asked for a showtime that cannot be seen, and was told."""


class Audience:
    """Who is shown the same things."""

    shown = 0  # frames written, by all audiences of the process

    def __init__(self) -> None:
        self._sockets: dict[Reader, Any] = {}
        self._streams: dict[Reader, Any] = {}

    def __len__(self) -> int:
        return len(self._sockets) + len(self._streams)

    def join(self, reader: Reader) -> None:
        """One more."""
        (self._streams if reader.streams else self._sockets)[reader] = reader.outlet.send

    def leave(self, reader: Reader) -> None:
        """One less, if it was there."""
        (self._streams if reader.streams else self._sockets).pop(reader, None)

    def show(self, frame: Frame) -> None:
        """To all; who is too slow leaves while we look, hence the lists."""
        data = frame.socket
        for send in list(self._sockets.values()):
            send(data)
        if self._streams:
            data = frame.event
            for send in list(self._streams.values()):
                send(data)
        Audience.shown += len(self)


def refusal(code: str, message: str, **about: str) -> Frame:
    """What was asked for cannot be."""
    return Frame(Failed(code=code, message=message, **about))
