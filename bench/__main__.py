"""`python -m bench`: measure, check, show, and write down."""

from __future__ import annotations

import asyncio
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

from rich.console import Console

from bench import load, machine, table
from bench.play import Settings
from bench.scenarios import SCENARIOS
from internal.cli.settings import PROJECT
from internal.cli.supervisor import until_told_to_stop

_DOCUMENT = PROJECT / "docs" / "PERFORMANCE.md"


def _options(arguments: Sequence[str]) -> Namespace:
    parser = ArgumentParser("taskw bench", description="Measure Aisle against a raw ASGI ceiling on this machine.")
    parser.add_argument("--only", default=",".join(SCENARIOS), help=f"some of {', '.join(SCENARIOS)}")
    parser.add_argument("--seconds", type=float, help="of each run (5; quick: 2)")
    parser.add_argument("--rounds", type=int, help="runs of which the median is taken (3; quick: 1)")
    parser.add_argument("--quick", action="store_true", help="short runs, once, nothing is written down")
    options = parser.parse_args(arguments)
    if unknown := set(options.only.split(",")) - SCENARIOS.keys():
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(SCENARIOS)}")
    return options


def _settings(options: Namespace) -> Settings:
    return Settings(
        seconds=options.seconds or (2.0 if options.quick else 5.0),
        rounds=options.rounds or (1 if options.quick else 3),
        buyers=500 if options.quick else 1_000,
        quick=options.quick,
    )


async def _bench(options: Namespace, command: str, console: Console, say: table.Say) -> None:
    where, settings = machine.described(), _settings(options)
    say(where)
    if load.generator() != "wrk":
        say(load.INSTALL)
    for name in options.only.split(","):
        say(f"{name}: {(SCENARIOS[name].__doc__ or '').strip()}")
        measured = await SCENARIOS[name](settings, say)
        if measured is None:
            continue
        table.show(measured, console)
        if not options.quick:
            table.write(_DOCUMENT, name, table.markdown(measured, command, where))


def main() -> None:
    """Until done, or told to stop."""
    options = _options(sys.argv[1:])
    console = Console()
    if not console.is_terminal:
        console = Console(width=160)  # a log scrolls sideways, and a table that is broken up cannot be read

    def say(line: str) -> None:
        console.print(line, markup=False, highlight=False, soft_wrap=True)

    command = " ".join(["./taskw bench", *sys.argv[1:]])
    asyncio.run(until_told_to_stop(_bench(options, command, console, say), say))


main()
