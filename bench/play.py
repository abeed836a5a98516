"""One run of holds: the plan written down, the generator let loose, and then the truth looked up."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from time import monotonic

import httpx

from bench import checks, load
from bench.box import Box, Hall, Organiser, guests, organiser
from bench.cpu import Meter, at_rest
from bench.figures import Run
from bench.stage import Crew, Stage

__all__ = ["Held", "Play", "Settings", "playing"]

_PATIENCE = 30.0  # seconds to wait for the facts; what is late beyond 3 is said, and not a reason to hang
_REST_WITHIN = 60.0  # seconds that whatever was made ready for a run may go on working before it is measured anyhow
WARM = 3.0  # seconds in which every worker gets to see every token: a known one costs a look into a dict


@dataclass(frozen=True)
class Settings:
    """How long and how often."""

    seconds: float = 5.0
    rounds: int = 3
    buyers: int = 1_000
    quick: bool = False


@dataclass(frozen=True)
class Held:
    """What a run of holds came to."""

    run: Run
    made: int
    told_after: float
    wrong: list[str]
    rested: float = 0.0  # seconds until the stage was quiet before it


class Play:
    """The stage with people on it."""

    def __init__(
        self, stage: Stage, box: Box, http: httpx.AsyncClient, who: Organiser, tokens: list[str], settings: Settings
    ) -> None:
        self.stage = stage
        self.box = box
        self.http = http
        self.who = who
        self.tokens = tokens
        self.settings = settings
        self._numbers = count(1)
        self._earlier: set[str] = set()  # holds of the runs before

    async def warm(self, crew: Crew, hall: Hall, few: int = 20) -> Run:
        """Every token shown, every road walked, in this many showtimes that nothing is measured in."""
        showtimes = await self.box.showtimes(hall, few)
        return await load.holds(crew.url, self.plan(hall, showtimes, self.tokens), WARM, 1, 1)

    async def held(
        self,
        crew: Crew,
        hall: Hall,
        showtimes: Sequence[str],
        *,
        size: int,
        tries: int = 1,
        seconds: float = 0.0,
        buyers: int = 0,
        spread: bool = False,
    ) -> Held:
        """Let the buyers loose on these showtimes, and look up what became of it."""
        rested = await at_rest(self.stage.processes(crew), _REST_WITHIN)
        stream = (await self.stage.bus.connected()).jetstream()
        before = await checks.stored(stream)
        plan = self.plan(hall, showtimes, self.tokens[: buyers or None])
        meter = Meter(self.stage.processes(crew))
        run = await load.holds(crew.url, plan, seconds or self.settings.seconds, size, tries, spread=spread)
        ended, run = monotonic(), meter.read(run)
        answered = (plan / "holds").read_text().split()
        told_after, _ = await checks.told_within(stream, before + len(answered), ended, _PATIENCE)
        found = await checks.found(
            self.stage.servers.redis_url, self.stage.databases["AISLE_INVENTORY_DATABASE_URL"], showtimes
        )
        made = {record.hold_id for record in found.records}
        # The few that were made while the generator hung up are told too, within the same while.
        _, after = await checks.told_within(stream, before + len(made - self._earlier), monotonic(), 1.0)
        wrong = checks.verdict(found, answered, after - before, self._earlier)
        self._earlier |= made
        return Held(run, len(made), told_after, wrong, rested)

    def plan(self, hall: Hall, showtimes: Sequence[str], tokens: Sequence[str]) -> Path:
        """The files that the generator reads."""
        folder = self.stage.folder / f"plan-{next(self._numbers)}"
        folder.mkdir()
        for name, lines in (("tokens", tokens), ("showtimes", showtimes), ("seats", hall.seats)):
            (folder / name).write_text("\n".join(lines) + "\n")
        return folder


@asynccontextmanager
async def playing(stage: Stage, settings: Settings, say: Callable[[str], None]) -> AsyncIterator[Play]:
    """An organiser and the buyers, who came by the front door."""
    async with stage.crew(1) as crew, httpx.AsyncClient(base_url=crew.url, timeout=30) as http:
        began = monotonic()
        tokens = await guests(http, settings.buyers)
        who = await organiser(http)
        say(f"  {len(tokens)} buyers with tokens in {monotonic() - began:.1f} s")
    async with httpx.AsyncClient(base_url=crew.url, timeout=60) as http:
        box = Box(http, who, stage.bus, stage.servers.redis_url)
        try:
            yield Play(stage, box, http, who, tokens, settings)
        finally:
            await box.close()
