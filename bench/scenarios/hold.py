"""The hold of distinct seats: the figure that everything else is compared with."""

from __future__ import annotations

from collections.abc import Callable

from bench.figures import Run, paired
from bench.holding import HALL, ceiling_of_posts, enough, line, said
from bench.lines import Line, Table
from bench.play import Held, Play, Settings, playing
from bench.stage import stage

__all__ = ["hold"]

_RATIO = 0.35  # of the ceiling, with one worker; 0.5 is what we aim at
_P95 = 20.0  # milliseconds
_SCALING = 1.3  # two workers against one, on two cores that the servers and the generator share
_PAIR = 2  # seats of the hold that the targets speak of

_Held = dict[tuple[int, int], list[Held]]  # workers, seats -> the runs


async def hold(settings: Settings, say: Callable[[str], None]) -> Table:
    """Distinct seats with a token: one and two workers, two seats and one."""
    ceilings: dict[int, list[Run]] = {1: [], 2: []}
    held: _Held = {(workers, size): [] for workers in (1, 2) for size in (_PAIR, 1)}
    async with stage() as place, playing(place, settings, say) as play:
        for number in range(settings.rounds):
            for workers in (1, 2):
                top = await ceiling_of_posts(play, workers)
                ceilings[workers].append(top)
                for size, one in (await _holds(play, workers, top)).items():
                    held[workers, size].append(one)
                    say(said(f"round {number + 1}, {workers} worker(s), {size} seat(s)", one, top))
    return Table("Hold of distinct seats with a signed token", "raw ASGI POST, one worker", _lines(ceilings, held))


async def _holds(play: Play, workers: int, top: Run) -> dict[int, Held]:
    async with play.stage.crew(workers) as crew:
        hall = await play.box.hall(HALL)
        await play.warm(crew, hall)
        held = {}
        for size in (_PAIR, 1):
            showtimes = await play.box.showtimes(hall, enough(top, play.settings.seconds, size))
            held[size] = await play.held(crew, hall, showtimes, size=size)
        return held


def _runs(held: list[Held]) -> list[Run]:
    return [one.run for one in held]


def _lines(ceilings: dict[int, list[Run]], held: _Held) -> list[Line]:
    lines = [
        Line.of("raw ASGI POST, one worker", ceilings[1]),
        Line.of("raw ASGI POST, two workers", ceilings[2], ceilings[1]),
    ]
    for (workers, size), runs in held.items():
        told = line(f"hold of {size} seat(s), {workers} worker(s)", runs, ceilings[1])
        if (workers, size) == (1, _PAIR):
            told = told.aimed(f"{_RATIO} of the ceiling", reached=told.ratio >= _RATIO)
            told = told.aimed(f"p95 under {_P95:.0f} ms", reached=told.p95 < _P95)
        elif size == _PAIR:
            scaling = paired(_runs(runs), _runs(held[1, _PAIR]))
            told = told.aimed(f"{_SCALING} x one worker ({scaling:.2f})", reached=scaling >= _SCALING)
        lines.append(told)
    return lines
