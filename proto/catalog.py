"""What is played when, and at what price."""

from __future__ import annotations

from typing import Literal

from proto import Answer, Currency, Event, Moment, Money, Part, Request, event, rpc

__all__ = [
    "EventCanceled",
    "EventCreated",
    "EventDeleted",
    "EventDetails",
    "EventPublished",
    "EventShowtimes",
    "EventUpdated",
    "GetEvent",
    "GetPrices",
    "GetShowtime",
    "ListEventShowtimes",
    "ListProgramme",
    "ListShowtimes",
    "Played",
    "PlayedEvent",
    "Prices",
    "Programme",
    "ShowtimeCanceled",
    "ShowtimeCreated",
    "ShowtimeDeleted",
    "ShowtimeFacts",
    "ShowtimePublished",
    "ShowtimeStatus",
    "ShowtimeUpdated",
    "Showtimes",
    "Tier",
]

ShowtimeStatus = Literal["draft", "published", "canceled"]


class _EventFacts(Event, frozen=True, kw_only=True):
    event_id: str
    organization_id: str
    name: str
    description: str = ""
    category_id: str | None = None
    image_url: str | None = None


@event("catalog.event.created")
class EventCreated(_EventFacts, frozen=True, kw_only=True):
    """An event was written down; the public does not see it yet."""


@event("catalog.event.updated")
class EventUpdated(_EventFacts, frozen=True, kw_only=True):
    """An event's description changed; all of it is told."""


@event("catalog.event.published")
class EventPublished(_EventFacts, frozen=True, kw_only=True):
    """An event is for everybody to see."""


@event("catalog.event.deleted")
class EventDeleted(Event, frozen=True, kw_only=True):
    """A draft was thrown away; the public never saw it. Its showtimes went with it, and are told by themselves."""

    event_id: str
    organization_id: str


@event("catalog.event.canceled")
class EventCanceled(Event, frozen=True, kw_only=True):
    """An event will not take place; each of its showtimes is told by itself too."""

    event_id: str
    organization_id: str
    reason: str = ""


class Tier(Part, frozen=True, kw_only=True):
    """A price of a showtime; the layout's seats name their tier by `name`."""

    tier_id: str
    name: str
    price: Money


class _ShowtimeFacts(Event, frozen=True, kw_only=True):
    showtime_id: str
    event_id: str
    organization_id: str
    venue_id: str
    layout_hash: str
    starts_at: Moment
    on_sale_from: Moment | None = None
    on_sale_until: Moment | None = None
    seats_per_buyer: int
    hold_seconds: int
    currency: Currency
    time_zone: str = "UTC"
    tiers: list[Tier] = []


@event("catalog.showtime.created")
class ShowtimeCreated(_ShowtimeFacts, frozen=True, kw_only=True):
    """A showtime was planned; nothing of it is on sale."""


@event("catalog.showtime.updated")
class ShowtimeUpdated(_ShowtimeFacts, frozen=True, kw_only=True):
    """A showtime changed; all of it is told."""


@event("catalog.showtime.published")
class ShowtimePublished(_ShowtimeFacts, frozen=True, kw_only=True):
    """A showtime is on sale between the moments named, or from now until it starts."""


@event("catalog.showtime.deleted")
class ShowtimeDeleted(Event, frozen=True, kw_only=True):
    """A draft was thrown away; nothing of it was ever on sale."""

    showtime_id: str
    event_id: str
    organization_id: str


@event("catalog.showtime.canceled")
class ShowtimeCanceled(Event, frozen=True, kw_only=True):
    """A showtime will not take place: holds end, sold seats are refunded."""

    showtime_id: str
    event_id: str
    organization_id: str
    reason: str = ""


class ShowtimeFacts(Answer, frozen=True, kw_only=True):
    """A showtime as it stands."""

    showtime_id: str
    event_id: str
    organization_id: str
    venue_id: str
    layout_hash: str
    starts_at: Moment
    on_sale_from: Moment | None = None
    on_sale_until: Moment | None = None
    seats_per_buyer: int
    hold_seconds: int
    currency: Currency
    status: ShowtimeStatus
    tiers: list[Tier] = []
    time_zone: str = "UTC"


@rpc("rpc.catalog.showtime")
class GetShowtime(Request[ShowtimeFacts], frozen=True, kw_only=True):
    """What is known of this showtime?"""

    showtime_id: str


class EventShowtimes(Answer, frozen=True, kw_only=True):
    """The showtimes of an event, the earliest first."""

    showtimes: list[ShowtimeFacts]


@rpc("rpc.catalog.event_showtimes")
class ListEventShowtimes(Request[EventShowtimes], frozen=True, kw_only=True):
    """Which showtimes has this event?"""

    event_id: str


class Showtimes(Answer, frozen=True, kw_only=True):
    """The next ones, in the order of their ids; with `more`, ask again behind the last."""

    showtimes: list[ShowtimeFacts]
    more: bool = False


@rpc("rpc.catalog.showtimes")
class ListShowtimes(Request[Showtimes], frozen=True, kw_only=True):
    """Which showtimes are there at all, drafts apart?"""

    after: str = ""
    limit: int = 200


class Prices(Answer, frozen=True, kw_only=True):
    """A showtime and what its tiers cost at the moment asked about."""

    showtime_id: str
    event_id: str
    organization_id: str
    event_name: str
    starts_at: Moment
    time_zone: str
    status: ShowtimeStatus
    currency: Currency
    tiers: list[Tier]


@rpc("rpc.catalog.prices")
class GetPrices(Request[Prices], frozen=True, kw_only=True):
    """What did the seats of this showtime cost at this moment? A price that changes does not change what is held."""

    showtime_id: str
    at: Moment


class EventDetails(Answer, frozen=True, kw_only=True):
    """An event as it stands."""

    event_id: str
    organization_id: str
    name: str
    status: ShowtimeStatus
    description: str = ""
    category_id: str | None = None
    image_url: str | None = None


@rpc("rpc.catalog.event")
class GetEvent(Request[EventDetails], frozen=True, kw_only=True):
    """What is known of this event?"""

    event_id: str


class Played(Part, frozen=True, kw_only=True):
    """A time at which an event is still to be played, and what its seats cost."""

    showtime_id: str
    venue_id: str
    starts_at: Moment
    time_zone: str
    currency: Currency
    lowest_price: Money
    highest_price: Money
    on_sale_from: Moment | None = None
    on_sale_until: Moment | None = None


class PlayedEvent(Part, frozen=True, kw_only=True):
    """A published event with the first of the times at which it is still to be played."""

    event_id: str
    organization_id: str
    name: str
    description: str = ""
    category_id: str | None = None
    image_url: str | None = None
    showtimes: list[Played] = []


class Programme(Answer, frozen=True, kw_only=True):
    """What is still to be played, the soonest first."""

    events: list[PlayedEvent]
    next_cursor: str | None = None


@rpc("rpc.catalog.programme")
class ListProgramme(Request[Programme], frozen=True, kw_only=True):
    """What is still to be played? In pages."""

    cursor: str | None = None
