"""Venues, asked for once a minute: a house seldom moves."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from internal.platform.bus import Bus
from internal.platform.faults import Fault, Kind
from internal.platform.recent import Recent
from proto.seatmap import GetVenue, VenueFacts

__all__ = ["Venues"]

_SECONDS = 60.0
_MOST = 10_000  # venues of 300 bytes: more than any one box office sells for


class Venues:
    """Where things are played."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._known: Recent[str, VenueFacts | None] = Recent(_SECONDS, _MOST)

    async def get(self, venue_id: str) -> VenueFacts | None:
        """The venue; None if it is gone: what was sold for it is still played."""

        async def ask() -> VenueFacts | None:
            try:
                return await self._bus.request(GetVenue(venue_id=venue_id))
            except Fault as fault:
                if fault.kind is Kind.NOT_FOUND:
                    return None
                raise

        return await self._known.get(venue_id, ask)

    async def all(self, ids: Iterable[str]) -> dict[str, VenueFacts]:
        """Those of these that are there."""
        wanted = sorted(set(ids))
        found = await asyncio.gather(*(self.get(venue_id) for venue_id in wanted))
        return {venue_id: venue for venue_id, venue in zip(wanted, found, strict=True) if venue is not None}
