"""What is shown: to everybody how many seats there are, to those who sell them also what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

from internal.platform.faults import Fault, Kind

__all__ = [
    "Conversion",
    "Counts",
    "EventFigures",
    "Minute",
    "NothingOfEvent",
    "Revenue",
    "Sales",
    "SectionFigures",
    "SectionUnknown",
    "Shown",
    "Showtime",
    "ShowtimeFigures",
    "event_figures",
    "sales_of",
    "section_figures",
    "shown",
]


class NothingOfEvent(Fault, kind=Kind.NOT_FOUND):
    """There is no such event, or nothing of it was ever on sale."""


class SectionUnknown(Fault, kind=Kind.NOT_FOUND):
    """There is no such section in the hall of this event."""


class Revenue(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Money in minor units: what was paid, and what of it went back."""

    currency: str
    gross: int
    refunded: int


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """A section of a showtime, or with no section id all of it, as it is counted."""

    section_id: str
    name: str = ""
    capacity: int = 0
    held: int = 0
    sold: int = 0
    blocked: int = 0
    holds: int = 0
    holds_sold: int = 0
    bought: int = 0
    unsold: int = 0
    orders: int = 0
    refunds: int = 0
    revenue: list[Revenue] = []


class Showtime(msgspec.Struct, frozen=True, kw_only=True):
    """A showtime that was ever on sale, with the counts of all of it first."""

    showtime_id: str
    event_id: str
    organization_id: str
    starts_at: datetime
    canceled: bool
    version: int
    counts: list[Counts]


class Shown(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How many seats there are, and how many of them are free. A seat that is being paid for is held."""

    capacity: int
    available: int
    held: int
    sold: int
    blocked: int


class SectionFigures(Shown, frozen=True, kw_only=True, rename="camel"):
    """Of one section, over the showtimes that were asked for."""

    section_id: str
    name: str


class ShowtimeFigures(Shown, frozen=True, kw_only=True, rename="camel"):
    """Of one showtime."""

    showtime_id: str
    starts_at: datetime
    canceled: bool
    version: int


class Conversion(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of holds, and, as a hold may be given back or bought in part, of the seats in those that are over.

    `rate` is how many of these seats were bought; none is over yet: null. A refund changes nothing of it.
    """

    holds: int
    holds_sold: int
    seats_bought: int
    seats_unsold: int
    rate: float | None


class Minute(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What was sold within a minute."""

    minute: datetime
    currency: str
    seats: int
    orders: int
    amount: int


class Sales(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What is for those who sell alone."""

    revenue: list[Revenue]
    conversion: Conversion
    orders: int
    refunds: int
    by_minute: list[Minute]


class EventFigures(Shown, frozen=True, kw_only=True, rename="camel"):
    """Of an event, or of the one showtime of it that was asked for. `sales` only for its organisation's staff."""

    event_id: str
    version: int
    showtimes: list[ShowtimeFigures]
    sections: list[SectionFigures]
    sales: Sales | UnsetType = UNSET


class OneSection(SectionFigures, frozen=True, kw_only=True, rename="camel"):
    """Of one section of an event. `sales` only for the staff of its organisation."""

    event_id: str
    version: int
    sales: Sales | UnsetType = UNSET


def shown(counts: Counts, *, canceled: bool = False) -> Shown:
    """Nothing of a canceled showtime is free, or held. Never below nothing: facts may come before those they follow."""
    held = 0 if canceled else max(0, counts.held)
    sold, blocked = max(0, counts.sold), max(0, counts.blocked)
    free = 0 if canceled else max(0, counts.capacity - held - sold - blocked)
    return Shown(capacity=counts.capacity, available=free, held=held, sold=sold, blocked=blocked)


def event_figures(event_id: str, showtimes: Sequence[Showtime], sales: Sales | UnsetType) -> EventFigures:
    """The sum of these showtimes, each of them, and each section over all of them."""
    own = [
        ShowtimeFigures(
            showtime_id=one.showtime_id,
            starts_at=one.starts_at,
            canceled=one.canceled,
            version=one.version,
            **msgspec.structs.asdict(shown(one.counts[0], canceled=one.canceled)),
        )
        for one in showtimes
    ]
    sections = dict.fromkeys(count.section_id for one in showtimes for count in one.counts[1:])
    return EventFigures(
        event_id=event_id,
        version=sum(one.version for one in showtimes),
        showtimes=own,
        sections=[_section(section, showtimes) for section in sections],
        sales=sales,
        **_sum(own),
    )


def section_figures(
    event_id: str, section_id: str, showtimes: Sequence[Showtime], sales: Sales | UnsetType
) -> OneSection:
    """One section over these showtimes, of which some have it."""
    figures = msgspec.structs.asdict(_section(section_id, showtimes))
    return OneSection(event_id=event_id, version=sum(one.version for one in showtimes), sales=sales, **figures)


def sales_of(showtimes: Sequence[Showtime], section_id: str, minutes: list[Minute]) -> Sales:
    """What came of it: of a section, or of all where none is named."""
    counts = [count for one in showtimes for count in one.counts if count.section_id == section_id]
    money: dict[str, list[int]] = {}
    for one in (revenue for count in counts for revenue in count.revenue):
        row = money.setdefault(one.currency, [0, 0])
        row[0] += one.gross
        row[1] += one.refunded
    bought, unsold = sum(one.bought for one in counts), sum(one.unsold for one in counts)
    return Sales(
        revenue=[Revenue(currency=currency, gross=row[0], refunded=row[1]) for currency, row in sorted(money.items())],
        conversion=Conversion(
            holds=sum(one.holds for one in counts),
            holds_sold=sum(one.holds_sold for one in counts),
            seats_bought=bought,
            seats_unsold=unsold,
            rate=round(bought / (bought + unsold), 4) if bought + unsold else None,
        ),
        orders=sum(one.orders for one in counts),
        refunds=sum(one.refunds for one in counts),
        by_minute=minutes,
    )


def _section(section_id: str, showtimes: Sequence[Showtime]) -> SectionFigures:
    found = [(count, one.canceled) for one in showtimes for count in one.counts[1:] if count.section_id == section_id]
    parts = [shown(count, canceled=canceled) for count, canceled in found]
    return SectionFigures(section_id=section_id, name=found[0][0].name, **_sum(parts))


def _sum(parts: Iterable[Shown]) -> dict[str, int]:
    some = list(parts)
    return {name: sum(getattr(one, name) for one in some) for name in Shown.__struct_fields__}
