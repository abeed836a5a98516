"""An event with its times to come, where they are, and whether there is still a seat: pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from internal.gateway.programme import Place
from internal.platform.faults import Fault, Kind
from proto.catalog import EventDetails, ShowtimeFacts
from proto.seatmap import VenueFacts

__all__ = ["COUNTED", "EventLook", "EventNotShown", "Room", "ShowtimeRow", "event_look", "to_come"]

_PLAYING = timedelta(hours=12)  # as long as the catalog's own page shows what may still be going on
COUNTED = 24  # times whose free seats are counted: the first screens; the others are counted when they are looked at


class EventNotShown(Fault, kind=Kind.NOT_FOUND):
    """There is no such event, or it is not for the public."""


class _Shown(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """camelCase."""


class Room(_Shown, frozen=True, kw_only=True):
    """How many places there are, and how many are free."""

    capacity: int
    available: int


class ShowtimeRow(_Shown, frozen=True, kw_only=True):
    """One time; `room` is null where it was not counted, or nothing is on sale."""

    id: str
    status: Literal["published", "canceled"]
    starts_at: datetime
    time_zone: str
    on_sale_from: datetime | None
    on_sale_until: datetime | None
    place: Place | None
    currency: str
    lowest_price: int
    highest_price: int
    room: Room | None


class EventLook(_Shown, frozen=True, kw_only=True):
    """What is played, and when."""

    id: str
    name: str
    status: Literal["published", "canceled"]
    description: str
    category_id: str | None
    image_url: str | None
    showtimes: list[ShowtimeRow]


def to_come(showtimes: Iterable[ShowtimeFacts], now: datetime) -> list[ShowtimeFacts]:
    """What the public is shown, the earliest first."""
    shown = [one for one in showtimes if one.status != "draft" and one.starts_at > now - _PLAYING]
    return sorted(shown, key=lambda one: (one.starts_at, one.showtime_id))


def event_look(
    event: EventDetails,
    showtimes: Iterable[ShowtimeFacts],
    venues: Mapping[str, VenueFacts],
    rooms: Mapping[str, Room | None],
) -> EventLook:
    """The answer; drafts are not shown."""
    if event.status == "draft":
        raise EventNotShown
    return EventLook(
        id=event.event_id,
        name=event.name,
        status=event.status,
        description=event.description,
        category_id=event.category_id,
        image_url=event.image_url,
        showtimes=[_row(one, venues.get(one.venue_id), rooms.get(one.showtime_id)) for one in showtimes],
    )


def _row(one: ShowtimeFacts, venue: VenueFacts | None, room: Room | None) -> ShowtimeRow:
    prices = [tier.price for tier in one.tiers] or [0]
    assert one.status != "draft", "drafts were left out"
    return ShowtimeRow(
        id=one.showtime_id,
        status=one.status,
        starts_at=one.starts_at,
        time_zone=one.time_zone,
        on_sale_from=one.on_sale_from,
        on_sale_until=one.on_sale_until,
        place=None if venue is None else Place(name=venue.name, city=venue.city, country=venue.country),
        currency=one.currency,
        lowest_price=min(prices),
        highest_price=max(prices),
        room=room,
    )
