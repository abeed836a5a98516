"""Services that follow what holds tell: what each fact costs them, for they share a process with those who buy."""

# ruff: noqa: ASYNC110 - what is waited for here happens in other processes, which have no event of ours to set

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from statistics import median
from time import monotonic, time_ns

from bench.box import Hall
from bench.cpu import Meter, at_rest
from bench.figures import Run
from bench.lines import Line, Table
from bench.play import Play, Settings, playing
from bench.stage import Crew, Stage, stage
from internal.inventory.domain import new_hold_id
from internal.inventory.facts import read
from internal.platform.bus import Message, behind
from internal.platform.ids import new_id
from proto.seatkeys import shard_of

__all__ = ["following"]

_FACTS = 20_000
_FEW = 5_000  # quick
_PIECE = 1_000  # as many as the relay publishes at once
_IDLE = 4.0  # seconds of a process that has nothing to do: what it takes then is not the facts'
_REST = 30.0
_PATIENCE = 120.0
_LOOK_EVERY = 0.2
_FOLLOWERS = {"stats": ("stats-inventory", 15.0), "ledger": ("ledger-audit-inventory", 20.0)}  # microseconds a fact


async def following(settings: Settings, say: Callable[[str], None]) -> Table:
    """20,000 facts of holds, as the relay tells them: CPU of the statistics and of the audit trail for each."""
    count = _FEW if settings.quick else _FACTS
    runs: dict[str, list[Run]] = {name: [] for name in _FOLLOWERS}
    async with stage() as place, playing(place, settings, say) as play:
        hall, showtime_id = await _on_sale(play)
        for _ in range(settings.rounds):
            for name, found in runs.items():
                async with place.crew(1, name) as crew:
                    found.append(
                        await _followed(place, crew, _FOLLOWERS[name][0], _told(showtime_id, hall.seats, count))
                    )
                say(f"  {name}: {found[-1].rate:,.0f} facts/s, {found[-1].costs['worker']:.1f} us of it for each")
    return Table("Following the facts of holds", "", [_line(name, found) for name, found in runs.items()])


async def _on_sale(play: Play) -> tuple[Hall, str]:
    """A showtime that everybody has heard of."""
    async with play.stage.crew(1) as crew:
        hall = await play.box.hall(1_000)
        (showtime_id,) = await play.box.showtimes(hall, 1)
        await at_rest(play.stage.processes(crew), _REST)
    return hall, showtime_id


def _told(showtime_id: str, seats: Sequence[str], count: int) -> list[Message]:
    """Holds of two seats, each given back at once."""
    ends, shard = time_ns() // 1_000_000 + 300_000, shard_of(showtime_id)
    facts: list[Message] = []
    for at in range(count // 2):
        hold, pair = new_hold_id(shard), f"{seats[at % len(seats)]},{seats[(at + 1) % len(seats)]}"
        for kind in "cl":
            line = f"{kind}|{len(facts)}|{ends}|{hold}|{new_id('user')}|{showtime_id}|{pair}||"
            fact, *_ = read(f"{time_ns() // 1_000_000}-{at}", line)
            assert fact is not None
            facts.append(fact)
    return facts


async def _followed(place: Stage, crew: Crew, durable: str, facts: Sequence[Message]) -> Run:
    """From the first fact to the last acknowledgement; what the process takes at rest is left out."""
    processes = place.processes(crew)
    await _until_followed(place, durable)
    await at_rest(processes, _REST)
    idle = Meter(processes)
    await asyncio.sleep(_IDLE)
    at_ease = idle.cores(_IDLE)  # and NATS' part, which is next to nothing
    meter, began = Meter({"worker": crew.pids}), monotonic()
    for first in range(0, len(facts), _PIECE):
        await place.bus.publish_batch(facts[first : first + _PIECE])
    await _until_followed(place, durable)
    seconds = monotonic() - began
    run = meter.read(Run(tool="own", requests=len(facts), seconds=seconds, statuses={}))
    return run.costing({"worker": run.costs["worker"] - at_ease * seconds * 1e6 / len(facts)})


async def _until_followed(place: Stage, durable: str) -> None:
    """All that it listens to is handled."""
    async with asyncio.timeout(_PATIENCE):
        while any(one.durable == durable for one in await behind(place.bus)):
            await asyncio.sleep(_LOOK_EVERY)


def _line(name: str, runs: Sequence[Run]) -> Line:
    cost, most = median(run.costs["worker"] for run in runs), _FOLLOWERS[name][1]
    rate = median(run.rate for run in runs)
    told = Line(name=f"{name}: CPU of one fact", figure=f"{cost:.0f} us of its process, at {rate:,.0f} facts a second")
    return told.aimed(f"at most {most:.0f} us", reached=cost <= most)
