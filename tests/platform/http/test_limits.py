"""GCRA, the script, against the same in four lines of Python; Redis' own clock is read for both."""

from __future__ import annotations

import asyncio

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from internal.platform.http.limits import GCRA
from internal.platform.ids import new_id
from internal.platform.redis import Lane
from tests.platform.redis.conftest import connected

_HOUR_US = 3_600_000_000


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    burst=st.integers(1, 20),
    calls=st.lists(st.integers(0, 2), min_size=1, max_size=60),
    together=st.booleans(),
)
async def test_as_many_as_the_burst_and_no_more(redis_url: str, burst: int, calls: list[int], together: bool) -> None:
    """Of each key, in whatever order and batches they come, the first `burst` are let in and told what is left."""
    async with connected(redis_url, [GCRA]) as lane:
        keys = [f"rate:{{{new_id('key')}}}" for _ in range(3)]
        ask = [(keys[which], _HOUR_US, burst) for which in calls]
        if together:
            replies = await asyncio.gather(*(lane.batch(GCRA, one) for one in ask))
        else:
            replies = [await lane.batch(GCRA, one) for one in ask]
        taken = dict.fromkeys(keys, 0)
        for (key, _, _), (allowed, remaining, wait_ms, reset_ms) in zip(ask, replies, strict=True):
            assert allowed == (taken[key] < burst)
            taken[key] += allowed
            assert remaining == burst - taken[key]
            assert taken[key] * 3_600_000 - 60_000 < reset_ms <= taken[key] * 3_600_000
            assert (wait_ms > 0) is (not allowed)
            assert allowed or 3_540_000 < wait_ms <= 3_600_000


async def test_places_come_back_one_by_one(redis_url: str) -> None:
    """After each interval one more is let in, and never more than that, over hundreds of tries."""
    async with connected(redis_url, [GCRA]) as lane:
        key, interval_us, burst = f"rate:{{{new_id('key')}}}", 20_000, 3
        began, let_in = await _now_us(lane), 0
        while (passed := await _now_us(lane) - began) < 400_000:
            allowed, *_ = await lane.batch(GCRA, (key, interval_us, burst))
            let_in += allowed
            after = await _now_us(lane) - began
            assert let_in <= burst + after // interval_us + 1
        assert let_in >= burst + passed // interval_us - 2
        left_ms = await lane.command("PTTL", key)
        assert left_ms <= interval_us * burst // 1000 + 1  # nothing is kept longer than it matters


async def test_two_lanes_share_one_limit(redis_url: str) -> None:
    """Replicas that ask at the same moment let in as many as one would."""
    async with connected(redis_url, [GCRA]) as one, connected(redis_url, [GCRA]) as two:
        key = f"rate:{{{new_id('key')}}}"
        asked = [lane.batch(GCRA, (key, _HOUR_US, 50)) for _ in range(100) for lane in (one, two)]
        assert sum(reply[0] for reply in await asyncio.gather(*asked)) == 50


async def _now_us(lane: Lane) -> int:
    seconds, micros = await lane.command("TIME")
    return int(seconds) * 1_000_000 + int(micros)
