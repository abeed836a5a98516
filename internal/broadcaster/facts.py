"""Facts of JetStream, seen in passing by plain subscriptions: nothing is kept, and what was missed is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from internal.platform.bus import Bus
from internal.platform.faults import Unavailable
from proto import EVENTS, Event

__all__ = ["Facts"]

Hears = Callable[[Any], None]


class Facts:
    """Hears these subjects; `doubts` are told when NATS was away and something may have passed unheard."""

    def __init__(self, bus: Bus, heard: Mapping[str, Sequence[Hears]], doubts: Sequence[Callable[[], None]]) -> None:
        self._bus = bus
        self._unheard = dict(heard)
        self._doubts = doubts
        self._returned = 0

    @property
    def listening(self) -> bool:
        """Whether all of them are heard."""
        return not self._unheard

    async def listen_once(self) -> int:
        """Begin to hear, as soon as NATS is there; from then on the client sees to it itself."""
        if not self._bus.ready:
            return 0
        for subject, hears in list(self._unheard.items()):
            await self._listen(subject, hears)
            del self._unheard[subject]
        self._notice()
        return 0

    async def _listen(self, subject: str, hears: Sequence[Hears]) -> None:
        async def seen(message: Any) -> None:
            if (event := _read(message)) is not None:
                for hear in hears:
                    hear(event)

        await self._bus.listen(subject, seen)

    def _notice(self) -> None:
        """Whether the connection was another a moment ago."""
        try:
            returned: int = self._bus.client().stats["reconnects"]
        except Unavailable:
            return
        if returned != self._returned:
            self._returned = returned
            for doubt in self._doubts:
                doubt()


def _read(message: Any) -> Event | None:
    kind = EVENTS.get(message.subject)
    if kind is None:
        return None
    try:
        return msgspec.json.decode(message.data, type=kind)
    except msgspec.DecodeError:  # its consumers park it, with all that belongs to it
        return None
