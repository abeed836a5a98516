"""Who may pass a door. Decides only: no I/O, and it is told the time.

    issued ──revoke──▶ revoked ──restore──▶ issued       a refund is asked for; it failed
    issued ──reissue─▶ issued, serial + 1                the older code is void from then on

    outside ──entry──▶ inside ──exit──▶ outside          as often as one likes

Where somebody is follows from the passes alone, in the order of the moments at which they happened and not of those at
which we heard of them: a scanner without network lets people in, and tells us hours later. So each pass that is told
late is put in its place, and all of the ticket's passes are counted again (`counted`). Of two entries without an exit
between them the earlier one counts, and the other is a conflict: two people came in with one ticket.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from internal.platform.faults import Fault, Kind
from proto.orders import OrderStatus

__all__ = [
    "Doors",
    "DoorsUnknown",
    "Elsewhere",
    "Hours",
    "NonceReused",
    "NotIssued",
    "Pass",
    "Reason",
    "ReissuedTooOften",
    "Ruling",
    "Scan",
    "SeatHasATicket",
    "Shown",
    "Ticket",
    "TicketUnknown",
    "TicketVoid",
    "Way",
    "barred",
    "counted",
    "earlier_of",
    "is_inside",
    "not_before",
]

Way = Literal["entry", "exit"]
Reason = Literal[
    "invalid",
    "unpaid",
    "canceled",
    "revoked",
    "wrong_showtime",
    "invalid_time",
    "already_redeemed",
    "not_entered",
    "nonce_reused",
    "not_allowed",
]


class NotIssued(Fault, kind=Kind.NOT_FOUND):
    """There are no tickets of this order, or they are not yours to see."""


class TicketUnknown(Fault, kind=Kind.NOT_FOUND):
    """This order has no such ticket."""


class TicketVoid(Fault, kind=Kind.CONFLICT):
    """This ticket was given back; it opens no door."""


class ReissuedTooOften(Fault, kind=Kind.CONFLICT):
    """This ticket has had too many codes; ask the organizer."""


class SeatHasATicket(Fault, kind=Kind.CONFLICT):
    """Somebody else has a good ticket for one of these seats."""


class NonceReused(Fault, kind=Kind.UNPROCESSABLE):
    """This nonce was used with another code, or in the other direction."""


class DoorsUnknown(Fault, kind=Kind.NOT_FOUND):
    """There is no such showtime, or nothing of it is on sale yet."""


class Doors(msgspec.Struct, frozen=True, kw_only=True):
    """A showtime, as far as its doors are concerned."""

    showtime_id: str
    event_id: str
    organization_id: str
    event_name: str
    starts_at: datetime
    time_zone: str
    canceled: bool


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """The right to one seat, once. `revoked_by` names the refund that took it."""

    id: str
    order_id: str
    user_id: str
    organization_id: str
    showtime_id: str
    seat_id: str
    tier: str
    section: str
    row_label: str
    number: str
    holder: str
    serial: int
    kid: str
    code: str
    revoked_by: str | None
    inside: bool
    entered_at: datetime | None
    order_status: OrderStatus


class Hours(msgspec.Struct, frozen=True):
    """How long before the start the doors open, and how long after it the last one is let in."""

    before: timedelta
    after: timedelta

    def hold(self, starts_at: datetime, at: datetime) -> bool:
        """Whether the doors are open at this moment."""
        return starts_at - self.before <= at <= starts_at + self.after


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    """A code that was shown at a gate; `showtime_id` where the scanner is set to one."""

    code: str
    gate: str
    nonce: str
    type: Way
    at: datetime | None = None
    showtime_id: str | None = None


class Shown(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What the person at the door sees of a ticket."""

    id: str
    order_id: str
    showtime_id: str
    seat_id: str
    tier: str
    section: str
    row: str = ""
    number: str = ""
    holder: str = ""


class Elsewhere(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Another pass with the same ticket: when, and where."""

    type: Way
    at: datetime
    gate: str


class Ruling(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The answer to a scan. `conflict` where two people went through; `other` is the pass that it clashes with."""

    status: Literal["ok", "error"]
    nonce: str
    type: Way
    gate: str
    at: datetime
    reason: Reason | None = None
    checkin_id: str | None = None
    conflict: bool = False
    ticket: Shown | None = None
    other: Elsewhere | None = None


class Pass(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody went through a door with a ticket, rightly or not."""

    id: str
    type: Way
    at: datetime
    gate: str
    standing: Literal["counted", "conflict"] = "counted"


def barred(ticket: Ticket, doors: Doors, serial: int, way: Way, at: datetime, hours: Hours) -> Reason | None:
    """Why this code opens no door now, wherever its bearer is. Who is inside may always leave."""
    if serial != ticket.serial:
        return "revoked"
    if way == "exit":
        return None
    if doors.canceled or ticket.order_status == "canceled":
        return "canceled"
    if ticket.order_status == "pending":  # tickets are made by completion, so this is a mistake of ours, or a forgery
        return "unpaid"
    if ticket.revoked_by is not None:
        return "revoked"
    return None if hours.hold(doors.starts_at, at) else "invalid_time"


def counted(passes: Iterable[Pass]) -> list[Pass]:
    """The passes in their order, each with its standing: an entry counts outside, an exit inside."""
    inside, ruled = False, []
    for one in sorted(passes, key=_order):
        counts = (one.type == "entry") is not inside
        inside = inside is not counts
        ruled.append(msgspec.structs.replace(one, standing="counted" if counts else "conflict"))
    return ruled


def not_before(passes: Iterable[Pass], at: datetime) -> datetime:
    """The moment at which somebody at the door passes: after all that we know of, whatever the scanner's clock says.

    Only who has passed already can have been earlier; of two who wait, the one whom we answer first is first.
    """
    return max([at, *(one.at + timedelta(microseconds=1) for one in passes)])


def is_inside(ruled: Iterable[Pass]) -> bool:
    """Where the ticket's bearer is after all of these, as `counted` returns them."""
    last = [one for one in ruled if one.standing == "counted"][-1:]
    return bool(last) and last[0].type == "entry"


def earlier_of(ruled: Iterable[Pass], conflict: Pass) -> Pass | None:
    """What counts instead of this conflict: the last pass before it."""
    before = [one for one in ruled if one.standing == "counted" and _order(one) < _order(conflict)]
    return before[-1] if before else None


def _order(one: Pass) -> tuple[datetime, str]:
    return one.at, one.id
