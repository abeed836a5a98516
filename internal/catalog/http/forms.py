"""What callers send."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from litestar.params import HeaderParameter
from msgspec import UNSET, Meta, UnsetType

from internal.platform.faults import Malformed
from internal.platform.http.forms import LINE, TEXT, Body, changes_of

__all__ = [
    "CacheControl",
    "Cancellation",
    "CategoryForm",
    "EventChange",
    "EventForm",
    "IfMatch",
    "NewEvent",
    "NewShowtime",
    "NewTier",
    "ShowtimeChange",
    "TierChange",
    "utc",
    "utc_changes_of",
]

IfMatch = Annotated[
    str | None,
    HeaderParameter(name="If-Match", max_length=200, description="The ETag of the version that this is a change of"),
]
CacheControl = Annotated[
    str | None, HeaderParameter(name="Cache-Control", description="`no-cache` asks for what is not a second old")
]

Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=LINE)]
Description = Annotated[str, Meta(max_length=10_000, pattern=TEXT)]
ImageUrl = Annotated[str, Meta(max_length=2_000, pattern=r"^https?://[^\s\x00-\x1f\x7f]+$(?!\n)")]
OrganizationId = Annotated[str, Meta(pattern=r"^org_[0-9a-f]{32}$(?!\n)")]
CategoryId = Annotated[str, Meta(pattern=r"^category_[0-9a-f]{32}$(?!\n)")]
VenueId = Annotated[str, Meta(pattern=r"^venue_[0-9a-f]{32}$(?!\n)")]
Moment = Annotated[datetime, Meta(tz=True)]
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}$(?!\n)", description="ISO 4217")]
TimeZone = Annotated[
    str, Meta(max_length=64, pattern=r"^[A-Za-z0-9_+/-]+$(?!\n)", description="IANA name, for display: Europe/Istanbul")
]
# 10 million of a currency with cents: no ticket costs more, and a thousand of them fit any integer
Price = Annotated[int, Meta(ge=0, le=1_000_000_000, description="Minor units")]
# the characters that a layout's tiers may have: the names have to match
TierName = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f\[\]]+$(?!\n)")]
Seats = Annotated[int, Meta(ge=1, le=500)]
Seconds = Annotated[int, Meta(ge=30, le=3600)]


class EventForm(Body, frozen=True, kw_only=True):
    """All that an organiser says of an event; PUT replaces all of it."""

    name: Name
    description: Description = ""
    category_id: CategoryId | None = None
    image_url: ImageUrl | None = None


class NewEvent(EventForm, frozen=True, kw_only=True):
    """An event. Without `organizationId` it is put on by the first organization that you run, or by a new one.

    With `totalSeats`, the short form: event, venue, layout, one tier and one published showtime are made at once, and
    `price`, `currency`, `startsAt` and `timeZone` may say more of them.
    """

    organization_id: OrganizationId | None = None
    total_seats: Annotated[int, Meta(ge=10, le=1000)] | None = None
    price: Price | None = None
    currency: Currency | None = None
    starts_at: Moment | None = None
    time_zone: TimeZone | None = None


class EventChange(Body, frozen=True, kw_only=True):
    """What is to be different; the rest stays."""

    name: Name | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    category_id: CategoryId | UnsetType | None = UNSET
    image_url: ImageUrl | UnsetType | None = UNSET


class Cancellation(Body, frozen=True, kw_only=True):
    """Why; buyers are told."""

    reason: Annotated[str, Meta(min_length=1, max_length=500, pattern=TEXT)]


class NewTier(Body, frozen=True, kw_only=True):
    """A price, under the name that the layout's places have for it."""

    name: TierName
    price: Price


class TierChange(Body, frozen=True, kw_only=True):
    """What is to be different; the rest stays."""

    name: TierName | UnsetType = UNSET
    price: Price | UnsetType = UNSET


class NewShowtime(Body, frozen=True, kw_only=True):
    """Where and when, and how it is sold; what is left open is as the operator chose."""

    venue_id: VenueId
    starts_at: Moment
    currency: Currency
    time_zone: TimeZone | None = None
    on_sale_from: Moment | None = None
    on_sale_until: Moment | None = None
    seats_per_buyer: Seats | None = None
    hold_seconds: Seconds | None = None
    tiers: Annotated[list[NewTier], Meta(max_length=64)] = []


class ShowtimeChange(Body, frozen=True, kw_only=True):
    """What is to be different; the rest stays. Of a published showtime, not the venue nor the currency."""

    venue_id: VenueId | UnsetType = UNSET
    starts_at: Moment | UnsetType = UNSET
    currency: Currency | UnsetType = UNSET
    time_zone: TimeZone | UnsetType = UNSET
    on_sale_from: Moment | UnsetType | None = UNSET
    on_sale_until: Moment | UnsetType | None = UNSET
    seats_per_buyer: Seats | UnsetType = UNSET
    hold_seconds: Seconds | UnsetType = UNSET


class CategoryForm(Body, frozen=True, kw_only=True):
    """All that there is to a category."""

    name: Name


def utc_changes_of(form: Body) -> dict[str, Any]:
    """The fields that were sent, moments in UTC; at least one."""
    changes = changes_of(form)
    return {name: utc(value, name) if isinstance(value, datetime) else value for name, value in changes.items()}


def utc(moment: datetime, name: str) -> datetime:
    """The same moment; one that has no zone, or is at the end of all time, is refused."""
    try:
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except OverflowError:
        pass
    raise Malformed("A moment with its offset from UTC is needed: 2027-01-31T20:00:00Z.", path=f"$.{name}")
