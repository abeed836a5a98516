"""Does a hold cost the same in a large hall as in a small one, and with many showtimes on sale as with one?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median

from bench.box import Hall
from bench.figures import Run
from bench.holding import ceiling_of_posts, enough, line, said
from bench.lines import Line, Table
from bench.play import Held, Play, Settings, playing
from bench.stage import Crew, stage

__all__ = ["alike", "showtimes", "venue"]

_SMALL, _LARGE = 100, 50_000
_MANY = 5_000
_ALIKE = 0.9  # of the other's rate, where the runs' own spread is not wider: one run differs from the next by as much
_SECONDS_OF_ONE = 2.0  # in one showtime of 50,000 seats: at 25,000 a second they would be gone

_Pair = tuple[Run, Held]  # a ceiling, and the holds of the same minute


async def venue(settings: Settings, say: Callable[[str], None]) -> Table:
    """The same holds in halls of 100 and of 50,000 seats, in turn."""
    runs: dict[int, list[_Pair]] = {_SMALL: [], _LARGE: []}
    async with stage() as place, playing(place, settings, say) as play:
        for number in range(settings.rounds):
            top = await ceiling_of_posts(play, 1)
            async with place.crew(1) as crew:
                for seats in (_SMALL, _LARGE):
                    hall = await play.box.hall(seats)
                    await play.warm(crew, hall)
                    needed = enough(top, settings.seconds * 0.7, 2, seats)  # no hold has come near to 0.7 of it
                    held = await play.held(crew, hall, await play.box.showtimes(hall, needed), size=2)
                    say(said(f"round {number + 1}, {needed} showtimes of {seats} seats", held, top))
                    runs[seats].append((top, held))
    lines = _lines({f"hold of 2 seats, hall of {seats:,}": found for seats, found in runs.items()})
    return Table("A hold in a small hall and in a large one", "raw ASGI POST, one worker", lines)


async def showtimes(settings: Settings, say: Callable[[str], None]) -> Table:
    """Holds in one showtime: alone on sale, among 5,000 others, and spread over all of those."""
    count = _MANY // 10 if settings.quick else _MANY
    alone: list[_Pair] = []
    among: list[_Pair] = []
    spread: list[_Pair] = []
    async with stage() as place, playing(place, settings, say) as play:
        large = await _rounds(play, say, "one showtime", alone, ())
        async with place.crew(1):
            small = await play.box.hall(_SMALL)
            others = await play.box.showtimes(small, count)
            say(f"  {len(others):,} showtimes are open")
        await _rounds(play, say, f"one of {count:,}", among, (), large)
        await _rounds(play, say, f"all of {count:,}", spread, others, small)
    lines = _lines({
        "hold of 1 seat, one showtime on sale": alone,
        f"the same, {count:,} others on sale": among,
        f"holds spread over {count:,} showtimes": spread,
    })  # fmt: skip
    return Table("A hold with one showtime on sale and with 5,000", "raw ASGI POST, one worker", lines)


async def _rounds(
    play: Play,
    say: Callable[[str], None],
    what: str,
    into: list[_Pair],
    shows: Sequence[str],
    hall: Hall | None = None,
) -> Hall:
    """Rounds in these showtimes, or each in a new one of a large hall; the hall."""
    for number in range(play.settings.rounds):
        top = await ceiling_of_posts(play, 1)
        async with play.stage.crew(1) as crew:
            hall = hall or await play.box.hall(_LARGE)
            await play.warm(crew, hall, few=1)
            held = await _one(play, crew, hall, shows, number)
            say(said(f"round {number + 1}, {what}", held, top))
            into.append((top, held))
    assert hall is not None
    return hall


async def _one(play: Play, crew: Crew, hall: Hall, shows: Sequence[str], number: int) -> Held:
    if not shows:
        return await play.held(crew, hall, await play.box.showtimes(hall, 1), size=1, seconds=_SECONDS_OF_ONE)
    share = len(hall.seats) // play.settings.rounds  # each round has seats of its own, in every showtime
    own = Hall(hall.venue_id, hall.layout_hash, hall.seats[number * share : (number + 1) * share])
    return await play.held(crew, own, shows, size=1, seconds=_SECONDS_OF_ONE, spread=True)


def _lines(runs: dict[str, list[_Pair]]) -> list[Line]:
    every = [top for found in runs.values() for top, _ in found]
    lines = [Line.of("raw ASGI POST, one worker", every)]
    first: list[float] = []
    for name, found in runs.items():
        ratios = [held.run.rate / top.rate for top, held in found]
        told = line(name, [held for _, held in found], [top for top, _ in found])
        if first:
            share = median(ratios) / median(first)
            told = told.aimed(f"as the first, within noise ({share:.2f})", reached=alike(first, ratios))
        first = first or ratios
        lines.append(told)
    return lines


def alike(first: Sequence[float], second: Sequence[float]) -> bool:
    """Whether the second is less than a tenth below the first, or not further than the runs differ among themselves."""
    return median(second) >= median(first) * _ALIKE or max(second) >= min(first)
