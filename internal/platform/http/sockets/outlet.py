"""What a service writes to, and what it is called by; and how bytes reach a reader, or the reader goes.

A reader who does not read is not waited for: whoever has more than `buffered` bytes outstanding is closed (4408).
"""

from __future__ import annotations

import asyncio
import socket
from abc import ABC, abstractmethod
from random import uniform
from typing import Protocol

from internal.platform.http.sockets.door import Door

__all__ = ["GOODBYE", "Listener", "Outlet", "Written"]

_GOING_AWAY, _TOO_SLOW = 1012, 4408
GOODBYE = 2.0  # seconds for the other side to say goodbye too, and for what is outstanding to go
_IN_KERNEL = 16 * 1024  # bytes that wait there to be sent; those on their way come on top


class Listener(Protocol):
    """What a service does with one connection."""

    def heard(self, text: bytes) -> None:
        """A message came."""

    def left(self) -> None:
        """It is over; called once."""


class Outlet(Protocol):
    """What frames are written to."""

    @property
    def over(self) -> bool:
        """Whether it is closed, or about to be."""

    def send(self, data: bytes) -> None:
        """These bytes, now; a reader too slow for them is closed."""

    def spare(self, size: int) -> None:
        """It is about to be given something large, which is not to count against it."""

    def close(self, code: int) -> None:
        """Say goodbye; what is sent afterwards goes nowhere."""


class Written(ABC):
    """What a socket and a stream have in common: bytes go straight to the transport, or the reader goes."""

    def __init__(self, door: Door, transport: asyncio.Transport) -> None:
        self.door = door
        self._transport = transport
        self._most = door.settings.buffered
        self.over = False
        # The kernel would take megabytes for a reader who has stopped reading, and we could not count them.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _IN_KERNEL)

    def send(self, data: bytes) -> None:
        """See `Outlet`."""
        if self._transport.get_write_buffer_size() > self._most:
            self.close(_TOO_SLOW)
        else:
            self._transport.write(data)

    def spare(self, size: int) -> None:
        """See `Outlet`."""
        self._most = max(self._most, self.door.settings.buffered + size)

    def close(self, code: int) -> None:
        """See `Outlet`."""
        if self.over:
            return
        self.over = True
        self.door.closed[code] += 1
        self._part(code)
        asyncio.get_running_loop().call_later(GOODBYE, self._transport.abort)

    def shutdown(self) -> None:
        """The process ends; not all are to come back to the others in the same moment."""
        asyncio.get_running_loop().call_later(uniform(0, self.door.settings.farewell), self.close, _GOING_AWAY)  # noqa: S311

    @abstractmethod
    def _part(self, code: int) -> None:
        """Say goodbye in its own way."""
