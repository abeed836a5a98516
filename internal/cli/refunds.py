"""`aisle refunds`: money that should go back and will not by itself, and to say that a person gave it back."""

from __future__ import annotations

import asyncio
import getpass
import os
from typing import Any

import msgspec
import typer

from internal.cli.display import aligned
from internal.cli.reaching import answered, bus, reached
from internal.cli.trouble import BadSetting
from internal.platform.bus import Bus
from internal.platform.faults import Fault
from proto.orders import OrderFacts, RefundByHand
from proto.payments import ListOwed, Owed, RefundFacts, SettleRefund

__all__ = ["refunds"]

_DATA = typer.Option(None, metavar="FOLDER", help="Of which installation [AISLE_DATA, .aisle]")
_JSON = typer.Option(False, "--json", help="For a program to read")
_PATIENCE = 10.0  # seconds: a row, its books and its events, on a busy machine
_SAME_NUMBER = ("refund", "checkout", "order", "pay")  # a checkout, its order, its payment and its way back share one
_TOLD = "refund_not_owed"  # payments' word for: an order asked for it, and was told that it failed

refunds = typer.Typer(
    help="Refunds that the bank will not carry out: see them, and say that the money was given back by hand.",
    no_args_is_help=True,
)


@refunds.command("list")
def list_refunds(as_json: bool = _JSON, data: str | None = _DATA) -> None:
    """Those that a person must see to, the oldest first: the buyer's money is kept and no bank will give it back."""
    found: Owed = answered(data, ListOwed())
    if as_json:
        _print(found)
        return
    heading = ("refund", "order", "provider", "amount", "since", "why")
    rows = [
        (
            one.refund_id,
            one.order_id,
            one.provider,
            f"{one.amount} {one.currency}",
            one.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            f"{one.code}: {one.message}",
        )
        for one in found.refunds
    ]
    for line in aligned([heading, *rows]):
        typer.echo(line)
    typer.echo(f"{len(found.refunds)} refunds to see to")


@refunds.command()
def settle(
    refund_id: str = typer.Argument(metavar="REFUND", help="Its id, or that of its checkout, order or payment"),
    given_back: str = typer.Option(..., metavar="HOW", help="How it was given back: 'bank transfer 123'"),
    by: str = typer.Option("", metavar="NAME", help="Who gave it back [the name you are logged in by]"),
    as_json: bool = _JSON,
    data: str | None = _DATA,
) -> None:
    """Say that a refund's money was given back by hand, once you have done it: it cannot be taken back.

    The books keep how and by whom. Whoever waits for the refund goes on as if the bank had said yes: the seats are
    free, the order is refunded or cancelled, its tickets open no door. Of a refund that an order was told had failed,
    the seats are refunded anew.
    """
    settled = asyncio.run(_settle(data, _refund_of(refund_id), given_back, by or getpass.getuser()))
    if as_json:
        _print(settled)
    elif isinstance(settled, OrderFacts):
        typer.echo(f"{settled.order_id}: its seats are being refunded, by hand")
    else:
        typer.echo(f"{settled.refund_id}: {settled.amount} {settled.currency} given back by hand: {settled.by_hand}")


async def _settle(data: str | None, refund_id: str, how: str, who: str) -> RefundFacts | OrderFacts:
    async with bus(reached(os.environ, data)) as opened:
        try:
            asked = SettleRefund(refund_id=refund_id, by_hand=how, settled_by=who)
            return await opened.request(asked, timeout=_PATIENCE)
        except Fault as fault:
            if fault.code != _TOLD:
                raise
        return await _anew(opened, RefundByHand(refund_id=refund_id, by_hand=how, settled_by=who))


async def _anew(opened: Bus, asked: RefundByHand) -> OrderFacts:
    return await opened.request(asked, timeout=_PATIENCE)


def _refund_of(named: str) -> str:
    kind, _, number = named.partition("_")
    if kind not in _SAME_NUMBER or not number:
        raise BadSetting(f"{named} is no refund, checkout, order or payment")
    return f"refund_{number}"


def _print(what: Any) -> None:
    typer.echo(msgspec.json.format(msgspec.json.encode(what)).decode())
