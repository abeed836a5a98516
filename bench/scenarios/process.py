"""What a process with all services weighs, and how soon it serves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.holding import HALL, ceiling_of_posts, enough
from bench.lines import Line, Table
from bench.play import Settings, playing
from bench.stage import stage

__all__ = ["process"]

_RESIDENT = 250.0  # MB
_READY = 5.0  # seconds
_MB = 1e6


async def process(settings: Settings, say: Callable[[str], None]) -> Table:
    """Memory at rest and after a run of holds; seconds from the start to ready, when everything was there before."""
    starts: list[float] = []
    servers: list[float] = []
    with TemporaryDirectory(prefix="aisle-bench-") as folder:
        data = Path(folder) / "data"
        async with stage(data) as place, playing(place, settings, say) as play:
            top = await ceiling_of_posts(play, 1)
            async with place.crew(1) as crew:
                (rest,) = crew.resident()
                hall = await play.box.hall(HALL)
                await play.warm(crew, hall)
                held = await play.held(
                    crew, hall, await play.box.showtimes(hall, enough(top, settings.seconds, 2)), size=2
                )
                (worked,) = crew.resident()
                say(f"  {rest / _MB:.0f} MB at rest, {worked / _MB:.0f} MB after {held.made:,} holds")
        for _ in range(settings.rounds):
            async with stage(data) as place, place.crew(1) as crew:
                servers.append(place.seconds)
                starts.append(crew.seconds)
                say(f"  servers and databases {place.seconds:.2f} s, worker {crew.seconds:.2f} s")
    whole = median(servers) + median(starts)
    lines = [
        _memory("resident, just started", rest / _MB),
        _memory(f"resident, after {held.made:,} holds", worked / _MB).checked(held.wrong),
        Line(name="a worker: from its start to ready", figure=f"{median(starts):.2f} s"),
        Line(name="servers, migrations and a worker, to ready", figure=f"{whole:.2f} s").aimed(
            f"under {_READY:.0f} s", reached=whole < _READY
        ),
    ]
    return Table("All services in one process", "", lines)


def _memory(name: str, megabytes: float) -> Line:
    line = Line(name=name, figure=f"{megabytes:.0f} MB")
    return line.aimed(f"under {_RESIDENT:.0f} MB", reached=megabytes < _RESIDENT)
