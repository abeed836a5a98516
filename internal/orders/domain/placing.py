"""How an order comes to be: from what is held, at the prices of the moment at which it was held."""

from __future__ import annotations

from datetime import datetime

from internal.orders.domain.order import Order, OrderItem
from internal.orders.faults import (
    NothingHeld,
    OrderIdTaken,
    OrderIsCanceled,
    SeatWithoutPrice,
    ShowtimeCalledOff,
)
from proto.catalog import Prices
from proto.inventory import HeldSeat, HoldFacts
from proto.orders import CreateOrder

__all__ = [
    "is_of",
    "placed",
]


def placed(command: CreateOrder, hold: HoldFacts, prices: Prices, now: datetime) -> Order:
    """A pending order for what is held, at the prices of the moment at which it was held."""
    if prices.status == "canceled":
        raise ShowtimeCalledOff
    if not hold.seats:
        raise NothingHeld
    by_tier = {tier.name: tier.price for tier in prices.tiers}
    items = [_priced(seat, by_tier) for seat in hold.seats]
    return Order(
        id=command.order_id,
        saga_id=command.saga_id,
        hold_id=hold.hold_id,
        user_id=command.user_id,
        event_id=prices.event_id,
        event_name=prices.event_name,
        organization_id=prices.organization_id,
        showtime_id=hold.showtime_id,
        starts_at=prices.starts_at,
        time_zone=prices.time_zone,
        items=items,
        total=sum(item.price for item in items),
        currency=prices.currency,
        created_at=now,
        updated_at=now,
        buyer_name=command.buyer_name,
        buyer_email=command.buyer_email,
    )


def _priced(seat: HeldSeat, by_tier: dict[str, int]) -> OrderItem:
    if seat.tier not in by_tier:
        raise SeatWithoutPrice(tier=seat.tier, seatId=seat.seat_id)
    return OrderItem(
        seat_id=seat.seat_id,
        tier=seat.tier,
        price=by_tier[seat.tier],
        section=seat.section,
        row=seat.row,
        number=seat.number,
    )


def is_of(order: Order, command: CreateOrder) -> Order:
    """The order, if it is what this command made; the same id for something else is a mistake."""
    if (order.saga_id, order.user_id, order.hold_id) != (command.saga_id, command.user_id, command.hold_id):
        raise OrderIdTaken
    if order.status == "canceled":
        raise OrderIsCanceled(reason=order.reason)
    return order
