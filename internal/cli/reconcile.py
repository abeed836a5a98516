"""`aisle reconcile`: every running service compares its truths once, and says what differs."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence

import msgspec
import typer

from internal.cli.databases import migrations
from internal.cli.reaching import bus, reached
from internal.platform.bus import Bus, NoAnswer
from internal.platform.faults import Unavailable
from proto.reconcile import Look, Reconcile

__all__ = ["reconcile"]

_PATIENCE = 60.0  # seconds for one service: ten thousand open showtimes take it 20


def reconcile(
    repair: bool = typer.Option(False, "--repair", help="Put right what differs, where that can be done"),
    service: list[str] = typer.Option([], metavar="NAME", help="Only this one; may be given more than once"),  # noqa: B008
    as_json: bool = typer.Option(False, "--json", help="For a program to read"),
    data: str | None = typer.Option(None, metavar="FOLDER", help="Of which installation [AISLE_DATA, .aisle]"),
) -> None:
    """Ask every running service to compare its truths once, and print what differs.

    Redis with Postgres, outboxes with streams, orders with seats, the provider with the payments: each service has its
    own. Ends with 1 when something differs that was not repaired, or a service could not be asked.
    """

    async def asked() -> list[Look]:
        async with bus(reached(os.environ, data)) as opened:
            answers = await asyncio.gather(*(_looks(opened, one, repair) for one in service or migrations()))
            return [look for looks in answers for look in looks]

    looks = asyncio.run(asked())
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode([_plain(look) for look in looks])).decode())
    else:
        for look in looks:
            _say(look)
    if any(look.trouble or _left(look) for look in looks):
        raise typer.Exit(1)


async def _looks(bus: Bus, service: str, repair: bool) -> Sequence[Look]:
    try:
        return (await bus.request(Reconcile(service=service, repair=repair), timeout=_PATIENCE)).looks
    except NoAnswer:
        return [Look(reconciler=service, trouble=f"did not answer within {_PATIENCE:.0f} s")]
    except Unavailable:
        return [Look(reconciler=service, trouble="nobody answers just now: is it running?")]


def _say(look: Look) -> None:
    if look.trouble:
        typer.echo(f"{look.reconciler}: {look.trouble}")
        return
    repaired = sum(one.repaired for one in look.differences)
    typer.echo(f"{look.reconciler}: {look.total or 'nothing'} differs" + (f", {repaired} repaired" if repaired else ""))
    for one in look.differences:
        typer.echo(f"  {one.thing}: {one.found}, should be {one.expected}" + (" (repaired)" if one.repaired else ""))
    if look.total > len(look.differences):
        typer.echo(f"  and {look.total - len(look.differences)} more")


def _left(look: Look) -> bool:
    return look.total > len(look.differences) or not all(one.repaired for one in look.differences)


def _plain(look: Look) -> Mapping[str, object]:
    return {
        "reconciler": look.reconciler,
        "total": look.total,
        "trouble": look.trouble,
        "differences": look.differences,
    }
