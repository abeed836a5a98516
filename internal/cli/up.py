"""`aisle up`: everything on one port of this machine."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import replace

import typer
from rich.console import Console

from internal.cli.databases import migrations
from internal.cli.demo import Demo, is_wanted
from internal.cli.display import Display
from internal.cli.settings import PROJECT, chosen
from internal.cli.supervisor import Installation, until_told_to_stop

__all__ = ["up"]


def up(
    port: str | None = typer.Option(None, metavar="PORT", help="Where to serve [AISLE_PORT, 8080]"),
    data: str | None = typer.Option(None, metavar="FOLDER", help="Where the data is kept [AISLE_DATA, .aisle]"),
    workers: str | None = typer.Option(None, metavar="N", help="Processes that serve [AISLE_WORKERS, one a core]"),
    demo: bool | None = typer.Option(None, "--demo/--no-demo", help="Fill in a demo [AISLE_DEMO, yes on a laptop]"),
) -> None:
    """Start everything, show what runs where, and keep it running until Ctrl-C or SIGTERM.

    NATS, Valkey and Postgres are started from their wheels, unless AISLE_NATS_URL, AISLE_REDIS_URL and
    AISLE_DATABASE_URL name others.
    """
    asked = None if demo is None else str(demo).lower()
    settings = chosen(os.environ, port=port, data=data, workers=workers, demo=asked)
    show = Display(Console())
    worker = [sys.executable, str(PROJECT / "cmd" / "all")]
    installation = Installation(settings, os.environ, worker, migrations(), show)
    if is_wanted(settings):
        filling = Demo(settings, os.environ)
        environment = {**os.environ, **filling.administrator()}
        installation = replace(installation, environment=environment, seed=filling.fill)
    asyncio.run(until_told_to_stop(installation.launched(), show.say))
