"""`aisle reset`: the data of a stopped installation, gone."""

from __future__ import annotations

import asyncio
import os
import sys

import typer

from internal.cli.folder import is_ours, opened
from internal.cli.settings import chosen

__all__ = ["reset"]


def reset(
    data: str | None = typer.Option(None, metavar="FOLDER", help="Whose data [AISLE_DATA, .aisle]"),
    yes: bool = typer.Option(False, "--yes", "-y", help="Do not ask"),
) -> None:
    """Drop the data of a stopped installation. Servers that were given by URL are not touched."""
    path = chosen(os.environ, data=data).folder
    if not is_ours(path):
        typer.echo(f"{path} has no data of Aisle")
        return
    with opened(path, make=False) as folder:
        if sys.stdin.isatty() and not yes:
            typer.confirm(f"Drop everything in {path}?", abort=True)
        asyncio.run(folder.end_leftovers())
        folder.drop()
    typer.echo(f"{path} is dropped")
