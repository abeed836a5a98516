"""What events, showtimes and tiers are, and what may become of them. Decides only; the time is told."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, TypeVar

import msgspec

from internal.catalog.faults import (
    AlreadyCanceled,
    AlreadyPublished,
    BadTerms,
    ChangedMeanwhile,
    EventNotPublished,
    FrozenByPublication,
    LayoutMissing,
    NotPublished,
    ShowtimeOver,
    TiersMissing,
    TierTaken,
    TooManyTiers,
)

__all__ = [
    "MOST_SHOWTIMES",
    "MOST_TIERS",
    "Category",
    "Event",
    "Showtime",
    "Status",
    "Tier",
    "canceled",
    "changed_event",
    "changed_showtime",
    "checked_terms",
    "published_event",
    "published_showtime",
    "require_draft",
    "require_living",
    "require_room",
    "require_version",
    "with_tiers",
]

MOST_SHOWTIMES = (
    400  # of one event: every day of a year, and some matinees; with ten tiers each half of what the bus takes
)
MOST_TIERS = 64  # of one showtime, as many as a layout may have
_EARLIEST, _LATEST = (
    datetime(2000, 1, 1, tzinfo=UTC),
    datetime(2200, 1, 1, tzinfo=UTC),
)  # beyond these is a typing error
_FROZEN = ("venue_id", "currency")  # of a published showtime: what tickets were sold on


class Status(Enum):
    """Where a thing is on its one way: it never goes back."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELED = "canceled"


class Tier(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A price of a showtime; the layout's places name their tier by `name`. Minor units of the showtime's currency."""

    id: str
    name: str
    price: int


class _Staged(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What is drafted, published and cancelled; `version` counts its changes."""

    id: str
    organization_id: str
    status: Status = Status.DRAFT
    reason: str = ""
    version: int = 1
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None = None
    canceled_at: datetime | None = None


class Event(_Staged, frozen=True, kw_only=True):
    """Something that is put on, once or many times."""

    name: str
    description: str = ""
    category_id: str | None = None
    image_url: str | None = None


class Showtime(_Staged, frozen=True, kw_only=True):
    """One time that an event is played: where, when, and how it is sold."""

    event_id: str
    venue_id: str
    layout_hash: str
    starts_at: datetime
    time_zone: str
    on_sale_from: datetime | None = None
    on_sale_until: datetime | None = None
    seats_per_buyer: int
    hold_seconds: int
    currency: str
    tiers: tuple[Tier, ...] = ()


class Category(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What kind of event: concert, theatre, football."""

    id: str
    name: str
    version: int = 1
    created_at: datetime
    updated_at: datetime


S = TypeVar("S", bound=_Staged)


def require_version(thing: _Staged | Category, expected: int | None) -> None:
    """Nothing, or `ChangedMeanwhile` if the caller has seen another version than this one."""
    if expected not in (None, thing.version):
        raise ChangedMeanwhile(version=thing.version)


def require_draft(thing: _Staged) -> None:
    """Nothing, or why it cannot be thrown away."""
    if thing.status is Status.CANCELED:
        raise AlreadyCanceled
    if thing.status is Status.PUBLISHED:
        raise FrozenByPublication


def changed_event(event: Event, changes: Mapping[str, Any], now: datetime) -> Event:
    """The event with another description; a published one too: that is how a misprint is put right."""
    return _changed(require_living(event), now, **changes)


def published_event(event: Event, now: datetime) -> Event:
    """The event for everybody to see."""
    return _published(event, now)


def canceled(thing: S, reason: str, now: datetime) -> S:
    """The event or showtime that will not take place."""
    if require_living(thing).status is Status.DRAFT:
        raise NotPublished
    return _changed(thing, now, status=Status.CANCELED, reason=reason, canceled_at=now)


def changed_showtime(
    showtime: Showtime, changes: Mapping[str, Any], now: datetime, longest_hold: int, most_seats: int
) -> Showtime:
    """The showtime with other terms; once it is published, not with another venue or currency."""
    changed = checked_terms(_changed(require_living(showtime), now, **changes), longest_hold, most_seats)
    if showtime.status is Status.PUBLISHED:
        frozen = [name for name in _FROZEN if getattr(changed, name) != getattr(showtime, name)]
        if frozen:
            raise FrozenByPublication(fields=[_camel(name) for name in frozen])
    return changed


def checked_terms(showtime: Showtime, longest_hold: int, most_seats: int) -> Showtime:
    """The showtime, if its times and limits go together."""
    times = {"startsAt": showtime.starts_at, "onSaleFrom": showtime.on_sale_from, "onSaleUntil": showtime.on_sale_until}
    for name, moment in times.items():
        if moment is not None and not _EARLIEST <= moment <= _LATEST:
            raise BadTerms("This is not within two centuries of our time.", path=f"$.{name}")
    opens, closes = showtime.on_sale_from, showtime.on_sale_until
    if opens is not None and opens >= (closes or showtime.starts_at):
        raise BadTerms("The sale would begin after its end.", path="$.onSaleFrom")
    if closes is not None and closes > showtime.starts_at + timedelta(days=1):
        raise BadTerms("The sale ends a day after the start at the latest.", path="$.onSaleUntil")
    if showtime.hold_seconds > longest_hold:
        raise BadTerms(f"Seats are held for {longest_hold} seconds at most.", path="$.holdSeconds")
    if showtime.seats_per_buyer > most_seats:
        raise BadTerms(f"One buyer may have {most_seats} seats at most.", path="$.seatsPerBuyer")
    return showtime


def published_showtime(
    showtime: Showtime, event: Event, layout_hash: str | None, layout_tiers: Collection[str], now: datetime
) -> Showtime:
    """The showtime on sale, on this layout from now on."""
    published = _published(showtime, now)
    if event.status is Status.CANCELED:
        raise AlreadyCanceled("The event of this showtime is canceled.")
    if event.status is not Status.PUBLISHED:
        raise EventNotPublished
    if showtime.starts_at <= now:
        raise ShowtimeOver
    if not layout_hash:
        raise LayoutMissing
    missing = sorted(set(layout_tiers) - {tier.name for tier in showtime.tiers})
    if missing:
        raise TiersMissing(missing=missing)
    return msgspec.structs.replace(published, layout_hash=layout_hash)


def with_tiers(showtime: Showtime, tiers: Sequence[Tier], now: datetime) -> Showtime:
    """The showtime with these tiers; once it is published each of the old ones is still there, at whatever price."""
    names = [tier.name for tier in tiers]
    if len(set(names)) < len(names):
        raise TierTaken
    if len(tiers) > max(MOST_TIERS, len(showtime.tiers)):
        raise TooManyTiers(most=MOST_TIERS)
    kept = {(tier.id, tier.name) for tier in tiers}
    if (
        require_living(showtime).status is Status.PUBLISHED
        and not {(tier.id, tier.name) for tier in showtime.tiers} <= kept
    ):
        raise FrozenByPublication("A published showtime's tiers keep their names and stay; their prices may change.")
    return _changed(showtime, now, tiers=tuple(tiers))


def require_room(count: int, most: int, fault: type[Exception]) -> None:
    """Nothing, or this fault if there are as many as may be."""
    if count >= most:
        raise fault


def _published(thing: S, now: datetime) -> S:
    if require_living(thing).status is Status.PUBLISHED:
        raise AlreadyPublished
    return _changed(thing, now, status=Status.PUBLISHED, published_at=now)


def require_living(thing: S) -> S:
    """The thing, unless it is canceled."""
    if thing.status is Status.CANCELED:
        raise AlreadyCanceled
    return thing


def _changed(thing: S, now: datetime, **changes: Any) -> S:
    return msgspec.structs.replace(thing, **changes, version=thing.version + 1, updated_at=now)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
