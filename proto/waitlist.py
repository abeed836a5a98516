"""Sold out: who waits, and who was offered what came back."""

from __future__ import annotations

from proto import Event, Moment, SeatId, event

__all__ = ["WaitlistAccepted", "WaitlistJoined", "WaitlistLapsed", "WaitlistLeft", "WaitlistOffered"]


@event("waitlist.joined")
class WaitlistJoined(Event, frozen=True, kw_only=True):
    """Somebody waits for seats of a sold-out showtime."""

    entry_id: str
    user_id: str
    showtime_id: str
    seats: int


@event("waitlist.left")
class WaitlistLeft(Event, frozen=True, kw_only=True):
    """Somebody waits no longer."""

    entry_id: str
    user_id: str
    showtime_id: str


@event("waitlist.offered")
class WaitlistOffered(Event, frozen=True, kw_only=True):
    """Seats that came back are held for the first who waited."""

    entry_id: str
    user_id: str
    showtime_id: str
    hold_id: str
    seat_ids: list[SeatId]
    expires_at: Moment


@event("waitlist.accepted")
class WaitlistAccepted(Event, frozen=True, kw_only=True):
    """The offer became an order."""

    entry_id: str
    user_id: str
    showtime_id: str
    order_id: str


@event("waitlist.lapsed")
class WaitlistLapsed(Event, frozen=True, kw_only=True):
    """The offer was not taken in time and goes to the next."""

    entry_id: str
    user_id: str
    showtime_id: str
    hold_id: str
