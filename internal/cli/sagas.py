"""`aisle sagas`: what the orchestrator is about, what is stuck and why; to try one at once, or to give one up."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
import typer

from internal.cli.display import aligned
from internal.cli.reaching import answered, bus, reached
from internal.cli.trouble import BadSetting
from proto.checkout import AbandonSaga, GetSaga, ListSagas, RetrySaga, SagaFacts, SagaStep, WhichSagas

__all__ = ["sagas"]

_ERROR_SHOWN = 80  # characters of an error in the list; `show` has all that is kept
_PAGE = 200  # sagas of one question, as many as the service gives
_DATA = typer.Option(None, metavar="FOLDER", help="Of which installation [AISLE_DATA, .aisle]")
_JSON = typer.Option(False, "--json", help="For a program to read")
_ID = typer.Argument(metavar="SAGA", help="Its id, as `list` shows it")

sagas = typer.Typer(
    help="The sagas of checkout: purchases and refunds under way. See them, try one at once, give one up.",
    no_args_is_help=True,
)


@sagas.command("list")
def list_sagas(
    which: str = typer.Argument("live", help="live, stuck, running, undoing, completed, failed, abandoned or all"),
    limit: int = typer.Option(50, min=1, help="So many at most"),
    as_json: bool = _JSON,
    data: str | None = _DATA,
) -> None:
    """The newest first. Live ones go on by themselves; stuck ones do, too, but have failed many times in a row."""
    found = asyncio.run(_found(data, _which(which), limit))
    if as_json:
        _print(found)
        return
    heading = ("saga", "name", "status", "step", "since", "tries", "error")
    for line in aligned([heading, *map(_row, found)]):
        typer.echo(line)
    typer.echo(f"{len(found)} {which} sagas")


@sagas.command()
def show(saga_id: str = _ID, as_json: bool = _JSON, data: str | None = _DATA) -> None:
    """One of them: what it knows, and each step with its tries, its times and its last error."""
    _tell(answered(data, GetSaga(saga_id=saga_id)), as_json=as_json)


@sagas.command()
def retry(saga_id: str = _ID, as_json: bool = _JSON, data: str | None = _DATA) -> None:
    """Try its next step now: what it failed at is repaired."""
    _tell(answered(data, RetrySaga(saga_id=saga_id)), as_json=as_json)


@sagas.command()
def abandon(
    saga_id: str = _ID,
    reason: str = typer.Option(..., help="Why; the buyer reads it"),
    as_json: bool = _JSON,
    data: str | None = _DATA,
) -> None:
    """Give it up. One that runs turns back: the money is returned, the seats are released, the order is cancelled.

    One that is on its way back already ends where it stands, and what is left to undo is left to you. Not with the
    buyer's money still kept: give that back by hand and say so with `aisle refunds settle`, and it goes on by itself.
    """
    _tell(answered(data, AbandonSaga(saga_id=saga_id, reason=reason)), as_json=as_json)


def _which(word: str) -> WhichSagas:
    try:
        return msgspec.convert(word, WhichSagas)  # type: ignore[no-any-return]  # a Literal is no type to the checker
    except msgspec.ValidationError:
        raise BadSetting(
            f"{word} is none of: live, stuck, running, undoing, completed, failed, abandoned, all"
        ) from None


async def _found(data: str | None, which: WhichSagas, limit: int) -> list[SagaFacts]:
    found: list[SagaFacts] = []
    async with bus(reached(os.environ, data)) as opened:
        while len(found) < limit:
            after = found[-1].saga_id if found else ""
            asked = ListSagas(which=which, after=after, limit=min(limit - len(found), _PAGE))
            page = (await opened.request(asked)).sagas
            found += page
            if len(page) < asked.limit:
                break
    return found


def _row(saga: SagaFacts) -> tuple[str, ...]:
    step = _current(saga)
    status = saga.status + (" (stuck)" if saga.stuck else "")
    error = step.error or saga.code
    tries = str(step.undos if saga.status == "undoing" else step.tries)
    return (saga.saga_id, saga.name, status, step.name, _time(saga.created_at), tries, error[:_ERROR_SHOWN])


def _current(saga: SagaFacts) -> SagaStep:
    return next(step for step in saga.steps if step.name == saga.step)


def _tell(saga: SagaFacts, *, as_json: bool) -> None:
    if as_json:
        _print(saga)
        return
    for line in aligned(_whole(saga)):
        typer.echo(line)
    typer.echo("")
    heading = ("step", "state", "tries", "undos", "began", "ended", "deadline", "error")
    for line in aligned([heading, *map(_step, saga.steps)]):
        typer.echo(line)


def _whole(saga: SagaFacts) -> Iterator[tuple[str, str]]:
    yield "saga", saga.saga_id
    yield "name", saga.name
    yield "status", saga.status + (" (stuck)" if saga.stuck else "")
    if saga.code:
        yield "reason", f"{saga.code}: {saga.message}"
    yield "began", _time(saga.created_at)
    yield ("ended", _time(saga.ended_at)) if saga.ended_at else ("next try", _time(saga.due_at))
    for name, value in saga.about.items():
        if value not in ("", None, {}):
            yield name, str(value)


def _step(step: SagaStep) -> tuple[str, ...]:
    times = [_time(moment) for moment in (step.started_at, step.ended_at, step.deadline_at)]
    return (step.name, step.state, str(step.tries), str(step.undos), *times, step.error)


def _time(moment: datetime | None) -> str:
    return "" if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _print(what: Any) -> None:
    typer.echo(msgspec.json.format(msgspec.json.encode(what)).decode())
