"""The messages of the point of sale: sent by who wrote them, and by others where that one did not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg

from internal.platform.ids import new_id
from internal.pos.service import SERVICE as POS
from tests.conftest import Addresses
from tests.running import System, running
from tests.waiting import until

KEY = "key of the letters"


class Merchant:
    """Takes messages; the first of them it refuses, if it is told to."""

    def __init__(self, refused: int) -> None:
        self.refused = refused
        self.heard: list[bytes] = []
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while heard := await reader.read(100_000):
            self.heard.append(heard)
            status = b"503 No" if len(self.heard) <= self.refused else b"200 OK"
            writer.write(b"HTTP/1.1 %b\r\ncontent-length: 0\r\n\r\n" % status)
        writer.close()


@asynccontextmanager
async def town(servers: Addresses, folder: Path, refused: int = 0) -> AsyncIterator[tuple[System, Merchant]]:
    told = {"AISLE_PAYMENTS_MOCK_KEY": KEY, "AISLE_PAYMENTS_MOCK_WEBHOOK_SECRET": "secret"}
    merchant = Merchant(refused)
    listening = await asyncio.start_server(merchant.serve, "127.0.0.1", 0)
    merchant.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/hear"
    async with listening, running([POS], servers, folder, environment=told) as system:
        yield system, merchant


async def charged(system: System, url: str) -> str:
    key = new_id("pay")
    card = {"number": "4242424242424242", "expMonth": 12, "expYear": 2099, "cvc": "123"}
    body = {"order": "order_1", "amount": 1_000, "currency": "EUR", "card": card, "webhookUrl": url, "capture": True}
    said = await system.client.post("/pos/v1/charges", json=body, headers={"x-pos-key": KEY, "idempotency-key": key})
    assert said.json()["state"] == "captured"
    return key


async def rows(system: System, sql: str, *values: Any) -> list[Any]:
    async with await psycopg.AsyncConnection.connect(system.databases["pos"], autocommit=True) as connection:
        cursor = await connection.execute(sql, values)
        return await cursor.fetchall() if cursor.description else []


async def test_a_refused_message_is_sent_again(servers: Addresses, tmp_path: Path) -> None:
    """Twice refused, it comes a third time, and then it is gone."""
    async with town(servers, tmp_path, refused=2) as (system, merchant):
        key = await charged(system, merchant.url)
        await until(lambda: len(merchant.heard) == 3)
        assert all(key.encode() in one and b"charge.captured" in one for one in merchant.heard)

        async def gone() -> bool:
            return await rows(system, "select id from messages") == []

        await until(gone)


async def test_what_a_dead_process_had_written_is_sent(servers: Addresses, tmp_path: Path) -> None:
    """It was that one's to send, for a while; when that is over, whoever lives does it."""
    async with town(servers, tmp_path) as (system, merchant):
        insert = (
            "insert into messages (id, url, body, copies, attempts, due_at) values (%s, %s, 'left', 1, 1, now() + %s)"
        )
        await rows(system, insert, new_id("evt"), merchant.url, "1 second")
        await until(lambda: len(merchant.heard) == 1)
        assert merchant.heard[0].endswith(b"left")
