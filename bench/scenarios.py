"""What is measured. Each scenario takes a stage of its own and says lines for the table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from math import ceil

from bench import load
from bench.box import Hall
from bench.ceiling import ceiling
from bench.figures import Run, middle
from bench.lines import Line, Table
from bench.play import Held, Play, Settings, playing
from bench.stage import stage

__all__ = ["SCENARIOS"]

_HALL = 1_000  # seats of the halls in which nothing else is said
_SPARE = 1.1  # seats beyond what the ceiling could take: no hold is faster than an answer without work
_RACERS = 200
_TOLD = 3.0  # seconds in which all facts are to be on JetStream
_P95 = 20.0  # milliseconds

Say = Callable[[str], None]


async def hold(settings: Settings, say: Say) -> Table:
    """Distinct seats with a token, one and two workers, two seats and one; beside the ceiling of the same minute."""
    ceilings: dict[int, list[Run]] = {1: [], 2: []}
    held: dict[tuple[int, int], list[Held]] = {(workers, size): [] for workers in (1, 2) for size in (2, 1)}
    async with stage() as place, playing(place, settings, say) as play:
        for number in range(settings.rounds):
            for workers in (1, 2):
                top = await _ceiling_of_posts(play, workers)
                ceilings[workers].append(top)
                async with place.crew(workers) as crew:
                    hall = await play.box.hall(_HALL)
                    await play.warm(crew, hall)
                    for size in (2, 1):
                        showtimes = await play.box.showtimes(hall, _enough(top, settings, size))
                        one = await play.held(crew, hall, showtimes, size=size)
                        held[workers, size].append(one)
                        say(_said(f"round {number + 1}, {workers} worker(s), {size} seat(s)", one, top))
    most = middle(ceilings[1], lambda run: run.rate)
    first = _rate(held[1, 2])
    lines = [
        Line.of(f"raw ASGI POST, {workers} worker(s)", ceilings[workers], most if workers > 1 else 0.0)
        for workers in (1, 2)
    ]
    for (workers, size), runs in held.items():
        line = _line(f"hold of {size} seat(s), {workers} worker(s)", runs, most)
        if workers == 1 and size == 2:  # noqa: PLR2004 - the hold that the targets speak of
            line = line.aimed("0.35 of the ceiling, p95 < 20 ms", line.ratio >= 0.35 and line.p95 < _P95)  # noqa: PLR2004
        elif workers > 1 and size == 2:  # noqa: PLR2004
            line = line.aimed(f"1.3 x one worker: {_rate(runs) / first:.2f}", _rate(runs) >= 1.3 * first)
        lines.append(line)
    return Table("Hold of distinct seats with a signed token", "raw ASGI POST, one worker", lines)


async def contended(settings: Settings, say: Say) -> Table:
    """Every seat wanted by 200 buyers at once: one gets it, 199 are refused."""
    ceilings, held, one_seat = [], [], []
    async with stage() as place, playing(place, settings, say) as play:
        for number in range(settings.rounds):
            top = await _ceiling_of_posts(play, 1)
            ceilings.append(top)
            async with place.crew(1) as crew:
                hall = await play.box.hall(_HALL)
                await play.warm(crew, hall)
                showtimes = await play.box.showtimes(hall, 2 + _enough(top, settings, 1) // _RACERS)
                many = await play.held(crew, hall, showtimes, size=1, tries=_RACERS)
                single = await play.held(
                    crew, hall, await play.box.showtimes(hall, 1), size=1, tries=1_000_000_000, seconds=settings.seconds
                )
                held.append(_with_winners(many, ceil(many.run.requests / _RACERS)))
                one_seat.append(_with_winners(single, 1))
                say(_said(f"round {number + 1}, seat after seat", held[-1], top))
                say(_said(f"round {number + 1}, one seat", one_seat[-1], top))
    top_rate = middle(ceilings, lambda run: run.rate)
    return Table(
        "Contended holds: 200 buyers want the same seat",
        "raw ASGI POST, one worker",
        [
            Line.of("raw ASGI POST, 1 worker", ceilings, 0.0),
            _line("one seat after another, each wanted 200 times", held, top_rate).noted(_winners(held)),
            _line("one seat, wanted all the time", one_seat, top_rate).noted(_winners(one_seat)),
        ],
    )


SCENARIOS: dict[str, Callable[[Settings, Say], Awaitable[Table]]] = {"hold": hold, "contended": contended}


async def _ceiling_of_posts(play: Play, workers: int) -> Run:
    """The very same requests, answered by nobody who knows anything."""
    async with ceiling(workers, play.stage.folder) as url:
        hall = Hall.on_paper(_HALL)
        plan = play.plan(hall, ["showtime_" + "0" * 32], play.tokens)
        await load.holds(url, plan, 1, 2, 1)
        return await load.holds(url, plan, play.settings.seconds, 2, 1)


def _enough(top: Run, settings: Settings, size: int) -> int:
    return ceil(top.rate * _SPARE * settings.seconds * size / _HALL) + 1


def _with_winners(held: Held, most: int) -> Held:
    """As many winners as seats: the last seat's may still be on the way, and wrk's first request is never sent."""
    if most - 1 <= held.made <= most + 1 and held.made >= 1:
        return held
    return Held(held.run, held.made, held.told_after, [*held.wrong, f"{held.made} winners for {most} seats"])


def _winners(held: Sequence[Held]) -> str:
    return "winners " + ", ".join(str(one.made) for one in held)


def _rate(held: Sequence[Held]) -> float:
    return middle([one.run for one in held], lambda run: run.rate)


def _line(name: str, held: Sequence[Held], top: float) -> Line:
    late = max(one.told_after for one in held)
    wrong = [fault for one in held for fault in one.wrong]
    strange = {status: count for one in held for status, count in one.run.others(201, 409).items()}
    if strange:
        wrong.append(f"other answers: {strange}")
    if broken := sum(one.run.broken for one in held):
        wrong.append(f"{broken} requests without an answer")
    if late > _TOLD:
        wrong.append(f"the last fact was on JetStream after {late:.1f} s")
    return Line.of(name, [one.run for one in held], top).checked(wrong).noted(f"facts told {late:.2f} s after the end")


def _said(what: str, held: Held, top: Run) -> str:
    wrong = f"; WRONG: {'; '.join(held.wrong[:3])}" if held.wrong else ""
    return (
        f"  {what}: {held.run.rate:,.0f}/s, {held.run.rate / top.rate:.2f} of {top.rate:,.0f}, "
        f"p95 {held.run.p95:.1f} ms, {held.run.statuses}, told after {held.told_after:.2f} s{wrong}"
    )
