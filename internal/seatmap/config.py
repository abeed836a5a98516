"""What the operator may choose about layouts."""

from __future__ import annotations

from typing import ClassVar

from internal.platform.config import Settings

__all__ = ["SeatmapSettings"]


class SeatmapSettings(Settings, frozen=True):
    """How much memory may go to layouts that were read before."""

    prefix: ClassVar[str] = "AISLE_SEATMAP_"
    # compressed: a theatre is 15 kB, an arena of 50,000 200 kB; so every hall of a busy season
    packed_bytes: int = 16 * 1024 * 1024
    # opened, 200 bytes a place: two arenas, or sixty theatres, while their pages are being read
    opened_places: int = 100_000
