"""What a booking is, and what becomes of it with each answer. Decides only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum
from hashlib import sha256
from typing import Any

import msgspec

from internal.platform.faults import Fault, Forbidden, Kind
from internal.platform.tokens import Principal
from proto.catalog import ShowtimeFacts
from proto.checkout import CheckoutFacts

__all__ = [
    "Booking",
    "BookingInLine",
    "BookingUnknown",
    "NotYourself",
    "NothingToBook",
    "ShowtimeNeeded",
    "Status",
    "Work",
    "checkout_id_of",
    "chosen",
    "failed",
    "given_up",
    "held",
    "is_final",
    "may_be_of_booking",
    "require_buyer",
    "set_aside",
    "standing",
]


_OF_BOOKING = "checkout_b00c"  # ids that are made of the time begin so in the year 8103, and then cost a look at a row


class BookingUnknown(Fault, kind=Kind.NOT_FOUND):
    """There is no such booking, or it is not yours."""


class NothingToBook(Fault, kind=Kind.NOT_FOUND):
    """This event has no such showtime on sale."""


class ShowtimeNeeded(Fault, kind=Kind.UNPROCESSABLE):
    """This event has several showtimes; say which one by `showtimeId`."""


class NotYourself(Forbidden):
    """A booking is made for oneself; only an administrator books for others."""


class Status(Enum):
    """Where a booking is on its way."""

    ACCEPTED = "accepted"
    HELD = "held"
    REQUIRES_ACTION = "requires_action"
    COMPLETED = "completed"
    FAILED = "failed"


class Booking(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A booking as its buyer sees it."""

    id: str
    user_id: str
    event_id: str
    showtime_id: str
    seat_id: str
    status: Status
    hold_id: str | None = None
    checkout_id: str
    order_id: str | None = None
    action_url: str | None = None
    code: str = ""
    message: str = ""
    created_at: datetime
    updated_at: datetime


class BookingInLine(Booking, frozen=True, kw_only=True):
    """The same, and how many of its showtime have their turn before it is over: 1 is the next; null out of the line."""

    position: int | None = None


class Work(Booking, frozen=True, kw_only=True):
    """The same with what only the workers need."""

    provider: str
    method: dict[str, Any]
    buyer_name: str
    buyer_email: str
    return_url: str
    buyer_ip: str = ""
    headers: dict[str, str]
    tried_at: datetime | None = None
    aside: bool = False
    due_at: datetime


def require_buyer(principal: Principal, user_id: str) -> None:
    """Nothing, or `NotYourself`."""
    if principal.user_id != user_id and not principal.is_admin:
        raise NotYourself


def chosen(showtimes: Sequence[ShowtimeFacts], wanted: str | None, now: datetime) -> str:
    """The showtime that is meant: the one named, or the only one that is still to come."""
    open_ones = [one.showtime_id for one in showtimes if one.status == "published" and one.starts_at > now]
    if wanted is not None:
        open_ones = [one for one in open_ones if one == wanted]
    if not open_ones:
        raise NothingToBook
    if len(open_ones) > 1:
        raise ShowtimeNeeded(showtimeIds=open_ones)
    return open_ones[0]


def checkout_id_of(booking_id: str) -> str:
    """The same for the same booking, so that a checkout that is started again is the one that was."""
    return f"{_OF_BOOKING}{sha256(booking_id.encode()).hexdigest()[:28]}"


def may_be_of_booking(checkout_id: str) -> bool:
    """False of nearly all others: every checkout of the world tells its end."""
    return checkout_id.startswith(_OF_BOOKING)


def is_final(status: Status) -> bool:
    """Whether nothing more becomes of it."""
    return status in {Status.COMPLETED, Status.FAILED}


def held(work: Work, hold_id: str, now: datetime) -> Work:
    """Its seat is held: the rest needs no order."""
    return msgspec.structs.replace(work, status=Status.HELD, hold_id=hold_id, updated_at=now, due_at=now)


def failed(work: Work, code: str, message: str, now: datetime) -> Work:
    """It came to nothing, and why; how it was to be paid, and from where, is forgotten."""
    return msgspec.structs.replace(
        work, status=Status.FAILED, code=code, message=message, action_url=None, method={}, buyer_ip="", updated_at=now
    )


def given_up(work: Work, now: datetime, after: float) -> Work | None:
    """Failed, if it has waited too long for its hold."""
    if now < work.created_at + timedelta(seconds=after):
        return None
    return failed(work, "booking_timed_out", "The seat could not be booked in time; nothing was charged.", now)


def set_aside(work: Work, now: datetime, *, again_after: float, stuck_after: float | None) -> Work:
    """It got no answer: tried again in its place, until those behind it have waited long enough, if they ever do.

    What is aside stays so: others have moved up.
    """
    tried_at = work.tried_at or now
    return msgspec.structs.replace(
        work,
        tried_at=tried_at,
        aside=work.aside or (stuck_after is not None and now >= tried_at + timedelta(seconds=stuck_after)),
        due_at=now + timedelta(seconds=again_after),
    )


def standing(work: Work, checkout: CheckoutFacts, now: datetime, again_after: float) -> Work:
    """The booking as its checkout stands."""
    if checkout.status == "failed":
        return failed(msgspec.structs.replace(work, order_id=checkout.order_id), checkout.code, checkout.message, now)
    if checkout.status == "completed":
        return msgspec.structs.replace(
            work,
            status=Status.COMPLETED,
            order_id=checkout.order_id,
            action_url=None,
            method={},
            buyer_ip="",
            updated_at=now,
        )
    waits = checkout.status == "requires_action"
    status = Status.REQUIRES_ACTION if waits else Status.HELD
    changed = status is not work.status or (checkout.action_url if waits else None) != work.action_url
    return msgspec.structs.replace(
        work,
        status=status,
        order_id=checkout.order_id,
        action_url=checkout.action_url if waits else None,
        updated_at=now if changed else work.updated_at,
        due_at=now + timedelta(seconds=again_after),
    )
