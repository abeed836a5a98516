"""Shares of work: fair, complete, and taken over from the dead."""

from __future__ import annotations

from contextlib import AsyncExitStack

from internal.platform.ids import new_id
from internal.platform.redis import SHARES, Shares
from tests.platform.redis.conftest import connected
from tests.waiting import until

_COUNT = 64


async def _renewed(replicas: list[Shares]) -> list[int]:
    for replica in replicas:
        await replica.loop.run_once()
    return [len(replica.mine) for replica in replicas]


async def test_shares_are_split_fairly_and_without_gaps(redis_url: str) -> None:
    """One has all; a second gets half, a third a third; each share has one owner at every moment."""
    name = new_id("work")
    async with connected(redis_url, [SHARES]) as lane:
        replicas = [Shares(lane, name, _COUNT, f"replica{number}") for number in range(3)]
        assert await _renewed(replicas[:1]) == [_COUNT]
        await _renewed(replicas[:2])
        assert await _renewed(replicas[:2]) == [32, 32]
        for _ in range(3):
            sizes = await _renewed(replicas)
        assert max(sizes) <= 22
        owned = [share for replica in replicas for share in replica.mine]
        assert sorted(owned) == list(range(_COUNT))


async def test_a_dead_replicas_shares_are_taken_over(redis_url: str) -> None:
    """Who does not renew any more loses everything to those who do, within the lease."""
    name = new_id("work")
    async with connected(redis_url, [SHARES]) as lane:
        living, dying = (Shares(lane, name, _COUNT, which) for which in ("living", "dying"))
        for _ in range(2):
            await _renewed([living, dying])
        assert len(living.mine) == len(dying.mine) == 32

        async def taken() -> bool:
            return await _renewed([living]) == [_COUNT]

        await until(taken, seconds=5)


async def test_nothing_is_ones_own_while_redis_is_away(redis_url: str) -> None:
    """A replica that cannot renew does not go on working on what may be another's by now."""
    async with AsyncExitStack() as stack:
        lane = await stack.enter_async_context(connected(redis_url, [SHARES]))
        shares = Shares(lane, new_id("work"), _COUNT, "me")
        assert await _renewed([shares]) == [_COUNT]
        await stack.aclose()
        try:
            await shares.loop.run_once()
        except Exception:
            assert shares.mine == ()
        else:
            raise AssertionError("a closed lane renewed a lease")
