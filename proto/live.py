"""Live pictures for people, by core NATS: one for a showtime every 50 ms at most, nobody else's identity in them."""

from __future__ import annotations

from typing import Any

from proto import Part, Picture, SeatId, picture

__all__ = ["LiveLine", "LiveSeats", "LiveSection", "LiveStats", "LiveUser", "SagaNews"]


@picture("live.seats", address="showtime_id")
class LiveSeats(Picture, frozen=True, kw_only=True):
    """What changed between two versions of a showtime; whoever is not at `fromVersion` reads the snapshot again."""

    showtime_id: str
    version: int
    from_version: int
    held: list[SeatId] = []
    released: list[SeatId] = []
    sold: list[SeatId] = []
    blocked: list[SeatId] = []


@picture("live.user", address="user_id")
class LiveUser(Picture, frozen=True, kw_only=True):
    """Something happened to what is this user's own.

    `topic` is the subject of the fact and `data` its public fields, or `proto.bookings.BOOKING` and how one stands.
    """

    user_id: str
    topic: str
    data: dict[str, Any] = {}


@picture("live.line", address="showtime_id")
class LiveLine(Picture, frozen=True, kw_only=True):
    """How far the bookings of a showtime have come: `first` is the number of the one whose turn is next."""

    showtime_id: str
    first: int


class LiveSection(Part, frozen=True, kw_only=True):
    """The counts of one section."""

    section_id: str
    capacity: int = 0
    available: int = 0
    held: int = 0
    sold: int = 0
    blocked: int = 0


@picture("live.stats", address="event_id")
class LiveStats(Picture, frozen=True, kw_only=True):
    """The counts of a showtime and its sections, for whoever watches the sale; everybody may, so no money is in it.

    Where `sections` is empty, there are too many for a picture: the route of the statistics has them.
    """

    event_id: str
    showtime_id: str
    version: int
    capacity: int = 0
    available: int = 0
    held: int = 0
    sold: int = 0
    blocked: int = 0
    canceled: bool = False
    sections: list[LiveSection] = []


@picture("live.sagas", address="service")
class SagaNews(Picture, frozen=True, kw_only=True):
    """Between the replicas of one service: a word for whoever walks this saga; with none, it rests or has ended."""

    service: str
    saga_id: str
    word: str = ""
