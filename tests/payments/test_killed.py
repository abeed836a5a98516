"""Processes killed with -9 at the worst moments, and the bank away: nothing is charged twice, and nothing is lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Literal

import httpx
import pytest

from internal.payments.service import SERVICE as PAYMENTS
from internal.platform.faults import Unavailable
from internal.platform.plain_http import trusted
from internal.pos.service import SERVICE as POS
from proto.payments import Pay, PaymentFacts
from tests.conftest import Addresses
from tests.databases import fresh_database_url
from tests.payments.paying import KEY, SECRET, Till
from tests.payments.processes import Program, doorman, free_port
from tests.running import running
from tests.waiting import until


@dataclass
class Town:
    """A shop's payments, and a bank; each a process."""

    till: Till
    payments: Program
    bank: Program

    async def opens(self, url: str = "") -> None:
        """payments answers, and believes the bank to be there."""
        await self.payments.start(AISLE_PAYMENTS_MOCK_URL=url or self.bank.url)
        await until(self.answers, 30)

    async def bank_opens(self) -> None:
        await self.bank.start()
        async with httpx.AsyncClient(base_url=self.bank.url, headers={"x-pos-key": KEY}, verify=trusted()) as client:

            async def open_() -> bool:
                try:
                    return (await client.get("/pos/v1/books")).status_code == 200
                except httpx.TransportError:
                    return False

            await until(open_, 30)

    async def answers(self) -> bool:
        try:
            await self.till.get("pay_none")
        except Unavailable:
            return False
        except Exception as fault:
            return getattr(fault, "code", "") == "payment_unknown"
        return False

    async def time_passes(self, payment_id: str) -> None:
        """The lease of the one who was killed is over, and the payment is old."""
        sql = "update payments set leased_until = null, due_at = now(), created_at = now() - interval '1 hour'"
        await self.till.do(f"{sql} where id = %s", payment_id)

    async def charges(self, payment_id: str) -> list[tuple[str, int]]:
        rows = await self.till.rows("select state, captured from charges where key = %s", payment_id, of="pos")
        return [(row["state"], row["captured"]) for row in rows]

    async def shut(self) -> None:
        await self.payments.kill()
        await self.bank.kill()


@pytest.fixture(scope="module")
async def town(servers: Addresses, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    assert PAYMENTS.migrations is not None
    assert POS.migrations is not None
    async with AsyncExitStack() as stack:
        system = await stack.enter_async_context(running([], servers, tmp_path_factory.mktemp("town")))
        for one in (PAYMENTS, POS):
            assert one.migrations is not None
            url = stack.enter_context(fresh_database_url(servers.database_url, [one.migrations]))
            system.databases[one.name] = url
        shared = {
            "AISLE_NATS_URL": system.bus.settings.url,
            "AISLE_REDIS_URL": servers.redis_url,
            "AISLE_PAYMENTS_MOCK_KEY": KEY,
            "AISLE_PAYMENTS_MOCK_WEBHOOK_SECRET": SECRET,
            **{f"AISLE_{name.upper()}_DATABASE_URL": url for name, url in system.databases.items()},
        }
        payments_port = free_port()
        told = {**shared, "AISLE_PAYMENTS_WEBHOOK_URL": f"http://127.0.0.1:{payments_port}"}
        opened = Town(Till(system), Program("payments", payments_port, told), Program("pos", free_port(), shared))
        stack.push_async_callback(opened.shut)
        await opened.bank_opens()
        yield opened


async def killed_at_the_charge(town: Town, when: Literal["before", "after"]) -> Pay:
    """A payment whose process was killed before or after the bank heard of it; and payments started anew."""
    await town.payments.kill()
    command = town.till.pay()
    async with doorman(town.bank.url, when, town.payments.strike) as (door, happened):
        await town.opens(door)
        asking = asyncio.create_task(town.till.ask(command))
        await asyncio.wait_for(happened.wait(), 20)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await town.opens()
    return command


async def test_killed_between_intent_and_call(town: Town) -> None:
    """The bank never heard of it: it fails for good, and the bank refuses a call that comes late."""
    command = await killed_at_the_charge(town, "before")
    assert (await town.till.row(command.payment_id))["status"] == "created"
    await town.time_passes(command.payment_id)
    facts = await town.till.becomes(command.payment_id, "failed")
    assert facts.code == "provider_down"
    assert await town.charges(command.payment_id) == [("voided", 0)]


async def test_killed_between_intent_and_call_and_asked_again(town: Town) -> None:
    """The saga says it again in time: the same payment goes through, once."""
    command = await killed_at_the_charge(town, "before")
    await town.till.do("update payments set leased_until = null where id = %s", command.payment_id)
    assert (await town.till.ask(command)).status == "succeeded"
    assert await town.charges(command.payment_id) == [("captured", 5_000)]


async def test_killed_after_the_call(town: Town) -> None:
    """The bank has authorised and nobody here knows: it is found, captured, and charged once."""
    command = await killed_at_the_charge(town, "after")
    await town.time_passes(command.payment_id)
    await town.till.becomes(command.payment_id, "succeeded")
    assert await town.charges(command.payment_id) == [("captured", 5_000)]


async def test_the_bank_is_away_and_comes_back(town: Town) -> None:
    """A clear answer within five seconds; then at once, the circuit being open; and paid again once it is back."""
    if not await town.answers():
        await town.opens()
    before = town.till.pay()
    assert (await town.till.ask(before)).status == "succeeded"
    await town.bank.kill()
    began = time.monotonic()
    failed: list[PaymentFacts] = await asyncio.gather(*(town.till.ask(town.till.pay()) for _ in range(6)))
    assert time.monotonic() - began < 6.0
    # one whose connection the dying bank had still open cannot know whether it was heard
    assert {(facts.status, facts.code) for facts in failed} <= {("failed", "provider_down"), ("unknown", "")}
    assert "provider_down" in {facts.code for facts in failed}
    began = time.monotonic()
    assert (await town.till.ask(town.till.pay())).status == "failed"
    assert time.monotonic() - began < 1.0
    refund = await town.till.refund(before, 2_000)
    assert refund.status == "pending"
    await town.bank_opens()
    assert await town.charges(before.payment_id) == [("captured", 5_000)]

    async def paid() -> bool:
        return (await town.till.ask(town.till.pay())).status == "succeeded"

    await until(paid)
    await town.till.becomes(before.payment_id, "succeeded", 30.0, refunded=2_000)
    for facts in failed:
        assert await town.charges(facts.payment_id) in ([], [("voided", 0)])
