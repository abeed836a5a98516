"""An order as a checkout leaves it behind: paid, its seats sold, its tickets made, and one of them given back."""

from __future__ import annotations

from internal.platform.bus import Bus
from internal.platform.ids import new_id
from proto.inventory import Claim, Purchase, Refund
from proto.orders import CompleteOrder, CreateOrder, FinishRefund
from tests.running import Person

__all__ = ["bought"]

_SEATS = ["A19", "A20"]  # of which no other test thinks


async def bought(bus: Bus, buyer: Person, showtime_id: str) -> dict[str, str]:
    """The ids of the order, a good ticket of it, and a refund that is done: nothing of it moves by itself any more."""
    answer = await buyer("POST", f"/api/showtimes/{showtime_id}/holds", {"seatIds": _SEATS})
    assert answer.status_code == 201, answer.text
    order_id, saga_id, hold_id = new_id("order"), new_id("checkout"), answer.json()["holdId"]
    await bus.request(CreateOrder(order_id=order_id, saga_id=saga_id, user_id=buyer.id, hold_id=hold_id))
    await bus.request(
        Claim(hold_id=hold_id, order_id=order_id, user_id=buyer.id, saga_id=saga_id, showtime_id=showtime_id)
    )
    await bus.request(CompleteOrder(order_id=order_id, saga_id=saga_id, payment_id=new_id("pay")))
    await bus.request(Purchase(order_id=order_id, saga_id=saga_id))
    answer = await buyer("POST", f"/api/orders/{order_id}/refunds", {"reason": "ill", "seatIds": _SEATS[1:]})
    assert answer.status_code == 202, answer.text
    refund_id = str(answer.json()["id"])
    await bus.request(FinishRefund(refund_id=refund_id, order_id=order_id, saga_id=refund_id, succeeded=True))
    await bus.request(Refund(order_id=order_id, seat_ids=_SEATS[1:]))
    tickets = (await buyer("GET", f"/api/orders/{order_id}/tickets")).json()["items"]
    ticket = next(one for one in tickets if one["seatId"] == _SEATS[0])
    return {
        "order_id": order_id,
        "refund_id": refund_id,
        "ticket_id": ticket["id"],
        "ticket_code": ticket["code"],
        "file_name": f"{ticket['id']}.svg",
    }
