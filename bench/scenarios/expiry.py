"""The end of a rush: 50,000 holds are over at the same moment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import monotonic
from typing import cast

import redis
import redis.asyncio

from bench import checks, load
from bench.facts import Lateness, facts, lateness, now
from bench.lines import Line, Table
from bench.play import Play, Settings, playing
from bench.stage import stage
from proto.inventory import HoldExpired
from proto.seatkeys import SHARDS, tag_of

__all__ = ["expiry"]

_HOLDS = 50_000
_FEW = 5_000  # quick
_WITHIN = 2.0  # seconds
_AHEAD = 3_000  # milliseconds until the moment: setting it for 50,000 takes one
_PATIENCE = 60.0
_FILLING = 120.0  # seconds for making them
_SCRIPT = Path(__file__).parent.parent / "together.lua"
_PIECE = 1_000
_ONCE = 6.0  # seconds of asking at a time: about as long as 50,000 take


@dataclass(frozen=True)
class _Ended:
    lateness: Lateness
    wrong: list[str]


async def expiry(settings: Settings, say: Callable[[str], None]) -> Table:
    """50,000 holds that end together: in one showtime, and in fifty."""
    count = _FEW if settings.quick else _HOLDS
    ended: dict[int, list[_Ended]] = {1: [], 50: []}
    async with stage() as place, playing(place, settings, say) as play, place.crew(1) as crew:
        for number in range(settings.rounds):
            for showtimes, runs in ended.items():
                one = await _end_together(play, crew.url, count, showtimes)
                runs.append(one)
                late = one.lateness
                say(
                    f"  round {number + 1}, {late.count:,} holds in {showtimes} showtime(s): the first released "
                    f"{late.earliest:.3f} s after the moment, the last {late.released:.2f} s, published "
                    f"{late.published:.2f} s {'; '.join(one.wrong)}"
                )
    lines = [
        line
        for showtimes, runs in ended.items()
        for line in _lines(f"{count:,} holds in {showtimes} showtime(s)", runs)
    ]
    return Table("Holds that end together", "", lines)


def _lines(name: str, runs: Sequence[_Ended]) -> list[Line]:
    wrong = [fault for run in runs for fault in run.wrong]
    released = median(run.lateness.released for run in runs)
    published = median(run.lateness.published for run in runs)
    earliest = min(run.lateness.earliest for run in runs)
    return [
        Line(name=f"{name}: all released", figure=f"{released:.2f} s after their end")
        .aimed(f"{_WITHIN:.0f} s", reached=released <= _WITHIN)
        .aimed("none early", reached=earliest >= 0)
        .checked(wrong),
        Line(name=f"{name}: all on JetStream", figure=f"{published:.2f} s after their end").aimed(
            f"{_WITHIN:.0f} s", reached=published <= _WITHIN
        ),
    ]


async def _end_together(play: Play, url: str, count: int, showtimes: int) -> _Ended:
    began = now()
    hall = await play.box.hall(count // showtimes)
    shows = await play.box.showtimes(hall, showtimes)
    stream = (await play.stage.bus.connected()).jetstream()
    told, gone = await checks.stored(stream), await checks.stored(stream, HoldExpired.subject)
    redis_url = play.stage.servers.redis_url
    await _fill(url, play.plan(hall, shows, play.tokens), redis_url, count)
    await checks.told_within(stream, told + count, monotonic(), _PATIENCE)
    due, made = await asyncio.to_thread(_let_end, redis_url)
    await checks.told_within(stream, gone + made, monotonic(), _PATIENCE, HoldExpired.subject)
    late = lateness(await facts(stream, HoldExpired.subject, began), due / 1000)
    left = await checks.found(redis_url, play.stage.databases["AISLE_INVENTORY_DATABASE_URL"], shows)
    return _Ended(late, _faults(late, left, made, count))


def _faults(late: Lateness, left: checks.Found, made: int, meant: int) -> list[str]:
    wrong = []
    if made != meant:
        wrong.append(f"{made} holds were made, {meant} were meant")
    if (late.count, late.holds) != (made, made):
        wrong.append(f"{late.count} facts of {late.holds} holds were told, {made} holds ended")
    if late.earliest < 0:
        wrong.append(f"a hold ended {-late.earliest:.3f} s early")
    if left.records or sum(left.held.values()):
        wrong.append(f"{len(left.records)} holds and {sum(left.held.values())} held seats are left")
    return wrong


async def _fill(url: str, plan: Path, redis_url: str, count: int) -> None:
    """Hold every seat, one by one; who asks for the last ones asks twice."""
    client = redis.asyncio.from_url(redis_url)
    async with asyncio.timeout(_FILLING), client:
        while await _alive(client) < count:
            await load.holds(url, plan, _ONCE, 1, 1)


async def _alive(client: redis.asyncio.Redis) -> int:
    return sum([int(await client.zcard(f"{tag_of(shard)}:expiry")) for shard in range(SHARDS)])


def _let_end(redis_url: str) -> tuple[int, int]:
    """Give all holds the same end, a little ahead; that moment, and how many they are."""
    with redis.Redis.from_url(redis_url) as client:
        seconds, microseconds = cast("tuple[int, int]", client.time())
        due, made = seconds * 1000 + microseconds // 1000 + _AHEAD, 0
        together = client.register_script(_SCRIPT.read_text())
        for shard in range(SHARDS):
            tag = tag_of(shard)
            holds = cast("list[bytes]", client.zrange(f"{tag}:expiry", 0, -1))
            for start in range(0, len(holds), _PIECE):
                together(keys=[f"{tag}:expiry"], args=[tag, due, *holds[start : start + _PIECE]])
            made += len(holds)
        left = due - int(cast("tuple[int, int]", client.time())[0] * 1000)
    if left < 0:
        raise RuntimeError("this machine is too slow for the moment that was chosen; nothing was measured")
    return due, made
