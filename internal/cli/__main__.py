"""The door: commands in, one line and an exit code out when something is not as it should be."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from internal.cli.migrate import migrate
from internal.cli.reset import reset
from internal.cli.trouble import Trouble
from internal.cli.up import up

__all__ = ["main", "said_in_one_line"]

_INTERRUPTED = 130  # as a shell says of a command that Ctrl-C ended


def main() -> None:
    app = typer.Typer(help="Aisle, the box office.", no_args_is_help=True, add_completion=False, rich_markup_mode=None)
    for command in (up, reset, migrate):
        app.command()(command)
    with said_in_one_line():
        app()


@contextmanager
def said_in_one_line() -> Iterator[None]:
    """What went wrong in a way the operator can understand, without a traceback."""
    try:
        yield
    except Trouble as trouble:
        print(f"aisle: {trouble}", file=sys.stderr)  # noqa: T201 - the operator's one line
        sys.exit(trouble.exit_code)
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)


if __name__ == "__main__":
    main()
