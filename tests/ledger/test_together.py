"""What several streams bring within a moment."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from internal.ledger.handlers.together import Together
from internal.platform.bus import Delivery, Meta

_NOW = datetime(2026, 6, 1, tzinfo=UTC)


def delivery(name: str) -> Delivery:
    return Delivery(Meta(name, "x.y", "X", "d", 1, 1, "", _NOW, {}), b"{}")


class Book:
    """What was written, write by write; refuses whatever is named `bad`."""

    def __init__(self) -> None:
        self.writes: list[list[str]] = []

    async def write(self, deliveries: Sequence[Delivery]) -> None:
        names = [one.meta.id for one in deliveries]
        if "bad" in names:
            raise ValueError(names)
        self.writes.append(names)


async def test_what_comes_within_a_moment_is_one_write() -> None:
    """In the order in which it came; what comes later is another."""
    book = Book()
    together = Together(book.write, moment=0.01)
    await asyncio.gather(*(together.keep([delivery(name)]) for name in "abc"))
    await together.keep([delivery("d")])
    assert book.writes == [["a", "b", "c"], ["d"]]


async def test_what_is_wrong_with_one_holds_up_no_other() -> None:
    """Who brought it is told, whether it was the first or not; the others' are written."""
    for names in (["bad", "a", "b"], ["a", "bad", "b"]):
        book = Book()
        together = Together(book.write, moment=0.01)
        ended = await asyncio.gather(*(together.keep([delivery(name)]) for name in names), return_exceptions=True)
        assert [type(one) for one in ended] == [ValueError if name == "bad" else type(None) for name in names]
        assert sorted(book.writes) == [["a"], ["b"]]


async def test_who_gives_up_takes_nobody_along() -> None:
    """The first is cancelled while it waits: the others write theirs."""
    book = Book()
    together = Together(book.write, moment=30)
    first = asyncio.create_task(together.keep([delivery("a")]))
    await asyncio.sleep(0)
    other = asyncio.create_task(together.keep([delivery("b")]))
    await asyncio.sleep(0)
    first.cancel()
    await other
    with pytest.raises(asyncio.CancelledError):
        await first
    assert book.writes == [["b"]]


async def test_a_full_batch_waits_for_nobody() -> None:
    """In a rush each stream has enough to write by itself."""
    book = Book()
    together = Together(book.write, moment=30)
    await together.keep([delivery(str(at)) for at in range(500)])
    assert [len(one) for one in book.writes] == [500]
