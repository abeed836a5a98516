"""From the hold to the paid order: order, claim, payment at the virtual POS, tickets, seats sold.

The ceiling is Postgres itself: pgbench with as many clients, whose every transaction makes as many commits of one row
as a checkout was counted to make, in the same minute. What Python could reach of it if a checkout were nothing but its
commits stands between the two.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from math import ceil

from bench.commits import commits, from_python, made_so_far
from bench.cpu import Meter
from bench.figures import Run
from bench.lines import Line, Table
from bench.paying import Buyer, checkouts
from bench.play import Play, Settings, playing
from bench.stage import Crew, stage

__all__ = ["checkout"]

_BUYERS = 64
_WORKERS = 2
_SEATS = 6  # of one event that a buyer may have
_HALL = 1_000
_WARM = 4  # checkouts of each buyer that are not measured
_FIRST_RATE = 60  # checkouts each second that the first round is sized for; the next ones by what was seen
_RATIO, _P95 = 0.5, 150.0  # of pgbench; ms of a whole checkout at half the load


async def checkout(settings: Settings, say: Callable[[str], None]) -> Table:
    """64 buyers pay for what they hold, as fast as they can and at half of that."""
    tops: list[Run] = []
    bare: list[Run] = []
    full: list[Run] = []
    half: list[Run] = []
    async with stage() as place, playing(place, settings, say) as play, place.crew(_WORKERS) as crew:
        rate: float = _FIRST_RATE
        async with buyers(play, crew) as people:
            await checkouts(people, await _holds(play, people, _WARM))
            for number in range(settings.rounds):
                run, each = await _round(play, crew, people, rate, settings.seconds)
                top = await commits(place.servers.database_url, place.folder, round(each), _BUYERS, settings.seconds)
                least = await from_python(place.servers.database_url, round(each), _BUYERS, settings.seconds, _WORKERS)
                slow, _ = await _round(play, crew, people, run.rate / 2, settings.seconds, pace=run.rate / 2)
                rate = run.rate
                tops.append(top)
                bare.append(least)
                full.append(run)
                half.append(slow)
                say(
                    f"  round {number + 1}: {run.rate:,.0f} checkouts/s of {each:.1f} commits, "
                    f"{run.rate / top.rate:.2f} of {top.rate:,.0f}/s, p95 {run.p95:.0f} ms, {run.statuses}; "
                    f"at half the load p95 {slow.p95:.0f} ms, {slow.statuses}"
                )
    return Table("Checkouts, paid at the virtual POS", "pgbench making as many commits", _lines(tops, bare, full, half))


async def _round(
    play: Play, crew: Crew, people: Sequence[Buyer], rate: float, seconds: float, pace: float = 0.0
) -> tuple[Run, float]:
    """One run, and how many commits each checkout made."""
    url = play.stage.servers.database_url
    held = await _holds(play, people, ceil(rate * seconds / len(people)))
    before, meter = await made_so_far(url), Meter(play.stage.processes(crew))
    run, _ = await checkouts(people, held, pace)
    run = meter.read(run)
    await asyncio.sleep(1.0)  # Postgres counts commits once a second
    return run, (await made_so_far(url) - before) / run.requests


async def _holds(play: Play, people: Sequence[Buyer], each: int) -> list[list[str]]:
    """So many holds of one seat for everybody, in events of their own."""
    held: list[list[str]] = [[] for _ in people]
    for first in range(0, each, _SEATS):
        showtime, seats = await _event(play)
        places = iter(seats)
        for _ in range(min(_SEATS, each - first)):
            made = await asyncio.gather(*(buyer.holds(showtime, next(places)) for buyer in people))
            for own, hold_id in zip(held, made, strict=True):
                own.append(hold_id)
    return held


async def _event(play: Play) -> tuple[str, list[str]]:
    """A new event that is on sale, by the short form: its showtime and its seats."""
    new = {
        "organizationId": play.who.organization_id,
        "name": "Bench",
        "description": "Sold out in seconds.",
        "totalSeats": _HALL,
        "price": 2_500,
        "startsAt": (datetime.now(UTC) + timedelta(days=30)).isoformat(),
    }
    made = await play.http.post("/api/events", json=new, headers=play.who.headers)
    made.raise_for_status()
    event = made.json()
    showtime = event["showtimes"][0]["id"]
    await play.box.opened([showtime])
    found = await play.http.get(f"/api/events/{event['id']}/seats")
    return showtime, [seat["seatId"] for seat in found.json()["seats"]]


@asynccontextmanager
async def buyers(play: Play, crew: Crew) -> AsyncIterator[list[Buyer]]:
    """People with tokens, connected."""
    people = [Buyer(crew.url, token) for token in play.tokens[:_BUYERS]]
    await asyncio.gather(*(buyer.comes() for buyer in people))
    try:
        yield people
    finally:
        for buyer in people:
            buyer.goes()


def _lines(tops: list[Run], bare: list[Run], full: list[Run], half: list[Run]) -> list[Line]:
    fast = Line.of(f"checkouts, {_BUYERS} buyers", full, tops)
    slow = Line.of("checkouts at half that load", half)
    return [
        Line.of("pgbench, as many commits", tops),
        Line.of(f"as many commits from {_WORKERS} Python processes, and nothing else", bare, tops),
        fast.aimed(f"{_RATIO} of pgbench", reached=fast.ratio >= _RATIO).checked(_wrong(full)),
        slow.aimed(f"p95 under {_P95:.0f} ms", reached=slow.p95 < _P95).checked(_wrong(half)),
    ]


def _wrong(runs: Sequence[Run]) -> list[str]:
    return [f"other answers: {strange}" for run in runs if (strange := run.others(201))]
