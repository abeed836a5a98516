"""What the inventory refuses, each named for the situation."""

from __future__ import annotations

from internal.platform.faults import Fault, Kind

__all__ = [
    "ClaimOver",
    "HoldClaimed",
    "HoldEnded",
    "HoldNotYours",
    "NoClaim",
    "NoRefreshLeft",
    "NotEnoughSeats",
    "NotOnSale",
    "NotSoldYet",
    "SeatTaken",
    "ShowtimeClosed",
    "TooManySeats",
    "UnknownSeat",
]


class SeatTaken(Fault, kind=Kind.CONFLICT):
    """Somebody else has a seat that you asked for."""


class UnknownSeat(Fault, kind=Kind.NOT_FOUND):
    """There is no such seat in this showtime."""


class ShowtimeClosed(Fault, kind=Kind.NOT_FOUND):
    """There is no such showtime, or nothing of it can be held."""


class NotOnSale(Fault, kind=Kind.CONFLICT):
    """This showtime is not on sale now."""


class TooManySeats(Fault, kind=Kind.CONFLICT):
    """That would be more seats than one buyer may have in this showtime."""


class NotEnoughSeats(Fault, kind=Kind.CONFLICT):
    """There are not enough free seats of this kind."""


class HoldEnded(Fault, kind=Kind.GONE):
    """This hold is over: it expired, was released, or never was."""


class HoldNotYours(Fault, kind=Kind.FORBIDDEN):
    """This hold is somebody else's."""


class HoldClaimed(Fault, kind=Kind.CONFLICT):
    """An order is being paid with this hold."""


class NoRefreshLeft(Fault, kind=Kind.CONFLICT):
    """This hold was refreshed as often as it may be."""


class ClaimOver(Fault, kind=Kind.CONFLICT):
    """This order's claim was dropped; a new order is needed."""


class NoClaim(Fault, kind=Kind.NOT_FOUND):
    """This order has no claim on any seat."""


class NotSoldYet(Fault, kind=Kind.CONFLICT):
    """These seats are being sold to this order; ask for them back when that is done."""
