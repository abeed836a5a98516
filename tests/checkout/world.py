"""Orders, inventory and payments as the saga sees them: small models that carry out each command as the real ones must.

A command may come twice, late, and after its opposite. What is sold, paid and ordered can be read off at the end, and
`wrong()` names every breach of what must always hold.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from internal.platform.faults import Fault, Kind
from internal.platform.ids import new_id
from proto import Event, catalog, inventory
from proto import orders as ordering
from proto import payments as paying

__all__ = ["REQUESTS", "World"]


class HoldEnded(Fault, kind=Kind.GONE):
    """This hold is over."""


class HoldClaimed(Fault, kind=Kind.CONFLICT):
    """An order is being paid with this hold."""


class NoClaim(Fault, kind=Kind.NOT_FOUND):
    """This order has no claim on any seat."""


class NotSoldYet(Fault, kind=Kind.CONFLICT):
    """These seats are being sold to this order."""


class ClaimOver(Fault, kind=Kind.CONFLICT):
    """This order's claim was dropped."""


class SeatTaken(Fault, kind=Kind.CONFLICT):
    """Somebody else has a seat that you asked for."""


REQUESTS: tuple[type[Any], ...] = (
    catalog.ListEventShowtimes,
    inventory.Take,
    inventory.GetHold,
    ordering.CreateOrder,
    ordering.CancelOrder,
    ordering.CompleteOrder,
    ordering.FinishRefund,
    inventory.Claim,
    inventory.Release,
    inventory.Purchase,
    inventory.Refund,
    inventory.Extend,
    paying.Pay,
    paying.GetPayment,
    paying.CancelPayment,
    paying.RefundPayment,
)


@dataclass
class Hold:
    """What a buyer holds, and what it costs."""

    user_id: str
    seats: list[str]
    price: int
    live: bool = True
    extended: datetime | None = None


@dataclass
class Claim:
    """A hold that reached an order."""

    hold_id: str
    seats: list[str]
    state: str = "claimed"


@dataclass
class World:
    """The three peers. `tell` is given each event as it is committed."""

    tell: Callable[[Event], None] = lambda _: None
    holds: dict[str, Hold] = field(default_factory=dict)
    orders: dict[str, ordering.OrderFacts] = field(default_factory=dict)
    claims: dict[str, Claim] = field(default_factory=dict)
    seats: dict[str, tuple[str, str]] = field(default_factory=dict)  # seat -> order, claimed or sold
    payments: dict[str, paying.PaymentFacts] = field(default_factory=dict)
    refunds: dict[str, paying.RefundFacts] = field(default_factory=dict)
    finished: dict[str, bool] = field(default_factory=dict)
    lost_seats: set[str] = field(default_factory=set)  # of orders whose seats will be gone when they are to be sold
    mute: bool = False  # inventory does not hear that an order is completed
    price: int = 2500  # of a seat that is taken by its number
    showtimes: dict[str, list[catalog.ShowtimeFacts]] = field(default_factory=dict)
    taken: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    commands: list[Any] = field(default_factory=list)

    def hold(self, user_id: str, *seats: str, price: int = 2500) -> str:
        hold_id = new_id("hold")
        self.holds[hold_id] = Hold(user_id, list(seats), price)
        return hold_id

    def answer(self, command: Any) -> Any:
        """Carry it out, at once and whole."""
        self.commands.append(command)
        return getattr(self, "_" + command.subject.removeprefix("rpc.").replace(".", "_"))(command)

    # catalog, and the short way to a hold

    def _catalog_event_showtimes(self, asked: catalog.ListEventShowtimes) -> catalog.EventShowtimes:
        return catalog.EventShowtimes(showtimes=self.showtimes.get(asked.event_id, []))

    def _inventory_take(self, command: inventory.Take) -> inventory.HoldFacts:
        hold_id = self.taken.get(command.request_id)
        if hold_id is None:
            seats = [f"{command.showtime_id}:{seat}" for seat in command.seat_ids]
            if any(seat in hold.seats for hold in self.holds.values() for seat in seats):
                raise SeatTaken
            hold_id = self.taken[command.request_id] = self.hold(command.user_id, *seats, price=self.price)
        return inventory.HoldFacts(
            hold_id=hold_id,
            user_id=command.user_id,
            showtime_id=command.showtime_id,
            seats=[],
            held_at=datetime.now(UTC),
            expires_at=datetime.now(UTC),
        )

    def _inventory_hold(self, asked: inventory.GetHold) -> inventory.HoldFacts:
        hold = self._held(asked.hold_id, asked.user_id)
        showtime_id, _, _ = hold.seats[0].partition(":")
        return inventory.HoldFacts(
            hold_id=asked.hold_id,
            user_id=asked.user_id,
            showtime_id=showtime_id,
            seats=[inventory.HeldSeat(seat_id=seat.partition(":")[2], tier="A", section="S") for seat in hold.seats],
            held_at=datetime.now(UTC),
            expires_at=datetime.now(UTC),
        )

    # orders

    def _orders_create(self, command: ordering.CreateOrder) -> ordering.OrderFacts:
        if command.order_id not in self.orders:
            hold = self._held(command.hold_id, command.user_id)
            items = [ordering.OrderItem(seat_id=seat, tier="A", price=hold.price, section="S") for seat in hold.seats]
            self.orders[command.order_id] = _order(command.order_id, command.user_id, command.hold_id, items)
        return self.orders[command.order_id]

    def _orders_cancel(self, command: ordering.CancelOrder) -> ordering.OrderFacts:
        order = self.orders.get(command.order_id) or _order(command.order_id, "", "", [])
        self.orders[command.order_id] = replace(order, status="canceled", reason=command.reason)
        return self.orders[command.order_id]

    def _orders_complete(self, command: ordering.CompleteOrder) -> ordering.OrderFacts:
        order = self.orders[command.order_id]
        if order.status == "pending":
            if order.total and self._captured(command.payment_id or "") < order.total:
                self.faults.append(f"{order.order_id} completed without its money")
            order = self.orders[command.order_id] = replace(order, status="completed", payment_id=command.payment_id)
            if not self.mute:
                self.tell(
                    ordering.OrderCompleted(
                        order_id=order.order_id,
                        user_id=order.user_id,
                        showtime_id=order.showtime_id,
                        seat_ids=[item.seat_id for item in order.items],
                        total=order.total,
                        currency=order.currency,
                    )
                )
        return order

    def _orders_finish_refund(self, command: ordering.FinishRefund) -> ordering.OrderFacts:
        before = self.finished.setdefault(command.refund_id, command.succeeded)
        if before is not command.succeeded:
            self.faults.append(f"{command.refund_id} finished both ways")
        return self.orders[command.order_id]

    # inventory

    def _held(self, hold_id: str, user_id: str) -> Hold:
        hold = self.holds.get(hold_id)
        if hold is None or not hold.live or hold.user_id != user_id:
            raise HoldEnded
        return hold

    def _inventory_claim(self, command: inventory.Claim) -> inventory.Claimed:
        claim = self.claims.get(command.order_id)
        if claim is None:
            hold = self._held(command.hold_id, command.user_id)
            if any(seat in self.seats for seat in hold.seats):
                raise HoldClaimed
            claim = self.claims[command.order_id] = Claim(command.hold_id, hold.seats)
            self.seats.update(dict.fromkeys(hold.seats, (command.order_id, "claimed")))
        if claim.state not in {"claimed", "purchased"}:
            raise ClaimOver
        return inventory.Claimed(showtime_id=command.showtime_id, seat_ids=claim.seats, fence=1)

    def _inventory_extend(self, command: inventory.Extend) -> inventory.Extended:
        hold = self.holds[command.hold_id]
        hold.extended = command.until
        return inventory.Extended(expires_at=command.until)

    def _inventory_release(self, command: inventory.Release) -> inventory.Released:
        claim = self.claims.setdefault(command.order_id, Claim("", [], "released"))
        if claim.state != "claimed":
            return inventory.Released(released=0)
        claim.state = "released"
        self._free(command.order_id, claim.seats)
        return inventory.Released(released=len(claim.seats))

    def _inventory_purchase(self, command: inventory.Purchase) -> inventory.Purchased:
        claim = self.claims.get(command.order_id)
        if claim is None or command.order_id in self.lost_seats:
            raise NoClaim
        if claim.state == "claimed":
            claim.state = "purchased"
            self.holds[claim.hold_id].live = False
            for seat in claim.seats:
                if self.seats.get(seat) != (command.order_id, "claimed"):
                    self.faults.append(f"{seat} sold to {command.order_id} without its claim")
                self.seats[seat] = (command.order_id, "sold")
            self.tell(
                inventory.SeatsPurchased(
                    showtime_id="showtime_1", seat_ids=list(claim.seats), order_id=command.order_id
                )
            )
        if claim.state != "purchased":
            raise ClaimOver
        return inventory.Purchased(showtime_id="showtime_1", seat_ids=claim.seats)

    def _inventory_refund(self, command: inventory.Refund) -> inventory.Refunded:
        claim = self.claims.get(command.order_id)
        if claim is None or claim.state == "released":
            raise NoClaim
        if claim.state == "claimed":
            raise NotSoldYet
        freed = claim.seats if command.seat_ids is None else command.seat_ids
        claim.state = "refunded" if set(freed) == set(claim.seats) else "purchased"
        self._free(command.order_id, freed)
        return inventory.Refunded(showtime_id="showtime_1", seat_ids=freed)

    def _free(self, order_id: str, seats: list[str]) -> None:
        for seat in seats:
            if self.seats.get(seat, ("",))[0] == order_id:
                del self.seats[seat]

    # payments: method {"card": "good" | "declined" | "bank" | "slow"}

    def _payments_pay(self, command: paying.Pay) -> paying.PaymentFacts:
        if command.payment_id not in self.payments:
            claim = self.claims.get(command.order_id)
            if claim is None or claim.state != "claimed":
                self.faults.append(f"{command.payment_id} paid for seats that are not claimed")
            facts = paying.PaymentFacts(
                payment_id=command.payment_id,
                order_id=command.order_id,
                provider=command.provider,
                status="created",
                amount=command.amount,
                currency=command.currency,
            )
            self.payments[command.payment_id] = facts
            card = command.method.get("card", "good")
            if card == "good":
                self.capture(command.payment_id)
            elif card == "declined":
                self.decline(command.payment_id)
            else:
                status: paying.PaymentStatus = "requires_action" if card == "bank" else "processing"
                url = "https://bank.example/3ds" if card == "bank" else None
                self.payments[command.payment_id] = replace(facts, status=status, action_url=url)
        return self.payments[command.payment_id]

    def capture(self, payment_id: str) -> None:
        """The money is there, unless the payment is over."""
        facts = self.payments[payment_id]
        if facts.status in {"succeeded", "failed", "canceled"}:
            return
        claim = self.claims.get(facts.order_id)
        if claim is None or claim.state != "claimed":
            self.faults.append(f"{payment_id} charged for seats that are not claimed")
        self.payments[payment_id] = replace(facts, status="succeeded", captured=facts.amount, action_url=None)
        self.tell(
            paying.PaymentSucceeded(
                order_id=facts.order_id, payment_id=payment_id, amount=facts.amount, currency=facts.currency
            )
        )

    def decline(self, payment_id: str) -> None:
        facts = self.payments[payment_id]
        if facts.status in {"succeeded", "failed", "canceled"}:
            return
        said = {"code": "card_declined", "message": "The card was declined."}
        self.payments[payment_id] = replace(facts, status="failed", action_url=None, **said)
        self.tell(paying.PaymentFailed(order_id=facts.order_id, payment_id=payment_id, **said))

    def _payments_get(self, command: paying.GetPayment) -> paying.PaymentFacts:
        return self.payments[command.payment_id]

    def _payments_cancel(self, command: paying.CancelPayment) -> paying.PaymentFacts:
        facts = self.payments.get(command.payment_id)
        if facts is None:
            facts = paying.PaymentFacts(
                payment_id=command.payment_id,
                order_id=command.order_id,
                provider="",
                status="canceled",
                amount=0,
                currency="EUR",
            )
        elif facts.status == "succeeded":
            facts = replace(facts, refunded=facts.captured)
        elif facts.status != "failed":
            facts = replace(facts, status="canceled")
        self.payments[command.payment_id] = facts
        return facts

    def _payments_refund(self, command: paying.RefundPayment) -> paying.RefundFacts:
        known = self.refunds.get(command.refund_id)
        if known is None:
            payment = self.payments[command.payment_id]
            known = paying.RefundFacts(
                refund_id=command.refund_id,
                payment_id=command.payment_id,
                amount=command.amount,
                currency=payment.currency,
                status="pending",
            )
            self.refunds[command.refund_id] = known
            if command.reason not in {"slow", "never"}:
                self.refunded(command.refund_id)
            elif command.reason == "never":
                self.refunds[command.refund_id] = replace(known, status="failed", code="no", message="It cannot be.")
        return self.refunds[command.refund_id]

    def refunded(self, refund_id: str) -> None:
        """The provider gave it back."""
        refund = self.refunds[refund_id]
        if refund.status != "pending":
            return
        payment = self.payments[refund.payment_id]
        self.refunds[refund_id] = replace(refund, status="succeeded")
        self.payments[refund.payment_id] = replace(payment, refunded=payment.refunded + refund.amount)
        self.tell(
            paying.PaymentRefunded(
                order_id=payment.order_id,
                payment_id=payment.payment_id,
                refund_id=refund_id,
                amount=refund.amount,
                currency=refund.currency,
            )
        )

    def _captured(self, payment_id: str) -> int:
        facts = self.payments.get(payment_id)
        return 0 if facts is None else facts.captured - facts.refunded

    def wrong(self) -> list[str]:
        """What does not hold though it must, when every saga has ended."""
        found = list(self.faults)
        for seat, (order_id, state) in self.seats.items():
            if state == "claimed":
                found.append(f"{seat} is still claimed by {order_id}")
            elif self.orders[order_id].status != "completed":
                found.append(f"{seat} is sold to {order_id}, which is {self.orders[order_id].status}")
        for order in self.orders.values():
            if order.status == "pending":
                found.append(f"{order.order_id} is still pending")
            sold = sum(item.price for item in order.items if self.seats.get(item.seat_id) == (order.order_id, "sold"))
            paid = sum(
                self._captured(one.payment_id) for one in self.payments.values() if one.order_id == order.order_id
            )
            if paid != sold:
                found.append(f"{order.order_id}: paid {paid} for seats worth {sold}")
        for payment in self.payments.values():
            if payment.status not in {"succeeded", "failed", "canceled"}:
                found.append(f"{payment.payment_id} is still {payment.status}")
            if payment.refunded > payment.captured:
                found.append(f"{payment.payment_id} gave back more than it took")
        return found


def _order(order_id: str, user_id: str, hold_id: str, items: list[ordering.OrderItem]) -> ordering.OrderFacts:
    return ordering.OrderFacts(
        order_id=order_id,
        user_id=user_id,
        event_id="event_1",
        organization_id="org_1",
        showtime_id="showtime_1",
        hold_id=hold_id,
        items=items,
        total=sum(item.price for item in items),
        currency="EUR",
        status="pending",
    )
