"""What the inventory tells: what became of holds, claims and seats."""

from __future__ import annotations

from proto import Event, Moment, SeatId, event

__all__ = [
    "ClaimCreated",
    "ClaimReleased",
    "HoldCreated",
    "HoldExpired",
    "HoldRefreshed",
    "HoldReleased",
    "SeatsBlocked",
    "SeatsPurchased",
    "SeatsReleased",
    "SeatsUnblocked",
    "ShowtimeClosed",
    "ShowtimeOpened",
]


@event("inventory.hold.created")
class HoldCreated(Event, frozen=True, kw_only=True):
    """Seats are locked for a buyer until the moment named."""

    hold_id: str
    user_id: str
    showtime_id: str
    seat_ids: list[SeatId]
    expires_at: Moment


@event("inventory.hold.refreshed")
class HoldRefreshed(Event, frozen=True, kw_only=True):
    """A hold was given more time."""

    hold_id: str
    showtime_id: str
    expires_at: Moment


@event("inventory.hold.released")
class HoldReleased(Event, frozen=True, kw_only=True):
    """The buyer gave these seats of a hold back."""

    hold_id: str
    showtime_id: str
    seat_ids: list[SeatId]


@event("inventory.hold.expired")
class HoldExpired(Event, frozen=True, kw_only=True):
    """A hold's time ran out, and these seats are free again."""

    hold_id: str
    showtime_id: str
    seat_ids: list[SeatId]


@event("inventory.claim.created")
class ClaimCreated(Event, frozen=True, kw_only=True):
    """A hold's seats are claimed in Postgres for an order that is being paid."""

    showtime_id: str
    seat_ids: list[SeatId]
    order_id: str
    hold_id: str
    user_id: str


@event("inventory.claim.released")
class ClaimReleased(Event, frozen=True, kw_only=True):
    """An order came to nothing before it was paid, and its claim was dropped."""

    showtime_id: str
    seat_ids: list[SeatId]
    order_id: str


@event("inventory.seats.purchased")
class SeatsPurchased(Event, frozen=True, kw_only=True):
    """These seats are sold to this order."""

    showtime_id: str
    seat_ids: list[SeatId]
    order_id: str


@event("inventory.seats.released")
class SeatsReleased(Event, frozen=True, kw_only=True):
    """A refund or a cancelled show gave sold seats back."""

    showtime_id: str
    seat_ids: list[SeatId]
    order_id: str


@event("inventory.seats.blocked")
class SeatsBlocked(Event, frozen=True, kw_only=True):
    """Staff took seats off sale."""

    showtime_id: str
    seat_ids: list[SeatId]
    reason: str
    user_id: str


@event("inventory.seats.unblocked")
class SeatsUnblocked(Event, frozen=True, kw_only=True):
    """Staff put blocked seats on sale again."""

    showtime_id: str
    seat_ids: list[SeatId]
    user_id: str


@event("inventory.showtime.opened")
class ShowtimeOpened(Event, frozen=True, kw_only=True):
    """A showtime's seats can be held from now on; told once for each showtime, not at each reload of Redis."""

    showtime_id: str
    capacity: int


@event("inventory.showtime.closed")
class ShowtimeClosed(Event, frozen=True, kw_only=True):
    """Nothing of this showtime can be held any more."""

    showtime_id: str
    reason: str
