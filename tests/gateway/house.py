"""Operators' services: the gateway and the ledger as they run, and a peer in the place of those whom they act on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from internal.embedded import Valkey
from internal.embedded import running as started
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

__all__ = ["NOW", "REFUND", "SAGA", "House", "Peer", "opened"]

SAGA, REFUND = f"checkout_{'a' * 32}", f"refund_{'b' * 32}"
NOW = datetime(2030, 1, 1, tzinfo=UTC)


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
    valkey: Valkey

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


@asynccontextmanager
async def opened(servers: Addresses, tmp_path: Path) -> AsyncIterator[House]:
    """With a Redis that nobody else signs into."""
    peer = Peer()
    services = [GATEWAY, LEDGER, Service("peer", peer.build)]
    valkey = Valkey(tmp_path / "valkey", structlog.get_logger())
    async with started(valkey):
        environment = {"AISLE_REDIS_URL": valkey.url, "AISLE_GATEWAY_EXPECTED": "gateway, nobody=2"}
        async with running(services, servers, tmp_path / "nats", hears=[OperatorActed], environment=environment) as up:
            yield House(up, peer, up.person(roles=("admin",)), valkey)
