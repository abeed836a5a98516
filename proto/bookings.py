"""The work queue of asynchronous bookings: each item is for one worker, and gone when it is done."""

from __future__ import annotations

from typing import Literal

from proto import Answer, Event, Part, Request, event, rpc

__all__ = ["BOOKING", "BookingRequested", "BookingStands", "BookingStatus", "ListBookings", "OwnBookings"]

BOOKING = "bookings.stands"  # the topic of a `LiveUser` whose data is a `BookingStands`
BookingStatus = Literal["accepted", "held", "requires_action", "completed", "failed"]


@event("bookings.requested")
class BookingRequested(Event, frozen=True, kw_only=True):
    """A booking was accepted with 202 and waits for a worker; the rest of it is in the bookings' own table."""

    booking_id: str
    showtime_id: str
    user_id: str


class BookingStands(Part, frozen=True, kw_only=True):
    """How a booking stands. While it waits in line it has a `number`; `first` is that of the one whose turn is next.

    Both are 0 where they are not known, or of no meaning: of a booking that has left the line.
    """

    booking_id: str
    showtime_id: str
    status: BookingStatus
    code: str = ""
    number: int = 0
    first: int = 0


class OwnBookings(Answer, frozen=True, kw_only=True):
    """A user's bookings, the newest first, 50 at most."""

    bookings: list[BookingStands]


@rpc("rpc.bookings.own")
class ListBookings(Request[OwnBookings], frozen=True, kw_only=True):
    """Which of this user's bookings wait, and how do those stand that are named?"""

    user_id: str
    booking_ids: list[str] = []
