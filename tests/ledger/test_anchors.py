"""Who can write to the database can calculate every hash anew; what was told outside of it cannot be told again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
import structlog

from internal.ledger.domain import EMPTY, Broken, Head, chained, first_denied
from internal.ledger.handlers import Anchors, Trail, verify
from internal.ledger.service import SERVICE
from internal.ledger.store import trail as rows
from internal.platform.ids import new_id
from internal.platform.postgres import Database
from proto.ledger import ChainAnchored, Verified, Verify
from tests.conftest import Addresses
from tests.databases import fresh_database
from tests.ledger.conftest import Sale, housed
from tests.ledger.test_trail import delivery
from tests.waiting import until

TABLES = ("audit_events", "audit_entities")


async def rewritten(database: Database, start: int, *, cut: bool = False) -> None:
    """As somebody does who may do everything: from this row on another story, or none, in a chain that is whole."""
    async with database.read() as tx:
        before = await rows.row_at(tx, start - 1)
        head = await rows.head(tx)
        old = await rows.rows_between(tx, start - 1, head.position, 1_000)
    story = [row.said._replace(actor="user_nobody") for row in old]
    new = [] if cut else chained(Head(before.position, before.hash) if before else EMPTY, story)
    async with await psycopg.AsyncConnection.connect(database.url) as connection:
        for table in TABLES:
            await connection.execute(f"alter table {table} disable trigger only_ever_added")
            await connection.execute(f"delete from {table} where position >= %s", [start])
        end = Head(before.position, before.hash) if before else EMPTY
        await connection.execute("update audit_head set position = %s, hash = %s", end)
        for table in TABLES:
            await connection.execute(f"alter table {table} enable trigger only_ever_added")
    if new:
        async with database.transaction() as tx:
            await rows.append(tx, new)


@dataclass
class Kept:
    """A trail and the anchors that were told of it."""

    database: Database
    told: list[ChainAnchored] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.anchors = Anchors(self.database, self._stream, structlog.get_logger())
        self.trail = Trail(self.database, None, None, self.anchors)  # type: ignore[arg-type]  # asks nobody here

    async def _stream(self) -> AsyncIterator[ChainAnchored]:
        for one in self.told:
            yield one

    async def grow(self, first: int, count: int) -> None:
        """So many more events, and an anchor."""
        await self.trail.keep([delivery(number) for number in range(first, first + count)])
        assert await self.anchors.run_once() == 1
        async with self.database.read() as tx:
            end = await rows.head(tx)
        self.told.append(ChainAnchored(position=end.position, hash=end.hash.hex()))

    async def verified(self) -> Verified:
        return await self.trail.verify(Verify())


@pytest.fixture
async def kept(servers: Addresses) -> AsyncIterator[Kept]:
    assert SERVICE.migrations is not None
    async with fresh_database(servers.database_url, [SERVICE.migrations]) as database:
        yield Kept(database)


async def test_a_chain_that_was_rewritten_with_all_its_hashes_is_found(kept: Kept) -> None:
    """The chain vouches for itself and is believed no more: the first anchor behind the meddling denies it."""
    for first in (0, 10, 20):
        await kept.grow(first, 10)
    assert await kept.verified() == Verified(rows=30, last=30, complete=True, anchors=3)
    await rewritten(kept.database, 15)
    assert await verify(kept.database) is None  # all that the database says of itself
    told = (await kept.verified()).broken
    assert told is not None
    assert (told.position, told.reason) == (20, "this row, or one before it, is not what was anchored")


@pytest.mark.parametrize("start", [1, 15])
async def test_an_end_that_was_cut_off_with_its_head_is_found(kept: Kept, start: int) -> None:
    """Also all of it; and still when other rows have grown in their place."""
    for first in (0, 10, 20):
        await kept.grow(first, 10)
    await rewritten(kept.database, start, cut=True)
    missing = 10 if start == 1 else 20
    told = (await kept.verified()).broken
    assert told is not None
    assert (told.position, told.reason) == (missing, "the row was anchored and is missing")
    await kept.trail.keep([delivery(number) for number in range(100, 140)])
    told = (await kept.verified()).broken
    assert told is not None
    assert (told.position, told.reason) == (missing, "this row, or one before it, is not what was anchored")


async def test_the_end_is_anchored_once(kept: Kept) -> None:
    """A trail that is empty, or does not grow, has nothing new to tell; the same end from two replicas is told once."""
    assert await kept.anchors.run_once() == 0
    await kept.grow(0, 3)
    assert await kept.anchors.run_once() == 0
    async with kept.database.read() as tx:
        told = await (await tx.execute("select subject from outbox")).fetchall()
    assert told == [("ledger.chain.anchored",)]


async def test_what_the_stream_has_forgotten_denies_nothing() -> None:
    """Anchors in any order, and none; a later anchor stands for all rows before it."""
    assert first_denied([], {1: b"a"}) is None
    assert first_denied([(2, "62"), (1, "61")], {1: b"a", 2: b"b"}) is None
    assert first_denied([(9, "62"), (2, "00")], {2: b"b"}) == Broken(
        2, "this row, or one before it, is not what was anchored"
    )


async def test_the_anchors_of_the_stream(servers: Addresses, tmp_path: Path) -> None:
    """By the clock, to JetStream, without an anchor of the anchors; and asked by request, the rewriting is found."""
    async with housed(servers, tmp_path, AISLE_LEDGER_ANCHOR_EVERY="0.1") as house:
        ids = [new_id("fact") for _ in range(4)]
        sale = Sale(new_id("user"), new_id("org"))

        async def anchored() -> bool:
            ends = await house.rows("select 1 from audit_head where anchored = position")
            return bool(ends) and not await house.rows("select 1 from outbox")

        for one in ids:
            await house.tell(sale.completed(), ids=[one])
            await house.kept(one)
            await until(anchored)
        sound = await house.system.bus.request(Verify())
        assert (sound.broken, sound.complete) == (None, True)
        assert sound.anchors >= 4
        assert await house.rows("select count(*) from audit_events where subject like 'ledger.%%'") == [(0,)]
        database = Database(house.system.databases["ledger"], "ledger", structlog.get_logger())
        await database.open()
        try:
            (position,) = await house.rows("select position from audit_events where event_id = %s", ids[1])
            await rewritten(database, position[0])
        finally:
            await database.close()
        found = (await house.system.bus.request(Verify())).broken
        assert found is not None
        assert found.position == position[0]
