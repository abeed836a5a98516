from __future__ import annotations

from typing import Any

import pytest

from proto.checkout import AbandonSaga
from proto.gateway import OperatorActed
from proto.orders import RefundByHand
from proto.payments import SettleRefund
from tests.gateway.house import REFUND, SAGA, House
from tests.waiting import until

ROUTES = [
    ("GET", "/api/operator/system", None),
    ("GET", "/api/operator/letters", None),
    ("GET", "/api/operator/letters/1", None),
    ("POST", "/api/operator/letters/1/replay", None),
    ("GET", "/api/operator/sagas", None),
    ("GET", f"/api/operator/sagas/{SAGA}", None),
    ("POST", f"/api/operator/sagas/{SAGA}/retry", None),
    ("POST", f"/api/operator/sagas/{SAGA}/abandon", {"reason": "no", "status": "running"}),
    ("GET", "/api/operator/refunds", None),
    ("POST", f"/api/operator/refunds/{REFUND}/settle", {"givenBack": "by hand"}),
    ("POST", "/api/operator/services/peer/reconcile", {"repair": True}),
]


async def test_nobody_else_may(house: House) -> None:
    """Strangers, guests, customers and owners see nothing, change nothing, and nothing of it is told."""
    owner = house.system.person()
    for method, path, body in ROUTES:
        assert (await house.system.stranger()(method, path, body)).status_code == 401, path
        for person in (house.system.person(guest=True), owner):
            assert (await person(method, path, body)).status_code == 403, path
    assert house.peer.asked == []
    assert house.acts() == []


async def test_the_system_is_seen(house: House) -> None:
    """Every process answers for its services, and what waits for a person is counted."""
    await house.parked()
    seen = (await house.admin("GET", "/api/operator/system")).json()
    (process,) = seen["processes"]
    assert process["state"] == "here"
    assert {"gateway", "ledger", "peer"} <= set(process["services"])
    assert process["parts"]["nats"] == process["parts"]["database.ledger"] == "up"
    assert (seen["letters"], seen["stuck"], seen["owed"]) == (1, 1, 1)
    assert isinstance(seen["behind"], list)


async def test_a_letter_is_replayed_once(house: House) -> None:
    """It is shown whole, fails again as another letter while its durable is broken, and is handled once."""
    letter = await house.parked()
    assert (letter["durable"], letter["reason"]) == ("peer-hears", "nobody knows this seat")
    whole = (await house.admin("GET", f"/api/operator/letters/{letter['number']}")).json()
    assert whole["body"].startswith("{")
    assert whole["headers"]
    replay = f"/api/operator/letters/{letter['number']}/replay"
    failed = (await house.admin("POST", replay)).json()
    assert (failed["outcome"], failed["reason"]) == ("failed", "nobody knows this seat")
    house.peer.broken = False
    again = f"/api/operator/letters/{failed['number']}/replay"
    outcomes = [(await house.admin("POST", again)).json()["outcome"] for _ in range(2)]
    assert outcomes == ["handled", "gone"]
    assert house.peer.heard == 1
    assert (await house.admin("GET", "/api/operator/letters")).json() == {"items": [], "total": 0, "nextCursor": None}
    missing = await house.admin("GET", f"/api/operator/letters/{failed['number']}")
    assert (missing.status_code, missing.json()["code"]) == (404, "letter_unknown")


async def test_letters_are_chosen_by_their_words(house: House) -> None:
    """Stream, durable and words of the reason choose; what is no name is refused."""
    await house.parked()
    for query, total in (("reason=SEAT", 1), ("reason=money", 0), ("durable=peer-hears", 1), ("stream=ORDERS", 0)):
        assert (await house.admin("GET", f"/api/operator/letters?{query}")).json()["total"] == total, query
    assert (await house.admin("GET", "/api/operator/letters?stream=a.>")).status_code == 400


async def test_sagas_are_seen_and_acted_on(house: House) -> None:
    """A saga is shown with its steps; retry and abandon reach checkout with what the operator saw."""
    page = (await house.admin("GET", "/api/operator/sagas?which=stuck")).json()
    assert [one["sagaId"] for one in page["items"]] == [SAGA]
    seen = (await house.admin("GET", f"/api/operator/sagas/{SAGA}")).json()
    assert (seen["steps"][0]["error"], seen["about"]) == ("away", {"total": 5})
    assert (await house.admin("POST", f"/api/operator/sagas/{SAGA}/retry")).status_code == 200
    form = {"reason": "the bank is gone", "status": "running"}
    assert (await house.admin("POST", f"/api/operator/sagas/{SAGA}/abandon", form)).status_code == 200
    assert house.peer.asked[-1] == AbandonSaga(saga_id=SAGA, reason="the bank is gone", status="running")


@pytest.mark.parametrize("owed", [True, False])
async def test_a_refund_is_settled(house: House, owed: bool) -> None:
    """What is owed is settled; what the order was told had failed is refunded anew. The person is named."""
    house.peer.owed = owed
    (one,) = (await house.admin("GET", "/api/operator/refunds")).json()["items"]
    assert (one["refundId"], one["amount"]) == (REFUND, 5)
    told = await house.admin("POST", f"/api/operator/refunds/{REFUND}/settle", {"givenBack": "bank transfer 123"})
    assert told.json() == {"refundId": REFUND, "outcome": "settled" if owed else "anew"}
    last = house.peer.asked[-1]
    assert isinstance(last, SettleRefund if owed else RefundByHand)
    assert (last.by_hand, last.settled_by) == ("bank transfer 123", house.admin.id)


async def test_truths_are_compared(house: House) -> None:
    """A look says what differs; one that repairs says so; who has nothing to compare is unknown."""
    path = "/api/operator/services/peer/reconcile"
    for repair in (False, True):
        seen = (await house.admin("POST", path, {"repair": repair})).json()
        assert seen["looks"][0]["differences"][0]["thing"] == "A1"
    unknown = await house.admin("POST", "/api/operator/services/nobody/reconcile", {"repair": False})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "service_unknown")


async def test_every_act_is_in_the_trail(house: House) -> None:
    """What an administrator does is told with their name, once for each key, and stands in the audit trail."""
    key = {"idempotency-key": "twice"}
    for _ in range(2):
        assert (await house.admin("POST", f"/api/operator/sagas/{SAGA}/retry", headers=key)).status_code == 200
    await house.admin("POST", "/api/operator/services/peer/reconcile", {"repair": False})
    trail: list[dict[str, Any]] = []

    async def written() -> bool:
        trail[:] = (await house.admin("GET", f"/api/audit?entity={house.admin.id}")).json()["items"]
        return bool(trail)

    await until(written, seconds=30)
    assert [(one["subject"], one["actor"]) for one in trail] == [("gateway.operator.acted", house.admin.id)]
    assert house.acts() == [OperatorActed(act="retry_saga", about=SAGA)]
