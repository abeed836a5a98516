"""One answer without an end: Server-Sent Events."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from internal.platform.http.sockets.door import Door
from internal.platform.http.sockets.outlet import Written

__all__ = ["Stream"]


class Stream(Written):
    """One answer without an end: Server-Sent Events."""

    def __init__(self, door: Door, address: str, transport: asyncio.Transport) -> None:
        super().__init__(door, transport)
        self._address = address
        self.left: Callable[[], None] | None = None  # called once, when it is over

    def _part(self, _: int) -> None:
        self._gone()
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
