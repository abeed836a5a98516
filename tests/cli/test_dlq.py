"""`aisle dlq` as an operator uses it, against a NATS of its own and a service that runs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog
from typer.testing import CliRunner, Result

from internal.cli.__main__ import application
from internal.cli.folder import opened as folder_opened
from internal.cli.trouble import BadSetting
from internal.embedded import Nats
from internal.embedded import running as started
from internal.platform.bus import Bus, Consumer, Message, Meta, consume, letters, replaying, serve
from internal.platform.faults import Drop
from proto.stats import StatsUpdated
from tests.platform.bus.conftest import opened, running
from tests.waiting import until

BODY = b'{"eventId":"event_1","showtimeId":"showtime_1"}'


class Broken:
    """Drops what it is given until it is repaired."""

    repaired = False

    async def __call__(self, event: StatsUpdated, _: Meta) -> None:
        if not self.repaired:
            raise Drop(f"no such showtime {event.showtime_id}")


@dataclass
class Desk:
    """An installation with one durable that drops what it is given, and the operator beside it."""

    data: Path
    bus: Bus
    consumer: Consumer[StatsUpdated]
    broken: Broken

    async def aisle(self, *words: str) -> Result:
        """The command, run as its own loop would be."""
        return await asyncio.to_thread(CliRunner().invoke, application(), [*words, "--data", str(self.data)])

    async def said(self, *words: str) -> list[str]:
        result = await self.aisle(*words)
        assert result.exit_code == 0, (result.output, result.exception)
        return result.output.splitlines()


@asynccontextmanager
async def desk(folder: Path, count: int = 2) -> AsyncIterator[Desk]:
    nats = Nats(folder, structlog.get_logger())
    async with started(nats), opened(nats.url) as bus:
        with folder_opened(folder / "data", room=0) as data, data.telling({"AISLE_NATS_URL": nats.url}):
            broken = Broken()
            made = Desk(data.path, bus, Consumer("stats-reads", StatsUpdated, broken), broken)
            await bus.publish_batch([Message("stats.updated", f"m{n}", BODY) for n in range(count)])
            async with running(consume(bus, made.consumer)), running(serve(bus, [replaying(bus, made.consumer)])):
                await until(lambda: made.consumer.parked == count)
                yield made


async def test_the_list_is_read_filtered_and_shown(tmp_path: Path) -> None:
    """The newest first, by durable, stream or reason; and one whole, with what it carries."""
    async with desk(tmp_path) as it:
        heading, newest, oldest, count = await it.said("dlq", "list")
        assert heading.split() == ["number", "parked", "at", "durable", "subject", "tries", "reason"]
        assert (newest.split()[0], oldest.split()[0], count) == ("2", "1", "2 dead letters")
        assert newest.split(maxsplit=6)[3:] == ["stats-reads", "stats.updated", "1", "no such showtime showtime_1"]
        for words in (("--stream", "ORDERS"), ("--durable", "x"), ("--reason", "other")):
            assert (await it.said("dlq", "list", *words))[-1] == "0 dead letters"
        told = json.loads("\n".join(await it.said("dlq", "list", "--json", "--reason", "NO SUCH", "--limit", "1")))
        assert [(one["number"], one["stream"], one["size"]) for one in told] == [(2, "STATS", len(BODY))]
        shown = "\n".join(await it.said("dlq", "show", "1"))
        assert '"showtimeId": "showtime_1"' in shown
        assert "Nats-Msg-Id" in shown


async def test_replay_says_what_became_of_each(tmp_path: Path) -> None:
    """A dry run changes nothing, a failure keeps its place with a new number and ends with 1, a success is gone."""
    async with desk(tmp_path) as it:
        assert len(await it.said("dlq", "replay", "--all", "--dry-run")) == 2
        failed = await it.aisle("dlq", "replay", "1")
        assert failed.exit_code == 1
        assert failed.output.splitlines()[-2:] == [  # the service says so too, in this process
            "1: stats-reads: failed, now number 3: no such showtime showtime_1",
            "1 failed",
        ]
        it.broken.repaired = True
        assert await it.said("dlq", "replay", "--durable", "stats-reads") == [
            "2: stats-reads: handled",
            "3: stats-reads: handled",
            "2 handled",
        ]
        assert await it.said("dlq", "replay", "--all") == ["there was nothing to replay"]
        assert await letters(it.bus) == []


async def test_what_cannot_be_done_is_said_and_nothing_is_lost(tmp_path: Path) -> None:
    """No number and no filter, an unknown number, a service that does not run."""
    async with desk(tmp_path, 1) as it:
        for words in (
            ["replay"],
            ["replay", "1", "--all"],
            ["replay", "9"],
            ["show", "0"],
            ["list", "--stream", "a.b"],
        ):
            assert isinstance((await it.aisle("dlq", *words)).exception, BadSetting), words
        async with opened(it.bus.settings.url) as bus:
            other = Consumer("stats-writes", StatsUpdated, it.broken)
            async with running(consume(bus, other)):
                await until(lambda: other.parked == 1)
        left = await it.aisle("dlq", "replay", "--durable", "stats-writes")
        assert left.exit_code == 1
        assert "nobody listens as stats-writes just now" in left.output
        assert len(await letters(it.bus)) == 2
        stopped = tmp_path / "stopped"
        result = await asyncio.to_thread(CliRunner().invoke, application(), ["dlq", "list", "--data", str(stopped)])
        assert "AISLE_NATS_URL is not set" in str(result.exception)
