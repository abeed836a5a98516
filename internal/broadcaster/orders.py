"""How people's orders stand, from the facts that are told of them: all are heard, for they are few."""

from __future__ import annotations

from internal.broadcaster.tasks import Tasks
from internal.broadcaster.users import Users
from internal.platform.bus import Bus
from internal.platform.faults import Fault
from proto import Event
from proto.checkout import CheckoutEnded
from proto.inventory import ClaimCreated, ClaimReleased
from proto.orders import GetOrder, OrderCanceled, OrderCompleted, OrderCreated, OrderRefunded
from proto.payments import PaymentActionRequired
from proto.sockets import OrderStands

__all__ = ["HEARD", "Orders"]

HEARD = ("orders.>", "inventory.claim.>", CheckoutEnded.subject, PaymentActionRequired.subject)
_KNOWN = 10_000  # orders whose buyers are remembered, 300 bytes each: those of some minutes


class Orders:
    """Hears of all orders, and tells those who watch of theirs."""

    def __init__(self, bus: Bus, users: Users, tasks: Tasks) -> None:
        self._bus = bus
        self._users = users
        self._tasks = tasks
        self._buyers: dict[str, tuple[str, str]] = {}
        self._claims: dict[str, tuple[str, str]] = {}

    def heard(self, event: Event) -> None:
        """A fact about an order, its payment, its claim or its checkout."""
        match event:
            case OrderCreated():
                _keep(self._buyers, event.order_id, (event.user_id, event.showtime_id))
                self._stands(event.user_id, event.order_id, "pending", event.showtime_id)
            case OrderCompleted():
                self._stands(event.user_id, event.order_id, "completed", event.showtime_id)
            case OrderCanceled():
                self._stands(event.user_id, event.order_id, "canceled", event.showtime_id, event.reason)
            case OrderRefunded():
                status = "refunded" if event.whole else "partially_refunded"
                self._stands(event.user_id, event.order_id, status, event.showtime_id)
            case CheckoutEnded() if event.status == "failed":
                _, showtime_id = self._buyers.get(event.order_id, ("", ""))
                self._stands(event.user_id, event.order_id, "failed", showtime_id, event.code)
            case PaymentActionRequired() if (buyer := self._buyers.get(event.order_id)) is not None:
                self._acts(event, *buyer)
            case PaymentActionRequired() if self._users.people:
                self._tasks.begin(self._find(event))
            case ClaimCreated():
                _keep(self._claims, event.order_id, (event.user_id, event.hold_id))
                self._claimed(event.user_id, event.hold_id, claimed=True)
            case ClaimReleased():
                self._claimed(*self._claims.pop(event.order_id, ("", "")), claimed=False)

    async def _find(self, event: PaymentActionRequired) -> None:
        """Payments do not say whose order it is, and we were not here when it was made."""
        try:
            order = await self._bus.request(GetOrder(order_id=event.order_id))
        except Fault:  # the page that pays asks its checkout anyway
            return
        self._acts(event, order.user_id, order.showtime_id)

    def _acts(self, event: PaymentActionRequired, user_id: str, showtime_id: str) -> None:
        self._stands(user_id, event.order_id, "requires_action", showtime_id, action_url=event.action_url)

    def _stands(
        self, user_id: str, order_id: str, status: str, showtime_id: str, code: str = "", action_url: str = ""
    ) -> None:
        if (person := self._users.people.get(user_id)) is not None:
            person.order(
                OrderStands(order_id=order_id, status=status, code=code, showtime_id=showtime_id, action_url=action_url)
            )

    def _claimed(self, user_id: str, hold_id: str, *, claimed: bool) -> None:
        if (person := self._users.people.get(user_id)) is not None:
            person.claimed(hold_id, claimed=claimed)


def _keep(kept: dict[str, tuple[str, str]], key: str, value: tuple[str, str]) -> None:
    """Remember, and forget the oldest."""
    kept[key] = value
    while len(kept) > _KNOWN:
        del kept[next(iter(kept))]
