"""Makes pictures of seats out of bytes: pure, and the same bytes always make the same picture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import msgspec

from internal.platform.faults import Fault, Kind
from proto.seatkeys import BLOCKED, CLAIMED, FREE, HELD, SOLD, areas, rows
from proto.seatmap import Section

__all__ = ["STATUS", "Hall", "NoSuchShowtime", "SeatView", "Snapshot", "every_seat", "public", "snapshot"]

# A seat that is being paid for is held, as far as anybody else is concerned.
STATUS = {FREE: "available", HELD: "held", CLAIMED: "held", SOLD: "sold", BLOCKED: "blocked"}
_HELD = {ord(HELD), ord(CLAIMED)}
_encode = msgspec.json.encode


class NoSuchShowtime(Fault, kind=Kind.NOT_FOUND):
    """There is no such showtime, or nothing of it is on sale."""


class Snapshot(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What is not free; every seat of the layout that is not named here is."""

    showtime_id: str
    version: int
    layout_hash: str
    capacity: int
    available: int
    held: list[str]
    sold: list[str]
    blocked: list[str]


class SeatView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A seat and its state."""

    seat_id: str
    section: str
    row: str
    number: str
    tier: str
    status: str


@dataclass(frozen=True)
class Hall:
    """A layout's places in the map's order."""

    layout_hash: str
    sections: list[Section]
    places: list[str]

    @cached_property
    def heads(self) -> list[bytes]:
        """Each place as JSON up to its status: what never changes is encoded once."""
        seats = [
            SeatView(seat_id=s.seat_id, section=section.name, row=row.label, number=s.number, tier=s.tier, status="")
            for section, row in rows(self.sections)
            for s in row.seats
        ]
        standing = [
            SeatView(
                seat_id=f"{area.area_id}:{n}",
                section=section.name,
                row=area.name,
                number=str(n),
                tier=area.tier,
                status="",
            )
            for section, area in areas(self.sections)
            for n in range(1, area.capacity + 1)
        ]
        return [_encode(seat)[: -len('"}')] for seat in seats + standing]


def public(states: bytes) -> str:
    """The map as anybody may see it."""
    return states.replace(CLAIMED.encode(), HELD.encode()).decode("ascii")


def snapshot(hall: Hall, showtime_id: str, version: int, states: bytes) -> bytes:
    """The sparse picture."""
    places = hall.places
    lists: dict[str, list[str]] = {"held": [], "sold": [], "blocked": []}
    if states.count(FREE.encode()) < len(states):
        for place, byte in zip(places, states, strict=True):
            if byte in _HELD:
                lists["held"].append(place)
            elif byte == ord(SOLD):
                lists["sold"].append(place)
            elif byte == ord(BLOCKED):
                lists["blocked"].append(place)
    return _encode(
        Snapshot(
            showtime_id=showtime_id,
            version=version,
            layout_hash=hall.layout_hash,
            capacity=len(places),
            available=states.count(FREE.encode()),
            **lists,
        )
    )


def every_seat(hall: Hall, showtime_id: str, version: int, states: bytes, *, only_free: bool) -> bytes:
    """The full picture: each seat with its state, or only those that are free."""
    tails = {ord(byte): status.encode() + b'"}' for byte, status in STATUS.items()}
    free = ord(FREE)
    if only_free:
        seats = [head + tails[free] for head, byte in zip(hall.heads, states, strict=True) if byte == free]
    else:
        seats = [head + tails[byte] for head, byte in zip(hall.heads, states, strict=True)]
    head = b'{"showtimeId":"%s","version":%d,"seats":[' % (showtime_id.encode(), version)
    return head + b",".join(seats) + b"]}"
