"""A handler's transaction under a key, on a real Postgres."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
import pytest

from internal.platform.faults import Fault, Kind
from internal.platform.idempotency import KeyReused
from internal.platform.once import NO_KEY, Once
from internal.platform.postgres import Database, Tx
from tests.databases import fresh_database


class Thing(msgspec.Struct, frozen=True):
    number: int


class ThingTaken(Fault, kind=Kind.CONFLICT):
    """There is such a thing."""


class Maker:
    """Counts how often it was really asked to make something."""

    def __init__(self, *, taken: bool = False) -> None:
        self.made = 0
        self.taken = taken

    async def __call__(self, _: Tx) -> Thing:
        self.made += 1
        if self.taken:
            raise ThingTaken
        return Thing(self.made)


@pytest.fixture(scope="module")
async def database(database_url: str) -> AsyncIterator[Database]:
    async with fresh_database(database_url) as database:
        yield database


async def test_without_a_key_each_request_is_its_own(database: Database) -> None:
    """Two requests make two things."""
    make = Maker()
    assert [await NO_KEY.run(database, Thing, make) for _ in range(2)] == [Thing(1), Thing(2)]


async def test_with_a_key_there_is_one_thing(database: Database) -> None:
    """The second request gets the first one's thing; another request under that key is refused."""
    make = Maker()
    once = Once("ada POST /things", "k", b"one")
    assert [await once.run(database, Thing, make) for _ in range(2)] == [Thing(1), Thing(1)]
    with pytest.raises(KeyReused):
        await Once("ada POST /things", "k", b"two").run(database, Thing, make)
    assert await Once("bea POST /things", "k", b"one").run(database, Thing, make) == Thing(2)


async def test_a_refusal_is_remembered_too(database: Database) -> None:
    """The same fault comes again, although by now it would be possible."""
    make, once = Maker(taken=True), Once("ada POST /things", "refused", b"one")
    for _ in range(2):
        with pytest.raises(ThingTaken):
            await once.run(database, Thing, make)
        make.taken = False
    assert make.made == 1
