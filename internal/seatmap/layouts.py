"""Reads layouts by their hash, from the shelf or from the store; packing and opening go on in threads.

A layout of 50,000 seats takes 0.3 s to check and pack: on the event loop that would hold up every buyer of the process.
"""

from __future__ import annotations

import asyncio
import gzip
import re

from internal.platform.postgres import Database
from internal.seatmap import store
from internal.seatmap.config import SeatmapSettings
from internal.seatmap.domain import NoSuchLayout
from internal.seatmap.layout import Layout, seat_count
from internal.seatmap.shelf import Packed, Shelf, unpack

__all__ = ["Layouts"]

_HASH = re.compile(r"[0-9a-f]{64}")


class Layouts:
    """Immutable content by its name."""

    def __init__(self, database: Database, settings: SeatmapSettings) -> None:
        self._database = database
        self._packed = Shelf[Packed](settings.packed_bytes, lambda packed: len(packed.body))
        self._opened = Shelf[Layout](settings.opened_places, seat_count)

    async def packed(self, layout_hash: str) -> Packed:
        """The layout as it is sent."""
        found = self._packed.get(layout_hash)
        if found is None:
            found = await self._load(layout_hash)
            self._packed.put(layout_hash, found)
        return found

    async def plain(self, layout_hash: str) -> bytes:
        """Its bytes for a client that does not take gzip."""
        return await asyncio.to_thread(gzip.decompress, (await self.packed(layout_hash)).body)

    async def opened(self, layout_hash: str) -> Layout:
        """The layout as a value."""
        found = self._opened.get(layout_hash)
        if found is None:
            found = await asyncio.to_thread(unpack, await self.packed(layout_hash))
            self._opened.put(layout_hash, found)
        return found

    async def _load(self, layout_hash: str) -> Packed:
        if not _HASH.fullmatch(layout_hash):
            raise NoSuchLayout
        async with self._database.read() as tx:
            found = await store.layout(tx, layout_hash)
        if found is None:
            raise NoSuchLayout
        return found
