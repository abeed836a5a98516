"""What was just read, for a second."""

from __future__ import annotations

import asyncio

import pytest

from internal.platform.recent import Recent


class Source:
    """Counts how often it was asked, and answers when it is let."""

    def __init__(self) -> None:
        self.asked = 0
        self.let = asyncio.Event()
        self.fails = False

    async def __call__(self) -> int:
        self.asked += 1
        mine = self.asked
        await self.let.wait()
        if self.fails:
            raise LookupError
        return mine


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_many_who_ask_at_once_cost_one_read() -> None:
    """All get the same answer, for a second; then it is read anew."""
    clock, source = Clock(), Source()
    recent: Recent[str, int] = Recent(clock=clock)
    source.let.set()
    assert await asyncio.gather(*(recent.get("a", source) for _ in range(50))) == [1] * 50
    assert recent.known("a") == 1
    clock.now = 1.0
    assert recent.known("a") is None
    assert await recent.get("a", source) == 2


async def test_a_read_under_way_is_not_kept_past_a_change() -> None:
    """Who asked before the change may get the old one; who asks after it does not."""
    recent, source = Recent[str, int](), Source()
    before = asyncio.create_task(recent.get("a", source))
    await asyncio.sleep(0)
    recent.drop("a")
    after = asyncio.create_task(recent.get("a", source))
    await asyncio.sleep(0)
    source.let.set()
    assert (await before, await after) == (1, 2)
    assert recent.known("a") == 2


async def test_a_failure_is_told_to_all_who_wait_and_not_kept() -> None:
    """The next one who asks reads again."""
    recent, source = Recent[str, int](), Source()
    source.fails = True
    source.let.set()
    results = await asyncio.gather(*(recent.get("a", source) for _ in range(3)), return_exceptions=True)
    assert [type(result) for result in results] == [LookupError] * 3
    source.fails = False
    assert await recent.get("a", source) == 2


async def test_one_who_leaves_takes_nothing_from_the_others() -> None:
    """A cancelled asker does not cancel the read."""
    recent, source = Recent[str, int](), Source()
    leaving, staying = (asyncio.create_task(recent.get("a", source)) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    source.let.set()
    assert await staying == 1


async def test_no_more_is_kept_than_there_is_room_for() -> None:
    """The oldest goes first."""
    recent: Recent[int, int] = Recent(most=3)
    for number in range(5):

        async def load(value: int = number) -> int:
            return value

        await recent.get(number, load)
    assert [recent.known(number) for number in range(5)] == [None, None, 2, 3, 4]
