"""What everybody looks at: the picture of a showtime's seats, and the page of an event."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx

from bench import load
from bench.ceiling import ceiling
from bench.cpu import Meter
from bench.figures import Run
from bench.holding import HALL
from bench.lines import Line, Table
from bench.play import Play, Settings, playing
from bench.stage import stage

__all__ = ["event", "snapshot"]

_AT_ONCE = 50  # seats of one hold: the most that inventory gives
_RATIO = 0.5
_OK = 200


async def snapshot(settings: Settings, say: Callable[[str], None]) -> Table:
    """GET /api/showtimes/{id}/seats of 1,000 seats, all of them held."""
    tops: list[Run] = []
    plain: list[Run] = []
    packed: list[Run] = []
    async with stage() as place, playing(place, settings, say) as play:
        async with place.crew(1):
            path = f"/api/showtimes/{await _all_held(play)}/seats"
        for number in range(settings.rounds):
            await _looked(play, path, tops, plain, packed)
            say(_said(f"round {number + 1}", tops, plain))
        async with place.crew(1):
            wrong = await _not_held(play, path)
    told = Line.of("1,000 seats, all held", plain, tops).checked([*wrong, *_strange(plain)])
    told = told.aimed(f"{_RATIO} of the ceiling", reached=told.ratio >= _RATIO)
    zipped = Line.of("the same, compressed for browsers", packed, tops).checked(_strange(packed))
    lines = [Line.of("raw ASGI GET, one worker", tops), told, zipped]
    return Table("The picture of a showtime's seats", "raw ASGI GET of a small JSON, one worker", lines)


async def event(settings: Settings, say: Callable[[str], None]) -> Table | None:
    """GET /api/events/{id}; left out where no catalog answers."""
    tops: list[Run] = []
    pages: list[Run] = []
    async with stage() as place, playing(place, settings, say) as play:
        async with place.crew(1):
            path = await _on_sale(play)
        if path is None:
            say("  there is no catalog yet: left out")
            return None
        for number in range(settings.rounds):
            await _looked(play, path, tops, pages)
            say(_said(f"round {number + 1}", tops, pages))
    page = Line.of("event page, one showtime", pages, tops).checked(_strange(pages))
    return Table(
        "The page of an event",
        "raw ASGI GET of a small JSON, one worker",
        [Line.of("raw ASGI GET, one worker", tops), page],
    )


async def _looked(play: Play, path: str, tops: list[Run], plain: list[Run], packed: list[Run] | None = None) -> None:
    """One round."""
    seconds = play.settings.seconds
    async with ceiling(1, play.stage.folder) as top:
        await load.get(top.url, 1)
        meter = Meter({"worker": top.pids})
        tops.append(meter.read(await load.get(top.url, seconds)))
    async with play.stage.crew(1) as crew:
        await load.get(crew.url + path, 1)
        meter = Meter(play.stage.processes(crew))
        plain.append(meter.read(await load.get(crew.url + path, seconds)))
        if packed is not None:
            packed.append(await load.get(crew.url + path, seconds, {"Accept-Encoding": "gzip"}))


async def _all_held(play: Play) -> str:
    hall = await play.box.hall(HALL)
    (showtime,) = await play.box.showtimes(hall, 1)
    groups = [hall.seats[start : start + _AT_ONCE] for start in range(0, len(hall.seats), _AT_ONCE)]
    answers = await asyncio.gather(*(
        play.http.post(
            f"/api/showtimes/{showtime}/holds",
            json={"seatIds": seats},
            headers={"Authorization": f"Bearer {token}"},
        )
        for seats, token in zip(groups, play.tokens, strict=False)
    ))  # fmt: skip
    for answer in answers:
        answer.raise_for_status()
    return showtime


async def _not_held(play: Play, path: str) -> list[str]:
    """What is wrong with the picture: every seat was held, and none was let go."""
    shown = (await play.http.get(path)).raise_for_status().json()
    held = len(set(shown["held"]))
    return [] if (held, shown["available"]) == (HALL, 0) else [f"{held} of {HALL} seats are shown as held"]


async def _on_sale(play: Play) -> str | None:
    new = {"organizationId": play.who.organization_id, "name": "Bench", "description": "A play.", "totalSeats": HALL}
    made = await play.http.post("/api/events", json=new, headers=play.who.headers)
    if made.status_code in {httpx.codes.NOT_FOUND, httpx.codes.METHOD_NOT_ALLOWED}:
        return None
    return f"/api/events/{made.raise_for_status().json()['id']}"


def _strange(runs: list[Run]) -> list[str]:
    return [
        f"{run.broken} without an answer, others: {run.others(_OK)}" for run in runs if run.broken or run.others(_OK)
    ]


def _said(what: str, tops: list[Run], runs: list[Run]) -> str:
    run, top = runs[-1], tops[-1]
    return f"  {what}: {run.rate:,.0f}/s, {run.rate / top.rate:.2f} of {top.rate:,.0f}/s, p95 {run.p95:.1f} ms"
