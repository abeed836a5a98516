"""What the scenarios about holds share: the ceiling beside them, how many seats they need, how a run is told."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from bench import load
from bench.box import Hall
from bench.ceiling import ceiling
from bench.cpu import Meter
from bench.figures import Run
from bench.lines import Line
from bench.play import Held, Play

__all__ = ["CREATED", "HALL", "REFUSED", "ceiling_of_posts", "enough", "line", "said"]

CREATED, REFUSED = 201, 409
HALL = 1_000  # seats of the halls in which nothing else is said

_SPARE = 1.1  # seats beyond what the ceiling could take: no hold is faster than an answer without work
_TOLD = 3.0  # seconds in which all facts are to be on JetStream


async def ceiling_of_posts(play: Play, workers: int) -> Run:
    """The very same requests, answered by nobody who knows anything."""
    async with ceiling(workers, play.stage.folder) as top:
        plan = play.plan(Hall.on_paper(HALL), ["showtime_" + "0" * 32], play.tokens)
        await load.holds(top.url, plan, 1, 2, 1)  # the first second is slower everywhere
        meter = Meter({"worker": top.pids})
        return meter.read(await load.holds(top.url, plan, play.settings.seconds, 2, 1))


def enough(top: Run, seconds: float, size: int, seats: int = HALL) -> int:
    """How many showtimes of so many seats cannot be sold out in this time."""
    return ceil(top.rate * _SPARE * seconds / (seats // size)) + 1


def line(name: str, held: Sequence[Held], tops: Sequence[Run], expected: Sequence[int] = (CREATED,)) -> Line:
    """A line of the table, with everything that went wrong in these runs."""
    late = max(one.told_after for one in held)
    wrong = [fault for one in held for fault in one.wrong]
    for one in held:
        if strange := one.run.others(*expected):
            wrong.append(f"other answers: {strange}")
        if one.run.broken:
            wrong.append(f"{one.run.broken} requests without an answer")
    if late > _TOLD:
        wrong.append(f"the last fact was on JetStream after {late:.1f} s")
    told = Line.of(name, [one.run for one in held], tops).checked(wrong)
    return told.noted(f"all facts on JetStream {late:.2f} s after the end")


def said(what: str, held: Held, top: Run) -> str:
    """A run, as it is told while the bench is under way."""
    wrong = f"; WRONG: {'; '.join(held.wrong[:3])}" if held.wrong else ""
    return (
        f"  {what}: {held.run.rate:,.0f}/s, {held.run.rate / top.rate:.2f} of {top.rate:,.0f}/s, "
        f"p95 {held.run.p95:.1f} ms, {held.run.statuses}, "
        f"worker {held.run.costs['worker']:.0f} us, quiet after {held.rested:.1f} s, "
        f"told after {held.told_after:.2f} s{wrong}"
    )
