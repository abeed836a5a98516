"""The work queue of asynchronous bookings: each item is for one worker, and gone when it is done."""

from __future__ import annotations

from proto import Event, event

__all__ = ["BookingRequested"]


@event("bookings.requested")
class BookingRequested(Event, frozen=True, kw_only=True):
    """A booking was accepted with 202 and waits for a worker; the rest of it is in the bookings' own table."""

    booking_id: str
    showtime_id: str
    user_id: str
