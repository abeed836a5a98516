"""What becomes of an order, and what the saga tells orders to do.

An order is `pending`, then `completed` or `canceled`; a completed one becomes `refunded` in part or whole. Every
command may come twice, late, or after its opposite: what is final stays so, and the answer says what the order is.
"""

from __future__ import annotations

from typing import Literal

from proto import Answer, Currency, Event, Moment, Money, Part, Request, SeatId, event, rpc

__all__ = [
    "CancelOrder",
    "CheckedIn",
    "CompleteOrder",
    "CreateOrder",
    "FinishRefund",
    "GetOrder",
    "GetSales",
    "ListSales",
    "OrderCanceled",
    "OrderCompleted",
    "OrderCreated",
    "OrderFacts",
    "OrderItem",
    "OrderRefunded",
    "OrderStatus",
    "OrderStopped",
    "RefundByHand",
    "RefundRequested",
    "RefundStatus",
    "Sale",
    "SaleRefund",
    "Sales",
    "TicketsIssued",
    "TicketsRevoked",
]

OrderStatus = Literal["pending", "completed", "canceled", "partially_refunded", "refunded"]
RefundStatus = Literal["requested", "succeeded", "failed"]


@event("orders.created")
class OrderCreated(Event, frozen=True, kw_only=True):
    """An order is pending: nothing is paid yet."""

    order_id: str
    user_id: str
    showtime_id: str
    seat_ids: list[SeatId]
    total: Money
    currency: Currency


@event("orders.completed")
class OrderCompleted(Event, frozen=True, kw_only=True):
    """An order is paid; its seats are to be sold."""

    order_id: str
    user_id: str
    showtime_id: str
    seat_ids: list[SeatId]
    total: Money
    currency: Currency


@event("orders.canceled")
class OrderCanceled(Event, frozen=True, kw_only=True):
    """An order came to nothing, and why."""

    order_id: str
    user_id: str
    showtime_id: str
    seat_ids: list[SeatId]
    reason: str


@event("orders.stopped")
class OrderStopped(Event, frozen=True, kw_only=True):
    """A pending order shall not be completed any more: whoever is paying for it stops, and gives back what was paid."""

    order_id: str
    user_id: str
    showtime_id: str
    by: Literal["buyer", "showtime"]


@event("orders.refund.requested")
class RefundRequested(Event, frozen=True, kw_only=True):
    """Seats of a completed order are to be given back and their money with them; their tickets are void already.

    With `by_hand` a person has given the money back, and says how.
    """

    refund_id: str
    order_id: str
    payment_id: str
    showtime_id: str
    seat_ids: list[SeatId]
    amount: Money
    currency: Currency
    reason: str
    by_hand: str = ""
    settled_by: str = ""


@event("orders.refunded")
class OrderRefunded(Event, frozen=True, kw_only=True):
    """The money of these seats went back; `whole` when nothing of the order is left."""

    order_id: str
    refund_id: str
    user_id: str
    showtime_id: str
    seat_ids: list[SeatId]
    amount: Money
    currency: Currency
    whole: bool


@event("orders.tickets.issued")
class TicketsIssued(Event, frozen=True, kw_only=True):
    """Each seat of an order has its ticket."""

    order_id: str
    user_id: str
    showtime_id: str
    ticket_ids: list[str]


@event("orders.tickets.revoked")
class TicketsRevoked(Event, frozen=True, kw_only=True):
    """These tickets open no door any more."""

    order_id: str
    showtime_id: str
    ticket_ids: list[str]


@event("orders.checked_in")
class CheckedIn(Event, frozen=True, kw_only=True):
    """Somebody went through a door with a ticket, in or out."""

    ticket_id: str
    order_id: str
    showtime_id: str
    seat_id: SeatId
    gate: str
    type: Literal["entry", "exit"]
    at: Moment


class OrderItem(Part, frozen=True, kw_only=True):
    """A seat of an order, at the price of the moment it was held."""

    seat_id: SeatId
    tier: str
    price: Money
    section: str
    row: str = ""
    number: str = ""
    refunded: bool = False


class OrderFacts(Answer, frozen=True, kw_only=True):
    """An order as it stands."""

    order_id: str
    user_id: str
    event_id: str
    organization_id: str
    showtime_id: str
    hold_id: str
    items: list[OrderItem]
    total: Money
    currency: Currency
    status: OrderStatus
    refunded: Money = 0
    payment_id: str | None = None
    reason: str = ""


@rpc("rpc.orders.create")
class CreateOrder(Request[OrderFacts], frozen=True, kw_only=True):
    """A pending order for what is held; what it costs is asked of inventory and catalog, never of the buyer."""

    order_id: str
    saga_id: str
    user_id: str
    hold_id: str
    buyer_name: str = ""
    buyer_email: str = ""


@rpc("rpc.orders.cancel")
class CancelOrder(Request[OrderFacts], frozen=True, kw_only=True):
    """A pending order comes to nothing; one that was never created counts as cancelled too, and stays so."""

    order_id: str
    saga_id: str
    reason: str


@rpc("rpc.orders.complete")
class CompleteOrder(Request[OrderFacts], frozen=True, kw_only=True):
    """The money is there: the order is completed and its tickets are made. A free order has no payment."""

    order_id: str
    saga_id: str
    payment_id: str | None = None


@rpc("rpc.orders.get")
class GetOrder(Request[OrderFacts], frozen=True, kw_only=True):
    """What is this order?"""

    order_id: str


@rpc("rpc.orders.finish_refund")
class FinishRefund(Request[OrderFacts], frozen=True, kw_only=True):
    """How a refund that was requested ended: the money went back, or it cannot, and the tickets are good again."""

    refund_id: str
    order_id: str
    saga_id: str
    succeeded: bool
    reason: str = ""


@rpc("rpc.orders.refund_by_hand")
class RefundByHand(Request[OrderFacts], frozen=True, kw_only=True):
    """A person gave back the money of a refund that had failed: its seats are refunded anew, and no bank is asked."""

    refund_id: str
    by_hand: str
    settled_by: str


class SaleRefund(Part, frozen=True, kw_only=True):
    """A refund whose money went back, and when."""

    refund_id: str
    seat_ids: list[SeatId]
    prices: list[Money]
    amount: Money
    at: Moment


class Sale(Part, frozen=True, kw_only=True):
    """An order that was paid, when it was made, and what of it was refunded since."""

    order_id: str
    showtime_id: str
    seat_ids: list[SeatId]
    prices: list[Money]
    total: Money
    currency: Currency
    at: Moment
    refunds: list[SaleRefund] = []


class Sales(Answer, frozen=True, kw_only=True):
    """The next orders that were paid, in the order of their ids; with `more`, ask again behind the last."""

    sales: list[Sale]
    more: bool = False


@rpc("rpc.orders.sales")
class ListSales(Request[Sales], frozen=True, kw_only=True):
    """What was paid for this showtime, since ever: for whoever counts what no stream keeps any more."""

    showtime_id: str
    after: str = ""
    limit: int = 200


@rpc("rpc.orders.sales_of")
class GetSales(Request[Sales], frozen=True, kw_only=True):
    """What was paid for these orders? Those that were not paid are not in the answer; 200 at once."""

    order_ids: list[str]
