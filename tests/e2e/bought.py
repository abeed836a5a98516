"""An order as a buyer leaves it behind: paid with play money, its tickets made, and one of its two seats given back."""

from __future__ import annotations

from typing import Any

from tests.running import Person
from tests.waiting import until

__all__ = ["CARD", "bought"]

_SEATS = ["A19", "A20"]  # of which no other test thinks
CARD = {"number": "4242424242424242", "expMonth": 12, "expYear": 2040, "cvc": "123"}


async def bought(buyer: Person, showtime_id: str) -> dict[str, str]:
    """The ids of the order, a good ticket of it, and a refund that is done: nothing of it moves by itself any more."""
    held = await buyer("POST", f"/api/showtimes/{showtime_id}/holds", {"seatIds": _SEATS})
    assert held.status_code == 201, held.text
    payment = {"provider": "mock", "method": {"card": CARD}}
    begun = await buyer("POST", "/api/checkouts", {"holdId": held.json()["holdId"], "payment": payment})
    assert begun.status_code in {201, 202}, begun.text
    checkout = await _comes_to(buyer, f"/api/checkouts/{begun.json()['checkoutId']}", "completed")
    order = f"/api/orders/{checkout['orderId']}"
    asked = await buyer("POST", f"{order}/refunds", {"reason": "ill", "seatIds": _SEATS[1:]})
    assert asked.status_code == 202, asked.text
    await _comes_to(buyer, f"{order}/refunds/{asked.json()['id']}", "succeeded")
    tickets = (await buyer("GET", f"{order}/tickets")).json()["items"]
    ticket = next(one for one in tickets if one["seatId"] == _SEATS[0])
    payment_id = str((await buyer("GET", order)).json()["paymentId"])
    return {
        "checkout_id": str(checkout["checkoutId"]),
        "order_id": str(checkout["orderId"]),
        "payment_id": payment_id,
        "key_": payment_id,  # as the point of sale knows it
        "provider": "mock",
        "refund_id": str(asked.json()["id"]),
        "ticket_id": ticket["id"],
        "ticket_code": ticket["code"],
        "file_name": f"{ticket['id']}.svg",
    }


async def _comes_to(buyer: Person, path: str, status: str) -> dict[str, Any]:
    found: dict[str, Any] = {}

    async def so() -> bool:
        found.update((await buyer("GET", path)).json())
        return bool(found["status"] == status)

    await until(so, seconds=30)
    return found
