"""`aisle stats`: count anew what is shown of showtimes, while everything goes on."""

from __future__ import annotations

import asyncio
import os
import sys

import msgspec
import typer

from internal.cli.reaching import bus, reached
from internal.platform.bus import Bus
from internal.platform.faults import Unavailable
from internal.platform.ids import new_id
from proto.stats import GetRebuild, Rebuild, RebuildFacts

__all__ = ["stats"]

_PATIENCE = 10.0  # seconds for an answer
_ASK_EVERY = 0.5

stats = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@stats.callback()
def _about() -> None:
    """What is shown of showtimes: seats, sales, conversion."""


@stats.command()
def rebuild(
    event: str | None = typer.Option(None, metavar="EVENT", help="Of this event alone"),
    as_json: bool = typer.Option(False, "--json", help="For a program to read"),
    data: str | None = typer.Option(None, metavar="FOLDER", help="Of which installation [AISLE_DATA, .aisle]"),
) -> None:
    """Count everything anew from the streams, and from the services for what the streams have forgotten.

    It is counted beside what is shown, and takes its place at once when it is complete; what happens meanwhile is in
    it. To end this command does not end the rebuild: it goes on in the service, and through its restarts.
    """

    async def work() -> RebuildFacts:
        async with bus(reached(os.environ, data)) as opened:
            return await _done(opened, event)

    done = asyncio.run(work())
    if as_json:
        typer.echo(msgspec.json.encode(done).decode())
    else:
        typer.echo(f"{done.showtimes} showtimes were counted anew, from {done.facts} facts")


async def _done(opened: Bus, event: str | None) -> RebuildFacts:
    asked = Rebuild(rebuild_id=new_id("rebuild"), event_id=event)
    facts, trouble = await opened.request(asked, timeout=_PATIENCE), ""
    while facts.state != "done":
        if facts.trouble != trouble:
            trouble = facts.trouble
            typer.echo(f"once more, because: {trouble}", file=sys.stderr)
        await asyncio.sleep(_ASK_EVERY)
        try:
            facts = await opened.request(GetRebuild(rebuild_id=asked.rebuild_id), timeout=_PATIENCE)
        except Unavailable:  # restarted just now; it goes on
            continue
    return facts
