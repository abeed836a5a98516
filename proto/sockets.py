"""What browsers and the broadcaster say to each other on `/ws`: JSON in text frames, told apart by `type`.

The server's frames also go out as Server-Sent Events, their `type` as the event's name.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from proto import Moment, SeatId
from proto.bookings import BookingStatus
from proto.catalog import Tier
from proto.live import LiveSection

__all__ = [
    "CLIENT",
    "CLOSED_FOR_HASTE",
    "CLOSED_FOR_RESTART",
    "CLOSED_FOR_SILENCE",
    "CLOSED_FOR_SLOWNESS",
    "CLOSED_FOR_TOKEN",
    "CLOSE_CODES",
    "SERVER",
    "Closed",
    "Failed",
    "HoldExpires",
    "HoldIsOver",
    "OrderStands",
    "Ping",
    "Pong",
    "QueueStands",
    "SeatUpdate",
    "SeatsChanged",
    "SeatsSnapshot",
    "ShowtimeStands",
    "Stats",
    "Subscribe",
    "SubscribeEvent",
    "SubscribeUser",
    "Unsubscribe",
]

CLOSED_FOR_RESTART = 1012
CLOSED_FOR_TOKEN = 4401
CLOSED_FOR_SLOWNESS = 4408
CLOSED_FOR_SILENCE = 4410
CLOSED_FOR_HASTE = 4429
CLOSE_CODES = {
    1009: "a message is larger than 4 kB",
    CLOSED_FOR_RESTART: "the server goes away; come back after a random pause",
    CLOSED_FOR_TOKEN: "the token is not valid, or not any more",
    CLOSED_FOR_SLOWNESS: "frames were not read fast enough; come back and resume",
    CLOSED_FOR_SILENCE: "two PINGs were not answered",
    CLOSED_FOR_HASTE: "too many messages, or too many connections from one address",
}


class _Frame(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag_field="type"):
    """One JSON object; fields may be added."""


class Subscribe(_Frame, frozen=True, kw_only=True, tag="SUBSCRIBE"):
    """Show me this showtime: a SNAPSHOT, or only what happened since the version that I have."""

    showtime_id: str
    since_version: int | None = None


class Unsubscribe(_Frame, frozen=True, kw_only=True, tag="UNSUBSCRIBE"):
    """No more of this showtime, or of this event."""

    showtime_id: str = ""
    event_id: str = ""


class SubscribeUser(_Frame, frozen=True, kw_only=True, tag="SUBSCRIBE_USER"):
    """Show me what happens to my own holds and orders. A token is never put into an address: logs keep those."""

    token: str = ""


class SubscribeEvent(_Frame, frozen=True, kw_only=True, tag="SUBSCRIBE_EVENT"):
    """One SEAT_UPDATE for each seat that changes, in any showtime of this event."""

    event_id: str


class Pong(_Frame, frozen=True, kw_only=True, tag="PONG"):
    """I am still here."""


class SeatsSnapshot(_Frame, frozen=True, kw_only=True, tag="SNAPSHOT"):
    """What is not free at this version; it replaces whatever was known."""

    showtime_id: str
    version: int
    held: list[SeatId]
    sold: list[SeatId]
    blocked: list[SeatId]


class SeatsChanged(_Frame, frozen=True, kw_only=True, tag="SEATS"):
    """What changed up to `version`, for whoever is at `fromVersion` or later, but not yet at `version`."""

    showtime_id: str
    version: int
    from_version: int
    held: list[SeatId] = []
    released: list[SeatId] = []
    sold: list[SeatId] = []
    blocked: list[SeatId] = []


class SeatUpdate(_Frame, frozen=True, kw_only=True, tag="SEAT_UPDATE"):
    """A seat of an event changed."""

    event_id: str
    showtime_id: str
    seat_number: SeatId
    status: Literal["available", "held", "sold", "blocked"]
    timestamp: Moment


class ShowtimeStands(_Frame, frozen=True, kw_only=True, tag="SHOWTIME"):
    """How a showtime stands and is sold: to who comes, and to all at once when it changes or is called off.

    Where one is called off while it is watched, its terms may be left out: they are of no use any more.
    """

    showtime_id: str
    event_id: str
    status: Literal["published", "canceled"]
    reason: str = ""
    starts_at: Moment | None = None
    time_zone: str = ""
    on_sale_from: Moment | None = None
    on_sale_until: Moment | None = None
    seats_per_buyer: int = 0
    hold_seconds: int = 0
    currency: str = ""
    tiers: list[Tier] = []


class Stats(_Frame, frozen=True, kw_only=True, tag="STATS"):
    """The counts of a showtime and its sections; where there are too many of these, `sections` is empty."""

    event_id: str
    showtime_id: str
    version: int
    capacity: int
    available: int
    held: int
    sold: int
    blocked: int
    canceled: bool = False
    sections: list[LiveSection] = []


class HoldExpires(_Frame, frozen=True, kw_only=True, tag="HOLD_EXPIRING"):
    """Your hold ends in so many seconds."""

    hold_id: str
    showtime_id: str
    expires_at: Moment
    seconds: int


class HoldIsOver(_Frame, frozen=True, kw_only=True, tag="HOLD_EXPIRED"):
    """Your hold's time ran out, and these seats are free again."""

    hold_id: str
    showtime_id: str
    seat_ids: list[SeatId]


class OrderStands(_Frame, frozen=True, kw_only=True, omit_defaults=True, tag="ORDER"):
    """How your order stands; `code` says why, where it came to nothing."""

    order_id: str
    status: str
    code: str = ""
    showtime_id: str = ""
    action_url: str = ""


class QueueStands(_Frame, frozen=True, kw_only=True, omit_defaults=True, tag="QUEUE"):
    """How your booking stands: while it is `accepted` its `position` in the line of the showtime, 1 being the next.

    One without a position is tried beside the line. Any other status ends its waiting; `code` says why it failed.
    """

    booking_id: str
    showtime_id: str
    status: BookingStatus
    position: int = 0
    code: str = ""


class Ping(_Frame, frozen=True, kw_only=True, tag="PING"):
    """Are you still there? Say PONG."""


class Closed(_Frame, frozen=True, kw_only=True, tag="CLOSED"):
    """The last event of a stream that the server ends, with the code that a socket would be closed with."""

    code: int


class Failed(_Frame, frozen=True, kw_only=True, omit_defaults=True, tag="ERROR"):
    """What you asked for cannot be; `code` is stable, `message` is for people."""

    code: str
    message: str
    showtime_id: str = ""
    event_id: str = ""


CLIENT = (Subscribe, Unsubscribe, SubscribeUser, SubscribeEvent, Pong)
SERVER = (
    SeatsSnapshot,
    SeatsChanged,
    SeatUpdate,
    ShowtimeStands,
    Stats,
    HoldExpires,
    HoldIsOver,
    OrderStands,
    QueueStands,
    Ping,
    Failed,
    Closed,
)
