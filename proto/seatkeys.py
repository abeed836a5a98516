"""Where the states of a showtime's seats are in Redis, and what they mean: inventory writes them, seatview reads them.

A showtime lives in one of 64 shards; all its keys carry the shard's tag, so that a script touches one slot of a Redis
Cluster. Its map has one byte for each place, in the order of `places`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from zlib import crc32

from proto.seatmap import Area, Row, Section

__all__ = [
    "BLOCKED",
    "CLAIMED",
    "FREE",
    "HELD",
    "SHARDS",
    "SOLD",
    "areas",
    "map_key",
    "places",
    "rows",
    "shard_of",
    "show_key",
    "tag_of",
    "version_key",
]

SHARDS = 64  # as many slots of a Redis Cluster as one would ever give it

FREE, HELD, CLAIMED, SOLD, BLOCKED = ".", "h", "c", "s", "b"


def shard_of(showtime_id: str) -> int:
    """The shard that all of a showtime's keys live in."""
    return crc32(showtime_id.encode()) % SHARDS


def tag_of(shard: int) -> str:
    """The hash tag of a shard's keys."""
    return f"{{s{shard}}}"


def show_key(showtime_id: str) -> str:
    """There while the showtime is open; begins with the hash of its layout and a bar."""
    return f"{tag_of(shard_of(showtime_id))}:show:{showtime_id}"


def map_key(showtime_id: str) -> str:
    """One byte for each place."""
    return f"{tag_of(shard_of(showtime_id))}:map:{showtime_id}"


def version_key(showtime_id: str) -> str:
    """A number that grows with every change of the map."""
    return f"{tag_of(shard_of(showtime_id))}:version:{showtime_id}"


def rows(sections: Iterable[Section]) -> Iterator[tuple[Section, Row]]:
    """Every row, in the layout's order."""
    return ((section, row) for section in sections for row in section.rows)


def areas(sections: Iterable[Section]) -> Iterator[tuple[Section, Area]]:
    """Every standing area, in the layout's order."""
    return ((section, area) for section in sections for area in section.areas)


def places(sections: list[Section]) -> list[str]:
    """The ids of all places in the map's order: the seats row by row, then each area's places from 1 up."""
    seats = [seat.seat_id for _, row in rows(sections) for seat in row.seats]
    return seats + [f"{area.area_id}:{n}" for _, area in areas(sections) for n in range(1, area.capacity + 1)]
