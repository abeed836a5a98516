"""PING: who does not answer is gone, whatever TCP believes."""

from __future__ import annotations

from collections import deque
from time import monotonic

from internal.broadcaster.config import Config
from internal.broadcaster.frames import Frame, Reader
from proto.sockets import CLOSED_FOR_SILENCE, Ping

__all__ = ["Heart"]


class Heart:
    """Every reader, in the order in which they are to be asked: all wait equally long, so no timers are needed."""

    def __init__(self, config: Config) -> None:
        self._every = config.ping_every
        self._most = config.unanswered
        self._ping = Frame(Ping())
        self._due: deque[tuple[float, Reader]] = deque()

    def watch(self, reader: Reader) -> None:
        """One more."""
        self._due.append((monotonic() + self._every, reader))

    async def beat_once(self) -> int:
        """Ask those whose time has come."""
        now = monotonic()
        while self._due and self._due[0][0] <= now:
            _, reader = self._due.popleft()
            if reader.outlet.over:
                continue
            if reader.unanswered >= self._most:
                reader.outlet.close(CLOSED_FOR_SILENCE)
                continue
            if not reader.streams:  # on a stream nobody can answer
                reader.unanswered += 1
            reader.show(self._ping)
            self.watch(reader)
        return 0
