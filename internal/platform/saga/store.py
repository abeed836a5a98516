"""Where each saga stands, in the owning service's database. Every line of the engine's SQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from internal.platform.postgres import Database, Tx, execute, many, maybe, one
from internal.platform.saga.declared import Plan
from internal.platform.saga.domain import Saga, StepRecord
from internal.platform.saga.walking import Noted

__all__ = ["TOPIC", "Count", "PostgresLedger", "begin", "change", "counts", "find", "forget", "page", "wake"]

TOPIC = "sagas"

_COLUMNS = """
    id, name, subject, status, position, data, reason, stuck, due_at, created_at, ended_at, signals, wakes,
    (select jsonb_agg(to_jsonb(step) order by step.position) from saga_steps as step
     where step.saga_id = sagas.id) as steps
"""
_LIVE = "status in ('running', 'undoing')"
_CHUNK = 1_000  # rows of one delete, each with a handful of steps: what waits behind it waits for a moment
_AGAIN = 3  # tries to begin one whose subject was taken a moment ago: its owner may have ended between two looks


class _Woken(msgspec.Struct, frozen=True):
    rests: bool


class Count(msgspec.Struct, frozen=True):
    """How many sagas of a name go on, and how many of them are stuck."""

    name: str
    running: int
    stuck: int


async def begin(tx: Tx, saga: Saga, lease: str, seconds: float) -> Saga:
    """This saga, now leased; or the one that has its id already; or the one that has its subject."""
    for _ in range(_AGAIN):
        if await _inserted(tx, saga, lease, seconds):
            return saga
        found = await find(tx, saga.id) or await _about(tx, saga.name, saga.subject)
        if found is not None:
            return found
    raise LookupError(f"saga {saga.id} could neither be begun nor found")


async def _inserted(tx: Tx, saga: Saga, lease: str, seconds: float) -> bool:
    params = {
        **_params(saga, None),
        **{name: getattr(saga, name) for name in ("name", "subject", "created_at")},
        "owner": lease,
        "seconds": seconds if lease else 0.0,
    }
    return bool(await execute(tx, _BEGIN, params))


async def wake(tx: Tx, saga_id: str, signal: str = "", *, until: int | None = None) -> bool:
    """Something happened that this saga waits for, if it has not gone beyond that step; whether there is such a one.

    Who walks it just now reads of it when he notes the next step; only one that rests needs somebody to take it up.
    """
    woken = await maybe(
        tx,
        _Woken,
        "update sagas set wakes = wakes + 1, due_at = least(due_at, now()),"
        " signals = case when %(signal)s = '' or %(signal)s = any(signals) then signals else signals || %(signal)s end"
        f" where id = %(id)s and {_LIVE} and (%(until)s::int is null or position <= %(until)s)"
        " returning leased_until <= now() as rests",
        {"id": saga_id, "signal": signal, "until": until},
    )
    if woken is not None and woken.rests:
        tx.announce(TOPIC)
    return woken is not None


async def find(tx: Tx, saga_id: str, *, lock: bool = False) -> Saga | None:
    """One saga."""
    sql = f"select {_COLUMNS} from sagas where id = %s{' for update' if lock else ''}"
    return await maybe(tx, Saga, sql, [saga_id])


async def _about(tx: Tx, name: str, subject: str) -> Saga | None:
    sql = f"select {_COLUMNS} from sagas where name = %s and subject = %s and ({_LIVE} or status = 'completed')"
    return await maybe(tx, Saga, sql, [name, subject])


async def page(tx: Tx, *, which: str, after: str, limit: int) -> list[Saga]:
    """Sagas by the time of their beginning, the newest first: `live`, `stuck`, or of one status."""
    where = {"live": _LIVE, "stuck": f"{_LIVE} and stuck", "all": "true"}.get(which, "status = %(which)s")
    return await many(
        tx,
        Saga,
        f"select {_COLUMNS} from sagas where {where} and (%(after)s = '' or (created_at, id) <"
        " (select created_at, id from sagas where id = %(after)s)) order by created_at desc, id desc limit %(limit)s",
        {"which": which, "after": after, "limit": limit},
    )


async def counts(tx: Tx) -> list[Count]:
    """What goes on, by name."""
    return await many(
        tx,
        Count,
        "select name, count(*) as running, count(*) filter (where stuck) as stuck"
        f" from sagas where {_LIVE} group by name",
    )


async def forget(tx: Tx, days: int) -> int:
    """Sagas that ended so long ago, with their steps; how many of them."""
    return await execute(
        tx,
        "delete from sagas where ctid = any(array(select ctid from sagas"
        f" where ended_at < now() - make_interval(days => %s) and not ({_LIVE}) limit %s for update skip locked))",
        [days, _CHUNK],
    )


async def change(tx: Tx, before: Saga, saga: Saga) -> None:
    """What a person decided about a saga that is locked; a runner that has it just now notes nothing any more."""
    await one(tx, Noted, _note("id = %(id)s"), _params(saga, before, rests=True))
    tx.announce(TOPIC)


class PostgresLedger:
    """The sagas of one service, for its runners."""

    def __init__(self, database: Database, lease: float) -> None:
        self._database = database
        self._lease = lease

    async def take(self, plans: Sequence[str], lease: str, seconds: float) -> Saga | None:
        """Lease the saga that has been due for the longest and that nobody has."""
        async with self._database.read() as tx:
            return await maybe(
                tx,
                Saga,
                "update sagas set owner = %s, leased_until = now() + make_interval(secs => %s) where id = ("
                f" select id from sagas where {_LIVE} and due_at <= now() and leased_until <= now() and name = any(%s)"
                f" order by due_at limit 1 for update skip locked) returning {_COLUMNS}",
                [lease, seconds, list(plans)],
            )

    async def note(self, before: Saga, saga: Saga, lease: str, *, rests: bool) -> Noted | None:
        """Write where it stands, if the lease still holds; one that rests is free for everybody."""
        async with self._database.read() as tx:  # one statement, so it is its own transaction
            return await self._note(tx, before, saga, lease, rests=rests)

    async def _note(self, tx: Tx, before: Saga, saga: Saga, lease: str, *, rests: bool) -> Noted | None:
        params = {**_params(saga, before, rests=rests), "owner": lease, "seconds": self._lease}
        return await maybe(tx, Noted, _note("id = %(id)s and owner = %(owner)s"), params)

    async def end(self, plan: Plan[Any], before: Saga, saga: Saga, lease: str) -> bool:
        """Write how it ended, with what belongs to that; false if the lease was lost."""

        async def work(tx: Tx) -> bool:
            if await self._note(tx, before, saga, lease, rests=True) is None:
                return False
            await plan.ended(tx, saga)
            return True

        return await self._database.run(work)

    async def renew(self, leases: Sequence[str], seconds: float) -> None:
        """Keep what is being walked."""
        async with self._database.read() as tx:
            await execute(
                tx,
                "update sagas set leased_until = now() + make_interval(secs => %s) where owner = any(%s)",
                [seconds, list(leases)],
            )

    async def give_back(self, lease: str) -> None:
        """Somebody else may go on at once."""
        async with self._database.read() as tx:
            await execute(tx, "update sagas set owner = '', leased_until = '-infinity' where owner = %s", [lease])


_STEP_COLUMNS = "position, name, state, tries, undos, failures, error, started_at, tried_at, ended_at, deadline_at"
_STEPS = f"""
insert into saga_steps (saga_id, {_STEP_COLUMNS})
select kept.id, step.* from kept, jsonb_to_recordset(%(steps)s) as step(
    position int, name text, state text, tries int, undos int, failures int, error text,
    started_at timestamptz, tried_at timestamptz, ended_at timestamptz, deadline_at timestamptz)
on conflict (saga_id, position) do update set ({_STEP_COLUMNS}) =
    ({", ".join(f"excluded.{column.strip()}" for column in _STEP_COLUMNS.split(","))})
"""

_BEGIN = f"""
with kept as (
    insert into sagas (id, name, subject, status, position, data, due_at, created_at, owner, leased_until)
    values (%(id)s, %(name)s, %(subject)s, %(status)s, %(position)s, %(data)s, %(due_at)s, %(created_at)s, %(owner)s,
        now() + make_interval(secs => %(seconds)s))
    on conflict do nothing returning id
)
{_STEPS}
"""


def _note(where: str) -> str:
    """A wake that the writer had not read makes the saga due at once: the step may have looked before it came."""
    return f"""
with kept as (
    update sagas set status = %(status)s, position = %(position)s, data = %(data)s, reason = %(reason)s,
        stuck = %(stuck)s, ended_at = %(ended_at)s,
        due_at = case when wakes > %(wakes)s then least(%(due_at)s, now()) else %(due_at)s end,
        owner = case when %(rests)s then '' else owner end,
        leased_until = case when %(rests)s then '-infinity' else now() + make_interval(secs => %(seconds)s) end
    where {where} returning id, wakes, signals, due_at
), told as ({_STEPS})
select wakes, signals, due_at <= now() as due from kept
"""


def _params(saga: Saga, before: Saga | None, *, rests: bool = False) -> dict[str, Any]:
    reason = None if saga.reason is None else Jsonb(msgspec.to_builtins(saga.reason))
    return {
        **{name: getattr(saga, name) for name in ("id", "position", "stuck", "ended_at", "due_at", "wakes")},
        "status": saga.status.value,
        "data": Jsonb(saga.data),
        "reason": reason,
        "rests": rests,
        "seconds": 0.0,
        "steps": Jsonb(_changed(saga, before)),
    }


def _changed(saga: Saga, before: Saga | None) -> list[dict[str, Any]]:
    old: Sequence[StepRecord | None] = before.steps if before is not None else [None] * len(saga.steps)
    return [
        {"position": position, **msgspec.to_builtins(step)}
        for position, (step, was) in enumerate(zip(saga.steps, old, strict=True))
        if step != was
    ]
