"""`aisle migrate`: the databases brought up to date, and nothing served."""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack

import typer

from internal.cli.databases import brought_up_to_date, migrations
from internal.cli.folder import opened
from internal.cli.given import try_given
from internal.cli.settings import Launch, chosen
from internal.cli.trouble import ServerUnusable
from internal.embedded import Postgres, ServerFailed, running

__all__ = ["migrate"]


def migrate(
    data: str | None = typer.Option(None, metavar="FOLDER", help="Whose data [AISLE_DATA, .aisle]"),
) -> None:
    """Make each service's role and database where they are missing, and apply the migrations that are new."""
    settings = chosen(os.environ, data=data)
    services, applied = asyncio.run(_migrated(settings))
    typer.echo(f"{services} services, {applied} migrations applied")


async def _migrated(settings: Launch) -> tuple[int, int]:
    given = {name: url for name, url in settings.given().items() if name == "AISLE_DATABASE_URL"}
    await try_given(given)
    async with AsyncExitStack() as started:
        folder = started.enter_context(opened(settings.folder))
        url = given.get("AISLE_DATABASE_URL", "")
        if not url:
            postgres = Postgres(folder.path, folder.log())
            try:
                await started.enter_async_context(running(postgres))
            except ServerFailed as failed:
                raise ServerUnusable(str(failed)) from failed
            url = postgres.url
        urls, applied = await brought_up_to_date(url, folder, migrations(), os.environ)
        return len(urls), applied
