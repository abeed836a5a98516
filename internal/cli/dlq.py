"""`aisle dlq`: what could not be handled, why, and once that is repaired: again."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, TypeVar

import msgspec
import typer

from internal.cli.display import aligned
from internal.cli.reaching import bus, reached
from internal.cli.trouble import BadSetting
from internal.platform.bus import REPLAYING, Bus, NoAnswer, Parked, find, letters, original
from internal.platform.faults import Unavailable
from proto.dlq import Replay, Replayed

__all__ = ["dlq"]

T = TypeVar("T")

_REASON_SHOWN = 80  # characters of a reason in the list; `show` has all of it
_DATA = typer.Option(None, metavar="FOLDER", help="Of which installation [AISLE_DATA, .aisle]")
_STREAM = typer.Option("*", metavar="NAME", help="Only of this stream, such as ORDERS")
_DURABLE = typer.Option("*", metavar="NAME", help="Only of this durable, such as inventory-sells")
_REASON = typer.Option("", metavar="WORDS", help="Only where the reason or the error holds these words")
_NUMBERS = typer.Argument(None, metavar="[NUMBER]...", help="Which ones, as `list` numbers them")
_JSON = typer.Option(False, "--json", help="For a program to read")

dlq = typer.Typer(
    help="The dead letters: messages that could not be handled. See them, and once the cause is repaired, replay them.",
    no_args_is_help=True,
)


@dlq.command("list")
def list_letters(
    stream: str = _STREAM,
    durable: str = _DURABLE,
    reason: str = _REASON,
    limit: int = typer.Option(50, min=1, help="So many at most"),
    as_json: bool = _JSON,
    data: str | None = _DATA,
) -> None:
    """What lies there, the newest first."""
    found = _with_bus(data, lambda bus: _chosen(bus, stream, durable, reason))
    shown = found[::-1][:limit]
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode([_plain(one) for one in shown])).decode())
        return
    for line in aligned([("number", "parked at", "durable", "subject", "tries", "reason"), *map(_row, shown)]):
        typer.echo(line)
    typer.echo(f"{len(found)} dead letters" + (f", the newest {limit} shown" if len(found) > limit else ""))


@dlq.command()
def show(number: int, as_json: bool = _JSON, data: str | None = _DATA) -> None:
    """One of them whole: where it comes from, its headers, the error, the body."""
    parked, body = _with_bus(data, lambda bus: _whole(bus, number))
    if as_json:
        text = None if body is None else body.decode(errors="replace")
        typer.echo(msgspec.json.format(msgspec.json.encode({**_plain(parked), "body": text})).decode())
        return
    plain = _plain(parked)
    headers = plain.pop("headers", {})
    for line in aligned([(name, str(value)) for name, value in plain.items()]):
        typer.echo(line)
    typer.echo("\nheaders")
    for line in aligned([(f"  {name}", value) for name, value in headers.items()]) if headers else ["  none"]:
        typer.echo(line)
    typer.echo(f"\nbody\n{_pretty(body)}")


@dlq.command()
def replay(
    numbers: list[int] = _NUMBERS,
    every: bool = typer.Option(False, "--all", help="All of them, or all that the filters leave"),
    stream: str = _STREAM,
    durable: str = _DURABLE,
    reason: str = _REASON,
    dry_run: bool = typer.Option(False, "--dry-run", help="Only say which ones"),
    data: str | None = _DATA,
) -> None:
    """Hand them in again, the oldest first, each to the durable that could not handle it and to no other.

    One that is handled is gone from the dead letters. One that fails lies there again, under a new number and counted.
    The service must be running. Ends with 1 when any of them was not handled.
    """
    filtered = (stream, durable, reason) != ("*", "*", "")
    if bool(numbers) == (every or filtered):
        raise BadSetting("say which: numbers, or --all, or a filter")

    async def work(bus: Bus) -> list[str]:
        found = await _numbered(bus, numbers) if numbers else await _chosen(bus, stream, durable, reason)
        if dry_run:
            for parked in found:
                typer.echo(f"{parked.number}: {parked.letter.subject} would go to {parked.letter.durable}")
            return []
        return [outcome async for outcome in _replayed(bus, found)]

    outcomes = _with_bus(data, work)
    if not dry_run:
        counts = [f"{outcomes.count(one)} {one}" for one in ("handled", "failed", "left", "gone") if one in outcomes]
        typer.echo(", ".join(counts) or "there was nothing to replay")
    if any(outcome in {"failed", "left"} for outcome in outcomes):
        raise typer.Exit(1)


async def _replayed(bus: Bus, found: Sequence[Parked]) -> AsyncIterator[str]:
    for number, letter, *_ in found:
        command = Replay(stream=letter.stream, durable=letter.durable, number=number)
        try:
            answer = await bus.request(command, timeout=REPLAYING)
        except NoAnswer:
            answer = Replayed(outcome="left", reason=f"{letter.durable} did not answer within {REPLAYING:.0f} s")
        except Unavailable:
            answer = Replayed(outcome="left", reason=f"nobody listens as {letter.durable} just now: is it running?")
        again = f", now number {answer.number}" if answer.number is not None else ""
        why = f": {answer.reason}" if answer.reason else ""
        typer.echo(f"{number}: {letter.durable}: {answer.outcome}{again}{why}")
        yield answer.outcome


async def _chosen(bus: Bus, stream: str, durable: str, reason: str) -> list[Parked]:
    """The oldest first."""
    if any(set(name) & set(" .>") or not name for name in (stream, durable)):
        raise BadSetting("a stream or a durable is one name, such as ORDERS or inventory-sells")
    found = await letters(bus, stream, durable)
    return [one for one in found if reason.lower() in f"{one.letter.reason}\n{one.letter.error}".lower()]


async def _numbered(bus: Bus, numbers: Sequence[int]) -> list[Parked]:
    return [await _one(bus, number) for number in sorted(set(numbers))]


async def _one(bus: Bus, number: int) -> Parked:
    parked = await find(bus, number) if number > 0 else None
    if parked is None:
        raise BadSetting(f"no dead letter has the number {number}")
    return parked


async def _whole(bus: Bus, number: int) -> tuple[Parked, bytes | None]:
    parked = await _one(bus, number)
    return parked, await original(bus, parked)


def _with_bus(data: str | None, work: Callable[[Bus], Awaitable[T]]) -> T:
    async def connected() -> T:
        async with bus(reached(os.environ, data)) as opened:
            return await work(opened)

    return asyncio.run(connected())


def _row(parked: Parked) -> tuple[str, ...]:
    number, letter, *_ = parked
    why = " ".join(f"{letter.reason}: {letter.error}".split()) if letter.error else letter.reason
    tries = f"{letter.deliveries} ({letter.replays} replayed)" if letter.replays else str(letter.deliveries)
    moment = f"{letter.parked_at:%Y-%m-%d %H:%M:%SZ}"
    return str(number), moment, letter.durable, letter.subject, tries, why[:_REASON_SHOWN]


def _plain(parked: Parked) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(parked.letter)
    return {"number": parked.number, "size": parked.size, **plain}


def _pretty(body: bytes | None) -> str:
    if body is None:
        return "was too large to be parked, and its stream has it no more"
    try:
        return msgspec.json.format(body).decode()
    except (msgspec.DecodeError, UnicodeDecodeError):  # it may lie here because it is no JSON
        return body.decode(errors="backslashreplace")
