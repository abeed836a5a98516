"""`aisle check` against servers of its own: what is sound holds, what is planted is found, what is missing is said."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
import structlog
from typer.testing import CliRunner

from internal.cli.__main__ import application
from internal.embedded import Valkey
from internal.embedded import running as started
from internal.inventory.service import SERVICE as INVENTORY
from internal.platform.redis import Lane
from tests.conftest import Addresses
from tests.databases import fresh_database_url
from tests.running import running

ORDERS = """
create table orders (id text, hold_id text, user_id text, showtime_id text, total bigint, currency text, status text,
    refunded bigint, updated_at timestamptz default now() - interval '1 hour');
create table order_items (order_id text, seat_id text, price bigint, refunded boolean);
create table refunds (id text, order_id text, status text);
create table tickets (id text, order_id text, showtime_id text, seat_id text, revoked_by text);
"""


@dataclass
class Books:
    """An installation of inventory and of the tables that orders keeps."""

    environment: dict[str, str]

    def write(self, service: str, sql: str) -> None:
        with psycopg.connect(self.environment[f"AISLE_{service.upper()}_DATABASE_URL"], autocommit=True) as connection:
            connection.execute(sql)

    async def redis(self, *words: str) -> None:
        lane = Lane(self.environment["AISLE_REDIS_URL"], [], structlog.get_logger())
        task = asyncio.create_task(lane.run())
        await lane.until_ready()
        await lane.command(*words)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def check(self, *words: str) -> tuple[int, dict[int, dict[str, Any]]]:
        command = ["check", "--json", *words]
        result = await asyncio.to_thread(CliRunner().invoke, application(), command)
        assert result.exit_code in {0, 1}, (result.output, result.exception)
        start = result.output.index("[\n")  # the services of this process write their log there, too
        told, _ = json.JSONDecoder().raw_decode(result.output[start:])
        return result.exit_code, {one["number"]: one for one in told}


@asynccontextmanager
async def books(servers: Addresses, folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Books]:
    valkey = Valkey(folder, structlog.get_logger())
    with fresh_database_url(servers.database_url) as orders:
        async with (
            started(valkey),
            running([INVENTORY], servers, folder, environment={"AISLE_REDIS_URL": valkey.url}) as system,
        ):
            environment = {
                "AISLE_NATS_URL": system.bus.settings.url,
                "AISLE_REDIS_URL": valkey.url,
                "AISLE_DATABASE_URL": servers.database_url,
                "AISLE_INVENTORY_DATABASE_URL": system.databases["inventory"],
                "AISLE_ORDERS_DATABASE_URL": orders,
            }
            for name, value in environment.items():
                patch.setenv(name, value)
            patch.setattr("internal.cli.check.command.migrations", lambda: {"inventory": folder, "orders": folder})
            made = Books(environment)
            made.write("orders", ORDERS)
            yield made


def things(verdict: dict[str, Any], state: str = "broken") -> list[str]:
    return [one["thing"] for one in verdict[state]]


async def test_what_is_sound_holds_and_what_is_not_there_is_unread(
    servers: Addresses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is broken in an empty house; services that do not exist are named."""
    async with books(servers, tmp_path, monkeypatch) as it:
        code, verdicts = await it.check()
        assert code == 1
        assert {number: one["state"] for number, one in verdicts.items()} == {
            **dict.fromkeys((1, 2, 3, 4, 5, 6), "unread"),
            **dict.fromkeys((7, 8, 9, 10, 11), "holds"),
        }
        assert "payments: there is no service payments" in verdicts[2]["unread"]


async def test_what_is_planted_is_found_in_two_looks(
    servers: Addresses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In Postgres, in Redis, in an outbox, on a stream; and a wait that ends in vain says what did not end."""
    async with books(servers, tmp_path, monkeypatch) as it:
        it.write(
            "inventory",
            "insert into seat_states (showtime_id, seat_id, state, order_id, user_id, fence)"
            " values ('showtime_1', 'A-1', 'sold', 'order_1', 'user_1', 1)",
        )
        it.write("orders", "insert into tickets values ('t1', 'order_2', 'showtime_1', 'A-1', null)")
        it.write(
            "orders",
            "insert into outbox (event_id, subject, body, created_at)"
            " values ('fact_1', 'orders.created', '', now() - interval '1 minute')",
        )
        await it.redis("HSET", "{s3}:holds", "hold_1", "1000|0|h|user_1|showtime_1|A-1|900")
        code, verdicts = await it.check()
        assert code == 1
        assert things(verdicts[1]) == ["showtime_1 seat A-1"]
        assert things(verdicts[3]) == ["order_1 (seats)"] or "order_1 (seats)" in things(verdicts[3], "pending")
        assert things(verdicts[6]) == ["outbox of orders"]
        assert things(verdicts[7]) == ["hold_1"]
        it.write("orders", "update outbox set created_at = now()")
        _, verdicts = await it.check()
        assert (things(verdicts[6]), things(verdicts[6], "pending")) == ([], ["outbox of orders"])
        _, verdicts = await it.check("--wait", "0.5")
        assert things(verdicts[6]) == ["outbox of orders"]
