"""The door: commands in, one line and an exit code out when something is not as it should be."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from internal.cli.dlq import dlq
from internal.cli.migrate import migrate
from internal.cli.reconcile import reconcile
from internal.cli.reset import reset
from internal.cli.sagas import sagas
from internal.cli.trouble import ServerUnusable, Trouble
from internal.cli.up import up
from internal.platform.faults import Fault

__all__ = ["application", "main", "said_in_one_line"]

_HELP = """Aisle, the box office.

What starts and stops an installation takes its lock; what looks into one that runs finds its servers in its data
folder, or by AISLE_NATS_URL, AISLE_REDIS_URL and AISLE_DATABASE_URL.
"""
_INTERRUPTED = 130  # as a shell says of a command that Ctrl-C ended


def main() -> None:
    with said_in_one_line():
        application()()


def application() -> typer.Typer:
    """All commands: what starts and stops an installation, then what looks into one that runs."""
    app = typer.Typer(help=_HELP, no_args_is_help=True, add_completion=False, rich_markup_mode=None)
    for command in (up, migrate, reset, reconcile):
        app.command()(command)
    app.add_typer(dlq, name="dlq")
    app.add_typer(sagas, name="sagas")
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
