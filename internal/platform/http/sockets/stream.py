"""One answer without an end: Server-Sent Events."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

from internal.platform.http.sockets.door import Door
from internal.platform.http.sockets.encoded import event_bytes
from internal.platform.http.sockets.outlet import Written
from proto.sockets import Closed

__all__ = ["Stream"]


class Stream(Written):
    """One answer without an end: Server-Sent Events."""

    def __init__(self, door: Door, address: str, transport: asyncio.Transport) -> None:
        super().__init__(door, transport)
        self._address = address
        self.left: Callable[[], None] | None = None  # called once, when it is over

    def _part(self, code: int) -> None:
        """A stream has no code of its own to end with: it is said in a last event, unless another has said all."""
        self._gone()
        if code:
            self._transport.write(event_bytes("CLOSED", msgspec.json.encode(Closed(code=code))))
        self._transport.close()

    def _gone(self) -> None:
        self.over = True
        left, self.left = self.left, None
        if left is not None:
            left()

    def lost(self) -> None:
        """The connection broke, or ended."""
        self._gone()
        self.door.leave(self._address)
