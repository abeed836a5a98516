"""What orders refuses, each named for the situation."""

from __future__ import annotations

from internal.platform.faults import Fault, Forbidden, Kind

__all__ = [
    "NotTheBuyer",
    "NothingHeld",
    "NothingLeftToRefund",
    "OrderIdTaken",
    "OrderIsCanceled",
    "OrderIsCompleted",
    "OrderNotPaid",
    "OrderUnknown",
    "PaidOtherwise",
    "PaymentMissing",
    "RefundNotFailed",
    "RefundTooLate",
    "RefundUnknown",
    "SeatAlreadyRefunded",
    "SeatInUse",
    "SeatNotInOrder",
    "SeatWithoutPrice",
    "ShowtimeCalledOff",
    "StoppedByBuyer",
]


class OrderUnknown(Fault, kind=Kind.NOT_FOUND):
    """There is no such order."""


class RefundUnknown(Fault, kind=Kind.NOT_FOUND):
    """This order has no such refund."""


class NotTheBuyer(Forbidden):
    """Only its buyer cancels a pending order; once it is paid it can be refunded."""


class OrderIsCanceled(Fault, kind=Kind.CONFLICT):
    """This order is canceled, and stays so."""


class OrderIsCompleted(Fault, kind=Kind.CONFLICT):
    """This order is paid; it is not canceled but refunded."""


class OrderIdTaken(Fault, kind=Kind.CONFLICT):
    """This order was made for another buyer, hold or checkout."""


class StoppedByBuyer(Fault, kind=Kind.CONFLICT):
    """The buyer canceled this order before it was completed."""


class ShowtimeCalledOff(Fault, kind=Kind.CONFLICT):
    """This showtime will not take place."""


class NothingHeld(Fault, kind=Kind.CONFLICT):
    """This hold has no seats; there is nothing to order."""


class SeatWithoutPrice(Fault, kind=Kind.CONFLICT):
    """A held seat belongs to a tier that has no price at this showtime."""


class PaymentMissing(Fault, kind=Kind.CONFLICT):
    """This order costs something, and no payment was named."""


class PaidOtherwise(Fault, kind=Kind.CONFLICT):
    """This order was completed with another payment."""


class OrderNotPaid(Fault, kind=Kind.CONFLICT):
    """This order was never paid; there is nothing to give back."""


class SeatNotInOrder(Fault, kind=Kind.UNPROCESSABLE):
    """A seat that is named is not of this order."""


class SeatAlreadyRefunded(Fault, kind=Kind.CONFLICT):
    """A seat that is named was refunded, or is being refunded."""


class SeatInUse(Fault, kind=Kind.CONFLICT):
    """Somebody came in with the ticket of a seat that is named; only the organizer gives its money back."""


class NothingLeftToRefund(Fault, kind=Kind.CONFLICT):
    """Everything of this order was refunded, or is being refunded."""


class RefundTooLate(Fault, kind=Kind.CONFLICT):
    """The showtime is too near, or over; ask the organizer."""


class RefundNotFailed(Fault, kind=Kind.CONFLICT):
    """This refund has not failed: the bank gives the money back, or has."""
