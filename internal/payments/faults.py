"""What payments says no to, each named for the situation."""

from __future__ import annotations

from internal.platform.faults import Fault, Kind

__all__ = [
    "NoSuchRefund",
    "NotCaptured",
    "NotGivenBack",
    "PaymentDiffers",
    "PaymentUnknown",
    "ProviderUnknown",
    "RefundDiffers",
    "RefundNotOwed",
    "RefundTooMuch",
    "RefundUnderWay",
]


class PaymentUnknown(Fault, kind=Kind.NOT_FOUND):
    """There is no such payment."""


class ProviderUnknown(Fault, kind=Kind.UNPROCESSABLE):
    """This way to pay is not offered here."""


class PaymentDiffers(Fault, kind=Kind.CONFLICT):
    """A payment of this id was begun with another order, amount or provider."""


class RefundDiffers(Fault, kind=Kind.CONFLICT):
    """A refund of this id was begun with another payment or amount."""


class NotCaptured(Fault, kind=Kind.CONFLICT):
    """Nothing was captured with this payment, so nothing can be given back."""


class NotGivenBack(Fault, kind=Kind.CONFLICT):
    """The provider will not give this money back; a person has to."""


class NoSuchRefund(Fault, kind=Kind.NOT_FOUND):
    """There is no such refund."""


class RefundUnderWay(Fault, kind=Kind.CONFLICT):
    """The provider may still give this money back; by hand it would go back twice."""


class RefundNotOwed(Fault, kind=Kind.CONFLICT):
    """Nobody waits for this refund: what had asked for it was told that it failed, and the tickets are good."""


class RefundTooMuch(Fault, kind=Kind.CONFLICT):
    """More would be given back than was captured and is not already given back."""
