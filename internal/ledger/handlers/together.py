"""Several streams, one chain: what they bring within a moment is written at once.

A checkout tells of itself on five streams within a tenth of a second, and each hands over what it has by itself: five
transactions that wait for each other at the head of the chain. Here the first of them waits for the others and writes
for all. If that fails each writes its own, so that what is wrong with one stream's holds up no other's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from internal.platform.bus import Delivery

__all__ = ["Together"]

_MOMENT = 0.15  # seconds: a checkout is told within 0.1, and nobody waits for the trail
_MANY = 500  # rows that are worth a transaction by themselves: in a rush nobody waits for company
_MOST = 1_000  # rows of one write, as many as a stream hands over at once


class _Party:
    def __init__(self, deliveries: Sequence[Delivery]) -> None:
        self.deliveries = list(deliveries)
        self.alone = True
        self.over = asyncio.Event()
        self.written = False


class Together:
    """`Together(write).keep(deliveries)` returns when they are written, and raises when they cannot be."""

    def __init__(self, write: Callable[[Sequence[Delivery]], Awaitable[None]], moment: float = _MOMENT) -> None:
        self._write = write
        self._moment = moment
        self._gathering: _Party | None = None

    async def keep(self, deliveries: Sequence[Delivery]) -> None:
        """With what others bring meanwhile."""
        party = self._gathering
        if len(deliveries) >= _MANY:
            await self._write(deliveries)
        elif party is None or len(party.deliveries) + len(deliveries) > _MOST:
            await self._begin(_Party(deliveries), deliveries)
        else:
            party.deliveries += deliveries
            party.alone = False
            await party.over.wait()
            if not party.written:
                await self._write(deliveries)

    async def _begin(self, party: _Party, own: Sequence[Delivery]) -> None:
        self._gathering = party
        try:
            await asyncio.sleep(self._moment)
            self._close(party)
            await self._write(party.deliveries)
            party.written = True
        except Exception:
            if party.alone:
                raise
        finally:
            self._close(party)
            party.over.set()
        if not party.written:
            await self._write(own)

    def _close(self, party: _Party) -> None:
        if self._gathering is party:
            self._gathering = None
