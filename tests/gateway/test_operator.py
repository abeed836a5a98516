from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from internal.gateway.service import SERVICE as GATEWAY
from internal.ledger.service import SERVICE as LEDGER
from internal.platform.bus import Consumer, Endpoint, Message, Meta
from internal.platform.faults import Drop, Fault, Kind
from internal.platform.service import Parts, Platform, Service
from proto import Request
from proto.checkout import AbandonSaga, GetSaga, ListSagas, RetrySaga, SagaFacts, Sagas, SagaStep
from proto.gateway import OperatorActed
from proto.orders import OrderFacts, RefundByHand
from proto.payments import ListOwed, Owed, OwedRefund, RefundFacts, SettleRefund
from proto.reconcile import Difference, Look, Reconcile, Reconciled
from proto.waitlist import WaitlistLeft
from tests.conftest import Addresses
from tests.running import Person, System, running
from tests.waiting import until

SAGA, REFUND = f"checkout_{'a' * 32}", f"refund_{'b' * 32}"
NOW = datetime(2030, 1, 1, tzinfo=UTC)
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


class RefundNotOwed(Fault, kind=Kind.CONFLICT):
    """As payments says it."""


@dataclass
class Peer:
    """A service in the place of checkout, payments and orders, and a durable that cannot handle what it hears."""

    asked: list[Request[Any]] = field(default_factory=list)
    broken: bool = True
    owed: bool = True
    heard: int = 0

    def build(self, _: Platform) -> Parts:
        saga = SagaFacts(
            saga_id=SAGA, name="buying", status="running", stuck=True, step="pay", due_at=NOW, created_at=NOW,
            about={"total": 5}, steps=[SagaStep(name="pay", state="doing", tries=7, undos=0, error="away")],
        )  # fmt: skip

        async def facts(asked: Any) -> SagaFacts:
            self.asked.append(asked)
            return saga

        async def sagas(asked: ListSagas) -> Sagas:
            return Sagas(sagas=[] if asked.after else [saga])

        async def owed(_: ListOwed) -> Owed:
            one = OwedRefund(
                refund_id=REFUND, payment_id="pay_1", order_id="order_1", provider="mock", amount=5, currency="TRY",
                code="closed", message="the account is closed", created_at=NOW,
            )  # fmt: skip
            return Owed(refunds=[one])

        async def settle(asked: SettleRefund) -> RefundFacts:
            self.asked.append(asked)
            if not self.owed:
                raise RefundNotOwed
            return RefundFacts(
                refund_id=REFUND, payment_id="pay_1", amount=5, currency="TRY", status="succeeded", by_hand="transfer"
            )

        async def anew(asked: RefundByHand) -> OrderFacts:
            self.asked.append(asked)
            return OrderFacts(
                order_id="order_1", user_id="user_1", event_id="event_1", organization_id="org_1", hold_id="hold_1",
                showtime_id="showtime_1", items=[], total=5, currency="TRY", status="refunded",
            )  # fmt: skip

        async def compare(asked: Reconcile) -> Reconciled:
            self.asked.append(asked)
            found = [Difference(thing="A1", found="free", expected="sold", repaired=asked.repair)]
            return Reconciled(looks=[Look(reconciler="seats", total=1, differences=found)])

        async def hear(_: WaitlistLeft, __: Meta) -> None:
            if self.broken:
                raise Drop("nobody knows this seat")
            self.heard += 1

        return Parts(
            endpoints=[
                *(Endpoint(kind, facts) for kind in (GetSaga, RetrySaga, AbandonSaga)),
                Endpoint(ListSagas, sagas),
                Endpoint(ListOwed, owed),
                Endpoint(SettleRefund, settle),
                Endpoint(RefundByHand, anew),
                Endpoint(Reconcile, compare, at=("peer",)),
            ],
            consumers=[Consumer("peer-hears", WaitlistLeft, hear)],
        )


@dataclass
class House:
    system: System
    peer: Peer
    admin: Person

    async def parked(self) -> dict[str, Any]:
        """A dead letter, as the list has it."""
        offered = WaitlistLeft(entry_id="entry_1", user_id="user_1", showtime_id="showtime_1")
        await self.system.bus.publish_batch([Message.of(offered)])
        found: list[dict[str, Any]] = []

        async def lies_there() -> bool:
            found[:] = (await self.admin("GET", "/api/operator/letters")).json()["items"]
            return bool(found)

        await until(lies_there, seconds=30)
        return found[0]

    def acts(self) -> list[OperatorActed]:
        return [one for one in self.system.heard.events if isinstance(one, OperatorActed)]


@pytest.fixture
async def house(servers: Addresses, tmp_path: Path) -> AsyncIterator[House]:
    peer = Peer()
    services = [GATEWAY, LEDGER, Service("peer", peer.build)]
    async with running(services, servers, tmp_path / "nats", hears=[OperatorActed]) as system:
        yield House(system, peer, system.person(roles=("admin",)))


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
