"""What a buyer sees of a payment."""

from __future__ import annotations

from tests.payments.paying import SECURE, Till


async def test_for_its_buyer_alone(counter: Till) -> None:
    """The buyer sees it, an administrator too; to anybody else it does not exist."""
    buyer, other = counter.system.person(), counter.system.person()
    admin, stranger = counter.system.person(roles=("admin",)), counter.system.stranger()
    command = counter.pay(SECURE, user_id=buyer.id)
    await counter.ask(command)
    path = f"/api/payments/{command.payment_id}"
    seen = (await buyer("GET", path)).json()
    assert (seen["status"], seen["amount"], seen["currency"]) == ("requires_action", 5_000, "EUR")
    assert seen["actionUrl"].startswith("http")
    assert (await admin("GET", path)).status_code == 200
    assert (await other("GET", path)).json()["code"] == "payment_unknown"
    assert (await stranger("GET", path)).status_code == 401


async def test_what_never_was(counter: Till) -> None:
    """No payment, and a tombstone that is nobody's, are not found."""
    buyer = counter.system.person()
    command = counter.pay(user_id=buyer.id)
    await counter.cancel(command)
    for payment_id in ("pay_none", "x" * 500, "%00", command.payment_id):
        assert (await buyer("GET", f"/api/payments/{payment_id}")).status_code == 404
