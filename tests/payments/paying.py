"""payments and the point of sale as they run, and what a saga says to them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import psycopg

from internal.payments.service import SERVICE as PAYMENTS
from internal.platform.ids import new_id
from internal.platform.service import Service
from internal.pos.service import SERVICE as POS
from proto.payments import (
    CancelPayment,
    GetPayment,
    Pay,
    PaymentActionRequired,
    PaymentCanceled,
    PaymentFacts,
    PaymentFailed,
    PaymentRefunded,
    PaymentSucceeded,
    RefundFacts,
    RefundFailed,
    RefundPayment,
    SettleRefund,
)
from proto.reconcile import Look, Reconcile
from tests.conftest import Addresses
from tests.running import System, running
from tests.waiting import until

KEY, SECRET = "pos key of the tests", "webhook secret of the tests"
PLAIN, DECLINED, POOR = "4242424242424242", "4000000000000002", "4000000000009995"
SECURE, SECURE_DECLINED = "4000002500003155", "4000008400001629"
MUTE, SLOW, PROCESSING = "4000000000000119", "4000000000000341", "4000000000000259"
UNORDERED, REFUND_PENDING, REFUND_FAILS = "4000000000000077", "4000000000007726", "4000000000005126"

_FACTS = (
    PaymentActionRequired,
    PaymentSucceeded,
    PaymentFailed,
    PaymentCanceled,
    PaymentRefunded,
    RefundFailed,
)
_BUDGET = 12.0


@dataclass
class Till:
    """Says what a saga says, and looks into both books."""

    system: System

    def pay(self, card: str = PLAIN, amount: int = 5_000, **more: Any) -> Pay:
        command = Pay(
            payment_id=new_id("pay"),
            order_id=new_id("order"),
            saga_id=new_id("saga"),
            user_id=new_id("user"),
            amount=amount,
            currency="EUR",
            provider="mock",
            method={"card": {"number": card, "expMonth": 12, "expYear": 2099, "cvc": "123"}},
        )
        return msgspec.structs.replace(command, **more)

    async def ask(self, command: Pay) -> PaymentFacts:
        return await self.system.bus.request(command, timeout=_BUDGET)

    async def get(self, payment_id: str) -> PaymentFacts:
        return await self.system.bus.request(GetPayment(payment_id=payment_id), timeout=_BUDGET)

    async def cancel(self, paid: Pay) -> PaymentFacts:
        command = CancelPayment(
            payment_id=paid.payment_id, order_id=paid.order_id, saga_id=paid.saga_id, reason="given up"
        )
        return await self.system.bus.request(command, timeout=_BUDGET)

    async def refund(self, paid: Pay, amount: int, refund_id: str = "") -> RefundFacts:
        command = RefundPayment(
            refund_id=refund_id or new_id("refund"),
            payment_id=paid.payment_id,
            order_id=paid.order_id,
            saga_id=paid.saga_id,
            amount=amount,
            reason="asked for",
        )
        return await self.system.bus.request(command, timeout=_BUDGET)

    async def settle(self, refund_id: str, how: str = "bank transfer 123", who: str = "Ada") -> RefundFacts:
        command = SettleRefund(refund_id=refund_id, by_hand=how, settled_by=who)
        return await self.system.bus.request(command, timeout=_BUDGET)

    async def becomes(self, payment_id: str, status: str, seconds: float = 15.0, **facts: Any) -> PaymentFacts:
        """Wait, without asking payments to look, until the row says so."""

        async def holds() -> bool:
            rows = await self.rows("select * from payments where id = %s", payment_id)
            wanted = {"status": status, **facts}.items()
            return any(all(row[name] == value for name, value in wanted) for row in rows)

        await until(holds, seconds)
        return await self.get(payment_id)

    async def row(self, payment_id: str) -> dict[str, Any]:
        (row,) = await self.rows("select * from payments where id = %s", payment_id)
        return row

    async def rows(self, sql: str, *params: Any, of: str = "payments") -> list[dict[str, Any]]:
        url = self.system.databases[of]
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            cursor = await connection.execute(sql, params)
            names = [column.name for column in cursor.description or ()]
            return [dict(zip(names, values, strict=True)) for values in await cursor.fetchall()] if names else []

    async def do(self, sql: str, *params: Any, of: str = "payments") -> None:
        async with await psycopg.AsyncConnection.connect(self.system.databases[of], autocommit=True) as connection:
            await connection.execute(sql, params)

    async def brought_in(self, order_id: str) -> int:
        """By the ledger: what this order has brought in."""
        sql = "select coalesce(-sum(amount), 0)::bigint as net from ledger_entries where account = %s"
        return int((await self.rows(sql, f"order:{order_id}/sales"))[0]["net"])

    async def books_agree(self, paid: Pay, net: int) -> None:
        """The bank, the payment's row and the ledger say that this is what is left, and the ledger's sum is zero."""
        charge = await self.charge(paid.payment_id)
        assert charge["captured"] - charge["refunded"] == net
        row = await self.row(paid.payment_id)
        assert row["captured"] - row["refunded"] == net
        assert await self.brought_in(paid.order_id) == net
        assert (await self.rows("select coalesce(sum(amount), 0)::bigint as all from ledger_entries"))[0]["all"] == 0

    async def reconciled(self, *, repair: bool = False) -> dict[str, Look]:
        """What `aisle reconcile` would be told, by reconciler."""
        asked = Reconcile(service="payments", repair=repair)
        return {look.reconciler: look for look in (await self.system.bus.request(asked, timeout=30.0)).looks}

    async def books(self) -> dict[str, list[dict[str, Any]]]:
        said = await self.system.client.get("/pos/v1/books", headers={"x-pos-key": KEY})
        return dict(said.json())

    async def charge(self, payment_id: str) -> dict[str, Any]:
        (charge,) = [charge for charge in (await self.books())["charges"] if charge["key"] == payment_id]
        return charge


@asynccontextmanager
async def till(
    servers: Addresses,
    folder: Path,
    *,
    services: Sequence[Service] = (PAYMENTS, POS),
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator[Till]:
    """Both in one process, on databases of their own."""
    told = {
        "AISLE_PAYMENTS_RECONCILE_EVERY": "0.2",
        "AISLE_PAYMENTS_MOCK_KEY": KEY,
        "AISLE_PAYMENTS_MOCK_WEBHOOK_SECRET": SECRET,
        **(environment or {}),
    }
    async with running(services, servers, folder, hears=_FACTS, environment=told) as system:
        yield Till(system)
