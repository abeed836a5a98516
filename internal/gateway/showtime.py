"""All that a first look at a showtime needs, as it is sent: pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import blake2b
from typing import Literal

import msgspec

from internal.gateway.columns import Columns
from internal.gateway.packing import Packed, joined, packed
from internal.gateway.programme import Place
from internal.platform.faults import Fault, Kind
from proto.catalog import EventDetails, ShowtimeFacts
from proto.seatmap import VenueFacts
from proto.seatview import SeatStates

__all__ = ["Look", "NotShown", "Price", "SeatsNow", "ShowtimePage", "TheEvent", "TheShowtime", "facts_of", "look"]

_QUICK = 1  # gzip's level for what is packed for each version of the seats: 20,000 of them in 0.3 ms


class NotShown(Fault, kind=Kind.NOT_FOUND):
    """There is no such showtime, or it is not for the public."""


class _Shown(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """camelCase."""


class Price(_Shown, frozen=True, kw_only=True):
    """What a seat of this tier costs, in minor units of the showtime's currency."""

    tier_id: str
    name: str
    price: int


class TheEvent(_Shown, frozen=True, kw_only=True):
    """What is played."""

    id: str
    name: str
    description: str
    category_id: str | None
    image_url: str | None


class TheShowtime(_Shown, frozen=True, kw_only=True):
    """When, and how it is sold."""

    id: str
    status: Literal["published", "canceled"]
    starts_at: datetime
    time_zone: str
    on_sale_from: datetime | None
    on_sale_until: datetime | None
    seats_per_buyer: int
    hold_seconds: int
    currency: str
    layout_hash: str


class SeatsNow(_Shown, frozen=True, kw_only=True):
    """How each place of the layout stands, in the layout's order: `.` free, `h` held, `s` sold, `b` blocked.

    `version` is where the live changes go on from.
    """

    version: int
    states: str


class _Facts(_Shown, frozen=True, kw_only=True):
    event: TheEvent
    showtime: TheShowtime
    venue: Place | None
    prices: list[Price]


class ShowtimePage(_Facts, frozen=True, kw_only=True):
    """Event, showtime, place, prices, seats and layout. `seats` is null where nothing can be bought any more."""

    seats: SeatsNow | None
    layout: Columns


@dataclass(frozen=True)
class Look:
    """The answer, plain and packed, and the tag that names it."""

    facts: bytes
    version: int
    body: bytes
    packed: bytes

    @cached_property
    def etag(self) -> str:
        """The facts, which name the layout, and the version of the seats."""
        return f'"{blake2b(self.facts, digest_size=9).hexdigest()}-{self.version}"'


def facts_of(event: EventDetails, showtime: ShowtimeFacts, venue: VenueFacts | None) -> bytes:
    """The part that changes seldom, as the beginning of the answer's object; drafts are not shown."""
    if event.status == "draft" or showtime.status == "draft":
        raise NotShown
    facts = _Facts(
        event=TheEvent(
            id=event.event_id,
            name=event.name,
            description=event.description,
            category_id=event.category_id,
            image_url=event.image_url,
        ),
        showtime=TheShowtime(
            id=showtime.showtime_id,
            status=showtime.status,
            starts_at=showtime.starts_at,
            time_zone=showtime.time_zone,
            on_sale_from=showtime.on_sale_from,
            on_sale_until=showtime.on_sale_until,
            seats_per_buyer=showtime.seats_per_buyer,
            hold_seconds=showtime.hold_seconds,
            currency=showtime.currency,
            layout_hash=showtime.layout_hash,
        ),
        venue=None if venue is None else Place(name=venue.name, city=venue.city, country=venue.country),
        prices=[Price(tier_id=tier.tier_id, name=tier.name, price=tier.price) for tier in showtime.tiers],
    )
    return msgspec.json.encode(facts)


def look(facts: bytes, seats: SeatStates | None, layout: Packed) -> Look:
    """The whole answer; `layout` is packed already."""
    now = None if seats is None else SeatsNow(version=seats.version, states=seats.states)
    head = facts[:-1] + b',"seats":' + msgspec.json.encode(now) + b',"layout":'
    plain, whole = joined(packed(head, _QUICK), layout, packed(b"}", _QUICK))
    return Look(facts=facts, version=-1 if seats is None else seats.version, body=plain, packed=whole)
