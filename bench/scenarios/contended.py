"""A rush on the same seat: how fast the others are told no, and that exactly one is told yes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import ceil

from bench.figures import Run
from bench.holding import CREATED, HALL, REFUSED, ceiling_of_posts, enough, line, said
from bench.lines import Line, Table
from bench.play import Held, Play, Settings, playing
from bench.stage import stage

__all__ = ["contended", "with_winners"]

_BUYERS = 200
_ALWAYS = 10**9  # tries: more than a run has requests


async def contended(settings: Settings, say: Callable[[str], None]) -> Table:
    """200 buyers want the same seat: one gets it, 199 are refused."""
    ceilings: list[Run] = []
    after: list[Held] = []
    single: list[Held] = []
    async with stage() as place, playing(place, settings, say) as play:
        for number in range(settings.rounds):
            top = await ceiling_of_posts(play, 1)
            ceilings.append(top)
            many, one = await _rushes(play, top)
            say(said(f"round {number + 1}, seat after seat", many, top))
            say(said(f"round {number + 1}, one seat", one, top))
            after.append(many)
            single.append(one)
    expected = (CREATED, REFUSED)
    lines = [
        Line.of("raw ASGI POST, one worker", ceilings),
        line("one seat after another, each wanted 200 times", after, ceilings, expected).noted(_winners(after)),
        line("one seat, wanted all the time", single, ceilings, expected).noted(_winners(single)),
    ]
    return Table("Contended holds: 200 buyers want the same seat", "raw ASGI POST, one worker", lines)


async def _rushes(play: Play, top: Run) -> tuple[Held, Held]:
    async with play.stage.crew(1) as crew:
        hall = await play.box.hall(HALL)
        await play.warm(crew, hall)
        few = enough(top, play.settings.seconds / _BUYERS, 1)
        many = await play.held(crew, hall, await play.box.showtimes(hall, few), size=1, tries=_BUYERS, buyers=_BUYERS)
        one = await play.held(crew, hall, await play.box.showtimes(hall, 1), size=1, tries=_ALWAYS, buyers=_BUYERS)
        return with_winners(many, ceil(many.run.requests / _BUYERS)), with_winners(one, 1)


def with_winners(held: Held, seats: int) -> Held:
    """As many winners as seats; of many seats the last is still in flight, and the one after it may be."""
    slack = 1 if seats > 1 else 0
    if abs(held.made - seats) <= slack:
        return held
    return replace(held, wrong=[*held.wrong, f"{held.made} winners for {seats} seats"])


def _winners(held: Sequence[Held]) -> str:
    return "winners: " + ", ".join(f"{one.made:,} of {one.run.requests:,}" for one in held)
