"""The door: commands in, one line and an exit code out when something is not as it should be."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer

from internal.cli.check.command import check
from internal.cli.dlq import dlq
from internal.cli.migrate import migrate
from internal.cli.reconcile import reconcile
from internal.cli.refunds import refunds
from internal.cli.reset import reset
from internal.cli.rush import rush
from internal.cli.sagas import sagas
from internal.cli.stats import stats
from internal.cli.trouble import ServerUnusable, Trouble
from internal.cli.up import up
from internal.platform.faults import Fault

__all__ = ["application", "main", "said_in_one_line"]

_HELP = """Aisle, the box office.

What starts and stops an installation takes its lock; what looks into one that runs finds its servers in its data
folder, or by AISLE_NATS_URL, AISLE_REDIS_URL and AISLE_DATABASE_URL.
"""
_COMMANDS: dict[Callable[..., None], str] = {  # in a list there is room for so much
    up: "Start everything, and keep it running until Ctrl-C",
    migrate: "Bring the databases up to date, and serve nothing",
    reset: "Drop the data of a stopped installation",
    rush: "Send buyers after the same seats, with play money",
    check: "Say whether what must always hold does hold",
    reconcile: "Compare truths: Redis, Postgres, streams, provider",
}
_INTERRUPTED = 130  # as a shell says of a command that Ctrl-C ended


def main() -> None:
    with said_in_one_line():
        application()()


def application() -> typer.Typer:
    """All commands: what starts and stops an installation, then what looks into one that runs."""
    app = typer.Typer(help=_HELP, no_args_is_help=True, add_completion=False, rich_markup_mode=None)
    for command, what in _COMMANDS.items():
        app.command(short_help=what)(command)
    app.add_typer(dlq, name="dlq", short_help="See what could not be handled, and replay it")
    app.add_typer(sagas, name="sagas", short_help="See what the orchestrator is about, try it at once, give it up")
    app.add_typer(refunds, name="refunds", short_help="See what no bank gives back, and settle it by hand")
    app.add_typer(stats, name="stats", short_help="Count the statistics anew, while everything goes on")
    return app


@contextmanager
def said_in_one_line() -> Iterator[None]:
    """What went wrong in a way the operator can understand, without a traceback."""
    try:
        yield
    except Trouble as trouble:
        print(f"aisle: {trouble}", file=sys.stderr)  # noqa: T201 - the operator's one line
        sys.exit(trouble.exit_code)
    except Fault as fault:
        print(f"aisle: {fault.detail}", file=sys.stderr)  # noqa: T201
        sys.exit(ServerUnusable.exit_code)
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)


if __name__ == "__main__":
    main()
