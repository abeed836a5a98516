"""The operator's side of the checks: twice looked, waited for, printed."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from time import monotonic

import msgspec
import typer

from internal.cli.check import endings, holds, money, seats, telling
from internal.cli.check.facts import Facts
from internal.cli.check.reading import Books, opened
from internal.cli.check.tables import By
from internal.cli.check.verdict import Finding, Invariant, State, Verdict, confirmed, judged_by
from internal.cli.databases import migrations
from internal.cli.reaching import bus, database_urls, reached, url
from internal.platform.bus import Bus

__all__ = ["INVARIANTS", "check", "looked"]

_BETWEEN = 2.0  # seconds from one look to the next: a step that is half done is done in a tenth of that
_ASK_EVERY = 1.0  # seconds, while waiting
_SHOWN = 20  # findings of one sentence; the JSON has all
_ENDS = frozenset({4, 6})  # the sentences that a wait gives time to come true

# What must always hold, in a sentence each, and what it is held against. The last is about what only follows: where no
# statistics are kept, none are wrong.
INVARIANTS = (
    Invariant(
        1, "a seat has at most one live claim and one sold ticket", ("inventory", "orders", "tickets", "ledger"),
        {By.SHOWTIME: (seats.one_claim, seats.one_sale, seats.one_ticket)},
    ),
    Invariant(
        2, "nobody is charged for a seat that was not claimed for them", ("inventory", "orders", "payments"),
        {By.ORDER: (money.charged_for_claims,)},
    ),
    Invariant(
        3, "captured - refunded = the value of the good tickets, in all books",
        ("orders", "tickets", "inventory", "payments"),
        {By.ORDER: (money.kept_for_tickets, money.seats_for_money, money.books_agree, money.owed)},
    ),
    Invariant(
        4, "an accepted order reaches a final state", ("checkout", "orders", "bookings"),
        {By.ORDER: (endings.walked, endings.final)},
    ),
    Invariant(
        5, "asked twice has one effect", ("orders", "payments", "checkout"),
        {
            By.HOLD: (endings.bought_once,), By.ORDER: (endings.paid_once,), By.SUBJECT: (endings.walked_once,),
        },
    ),
    Invariant(
        6, "what was committed is published, and has its effect once", ("nats", "redis", "ledger", "orders", "trail"),
        {By.WHOLE: (telling.published, telling.unmeddled), By.ORDER: (telling.effects,)},
    ),
    Invariant(
        7, "a hold is not cut short, and its seats are free within a second", ("redis",),
        {By.WHOLE: (holds.in_time,)},
    ),
    Invariant(8, "limits hold: seats of a buyer, capacity of a hall", ("inventory",), {By.SHOWTIME: (seats.limits,)}),
    Invariant(9, "Redis is as Postgres says", ("redis", "reconcilers"), {By.WHOLE: (holds.agreed,)}),
    Invariant(
        10, "nothing is lost silently: dead letters can be replayed", ("nats",), {By.WHOLE: (telling.kept_letters,)}
    ),
    Invariant(11, "what is shown as sold and blocked is so", ("inventory",), {By.SHOWTIME: (seats.shown,)}),
)  # fmt: skip


def check(
    wait: float = typer.Option(0, min=0, metavar="SECONDS", help="First wait until all is final, for so long at most"),
    as_json: bool = typer.Option(False, "--json", help="For a program to read"),
    data: str | None = typer.Option(None, metavar="FOLDER", help="Of which installation [AISLE_DATA, .aisle]"),
) -> None:
    """Hold the sentences of what must always hold against everything that was written down.

    Reads every database, the provider's books, Redis and the streams, and changes nothing. Says of each sentence that
    it holds, that it is pending (something is under way, or a dead letter waits for a person), what was unread, or what
    breaks it. Ends with 1 when one is broken or could not be read.
    """
    settings = reached(os.environ, data)

    async def work() -> list[Verdict]:
        async with bus(settings) as opened:
            return await looked(database_urls(settings, migrations()), url(settings, "AISLE_REDIS_URL"), opened, wait)

    verdicts = asyncio.run(work())
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode([_plain(one) for one in verdicts])).decode())
    else:
        for verdict in verdicts:
            _say(verdict)
    if any(verdict.state in {State.BROKEN, State.UNREAD} for verdict in verdicts):
        raise typer.Exit(1)


async def looked(databases: Mapping[str, str], redis_url: str, bus: Bus, wait: float = 0) -> list[Verdict]:
    """One look; and a second one where something is broken, because the system does not stand still for the first."""
    until = monotonic() + wait
    while True:
        async with opened(databases, redis_url, bus) as books:
            settled = _settled(books.facts)
            if settled or monotonic() >= until:
                verdicts = await _judged(books, bus)
                break
        await asyncio.sleep(_ASK_EVERY)
    if any(verdict.broken for verdict in verdicts):
        await asyncio.sleep(_BETWEEN)
        async with opened(databases, redis_url, bus) as books:
            settled = _settled(books.facts)
            verdicts = confirmed(verdicts, await _judged(books, bus))
    return [_overdue(verdict) for verdict in verdicts] if wait and not settled else verdicts


async def _judged(books: Books, bus: Bus) -> list[Verdict]:
    await books.look_at_trail(bus)
    return await judged_by(books.slices, books.missing, INVARIANTS)


def _settled(facts: Facts) -> bool:
    return facts.told_everything and not facts.under_way


def _overdue(verdict: Verdict) -> Verdict:
    """After the wait, what has not come to its end counts as broken."""
    if verdict.invariant.number not in _ENDS:
        return verdict
    return verdict._replace(broken=[*verdict.broken, *verdict.pending], pending=[])


def _say(verdict: Verdict) -> None:
    number, sentence, *_ = verdict.invariant
    typer.echo(f"{number:>2}  {verdict.state.value:<7}  {sentence}")
    for name, found in (("", verdict.broken), ("pending: ", verdict.pending)):
        for finding in found[:_SHOWN]:
            typer.echo(f"      {name}{finding.thing} {finding.wrong}")
        if len(found) > _SHOWN:
            typer.echo(f"      {name}and {len(found) - _SHOWN} more")
    for line in verdict.unread:
        typer.echo(f"      unread: {line}")


def _plain(verdict: Verdict) -> dict[str, object]:
    def told(found: Sequence[Finding]) -> list[dict[str, str]]:
        return [{"thing": one.thing, "wrong": one.wrong} for one in found]

    return {
        "number": verdict.invariant.number,
        "sentence": verdict.invariant.sentence,
        "state": verdict.state.value.lower(),
        "broken": told(verdict.broken),
        "pending": told(verdict.pending),
        "unread": list(verdict.unread),
    }
