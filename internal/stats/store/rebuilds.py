"""Rebuilds: who counts anew, how far, and the change from one generation to the next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from internal.platform.postgres import Tx, execute, many, maybe, one

__all__ = ["Rebuild", "ask", "begin", "carry_over", "find", "finish", "gave_up", "swap", "take", "went_on"]

_REBUILD = "id, event_id, state, showtimes, facts, trouble"
_TABLES = ("counts", "revenue", "sales", "funnel", "blocked_seats")


class Rebuild(msgspec.Struct, frozen=True):
    """A rebuild as it stands."""

    id: str
    event_id: str | None
    state: Literal["asked", "running", "done"]
    showtimes: int
    facts: int
    trouble: str


class _Number(msgspec.Struct, frozen=True):
    number: int


class _Id(msgspec.Struct, frozen=True):
    id: str


async def ask(tx: Tx, rebuild_id: str, event_id: str | None) -> None:
    """To be done; asked twice it is one."""
    sql = "insert into rebuilds (id, event_id, state) values (%s, %s, 'asked') on conflict do nothing"
    await execute(tx, sql, [rebuild_id, event_id])


async def find(tx: Tx, rebuild_id: str) -> Rebuild | None:
    return await maybe(tx, Rebuild, f"select {_REBUILD} from rebuilds where id = %s", [rebuild_id])


async def take(tx: Tx, seconds: float) -> Rebuild | None:
    """The oldest one that is not done, unless some replica is at one: they go one after another."""
    await tx.execute("select pg_advisory_xact_lock(hashtext('rebuilds'))")
    return await maybe(
        tx,
        Rebuild,
        "update rebuilds set state = 'running', facts = 0, leased_until = now() + make_interval(secs => %s)"
        " where id = (select id from rebuilds where state <> 'done' order by asked_at, id limit 1)"
        f" and not exists (select from rebuilds where leased_until > now()) returning {_REBUILD}",
        [seconds],
    )


async def went_on(tx: Tx, rebuild_id: str, seconds: float, *, showtimes: int, facts: int) -> None:
    """It goes on, and is so far."""
    await execute(
        tx,
        "update rebuilds set leased_until = now() + make_interval(secs => %s), showtimes = %s, facts = %s"
        " where id = %s",
        [seconds, showtimes, facts, rebuild_id],
    )


async def gave_up(tx: Tx, rebuild_id: str, trouble: str) -> None:
    """This try came to nothing; whoever comes next begins anew."""
    sql = "update rebuilds set leased_until = '-infinity', trouble = %s where id = %s and state = 'running'"
    await execute(tx, sql, [trouble, rebuild_id])


async def finish(tx: Tx, rebuild_id: str) -> None:
    sql = "update rebuilds set state = 'done', leased_until = '-infinity', trouble = '' where id = %s"
    await execute(tx, sql, [rebuild_id])


async def begin(tx: Tx, showtime_ids: Sequence[str]) -> int:
    """From here on each fact of these showtimes counts twice: in what is shown, and in this new generation."""
    number = (await one(tx, _Number, "select nextval('generations') as number")).number
    await execute(tx, "update showtimes set building = %s where showtime_id = any(%s)", [number, list(showtime_ids)])
    return number


async def carry_over(tx: Tx, showtime_ids: Sequence[str], building: int, before: datetime) -> None:
    """How holds went until then, which nobody else remembers: from what is shown into what is built."""
    await execute(tx, _CARRY_OVER, {"to": building, "ids": list(showtime_ids), "before": before})


_CARRY_OVER = """
with old as (
    insert into funnel (showtime_id, generation, section_id, minute, bought, unsold, holds, holds_sold)
    select showtime_id, %(to)s, section_id, minute, bought, unsold, holds, holds_sold
    from funnel join showtimes using (showtime_id, generation)
    where showtime_id = any(%(ids)s) and minute < %(before)s returning *)
insert into counts (showtime_id, generation, section_id, bought, unsold, holds, holds_sold)
select showtime_id, %(to)s, section_id, sum(bought), sum(unsold), sum(holds), sum(holds_sold) from old group by 1, 3
on conflict (showtime_id, generation, section_id) do update set
    bought = counts.bought + excluded.bought, unsold = counts.unsold + excluded.unsold,
    holds = counts.holds + excluded.holds, holds_sold = counts.holds_sold + excluded.holds_sold
"""


async def swap(tx: Tx, showtime_ids: Sequence[str], building: int) -> list[str]:
    """What was built is shown from now on, and what was shown before is gone; of which showtimes."""
    swapped = [
        row.id
        for row in await many(
            tx,
            _Id,
            "select showtime_id as id from showtimes where showtime_id = any(%s) and building = %s"
            " order by showtime_id for update",
            [list(showtime_ids), building],
        )
    ]
    await execute(
        tx,
        "update showtimes set generation = building, building = null, version = version + 1"
        " where showtime_id = any(%s)",
        [swapped],
    )
    await tx.execute("set local statement_timeout = '60s'")  # years of minutes may go
    for table in _TABLES:
        await execute(
            tx,
            f"delete from {table} where showtime_id = any(%s) and generation <> %s",
            [swapped, building],
        )
    return swapped
