"""All that a request could have changed: a checksum of each table of each service, and the contents of Redis.

The statistics only follow what the others tell, so they are looked at when nothing is on its way to them any more: no
outbox holds a fact, their durables have nothing left to do, and what they counted they have told.
"""

from __future__ import annotations

from typing import Any, cast

import psycopg
from psycopg import sql
from redis.asyncio import Redis

from internal.platform.bus import behind
from internal.stats.consumers import COUNTED
from internal.stats.service import SERVICE as STATS
from tests.running import System
from tests.waiting import until

__all__ = ["messages_wait", "state"]

# What moves by itself: relays publish and delete, tokens are drawn, loops prune, replicas renew their leases and sign
# the roster; the trail writes down what was done before.
_RESTLESS = {"outbox", "inbox", "idempotency", "_yoyo_log", "yoyo_lock"}
_RESTLESS |= {"audit_events", "audit_entities", "audit_head", "known_showtimes", "known_orders", "reservations"}
_RESTLESS_KEYS = (b"rate:", b"{shares:", b":outbox", b"stats:", b"roster")
_COUNTING = {"stats-showtimes", *COUNTED}


async def state(system: System, redis_url: str) -> dict[str, Any]:
    """Of this moment, or a little later: the statistics are waited for."""
    async with Redis.from_url(redis_url) as redis:
        await until(lambda: _counted(system, redis), seconds=60)
        kept: dict[str, Any] = {}
        for name, url in system.databases.items():
            kept |= {f"{name}.{table}": told for table, told in (await _tables(url)).items()}
        for key in await _keys(redis):
            if not any(restless in key for restless in _RESTLESS_KEYS):
                kept[key.decode()] = await redis.dump(key)
    return kept


async def messages_wait(system: System) -> bool:
    """Whether a message of the bank's is still to be looked into: payments may wait a second before it does."""
    return await _holds(system, "payments", "select exists (select from webhook_events where due_at is not null)")


async def _counted(system: System, redis: Redis) -> bool:
    """Nothing is on its way to the statistics; looked at in the order in which it would go."""
    if STATS.name not in system.databases:
        return True
    for key in await _keys(redis):
        if key.endswith(b":outbox") and await redis.xlen(key):
            return False
    for name in system.databases:
        if await _holds(system, name, "select exists (select from outbox)"):
            return False
    if any(one.durable in _COUNTING for one in await behind(system.bus)):
        return False
    return not await _holds(system, STATS.name, "select exists (select from showtimes where version > told)")


async def _tables(url: str) -> dict[str, Any]:
    async with await psycopg.AsyncConnection.connect(url) as tx:
        named = await (await tx.execute("select tablename from pg_tables where schemaname = 'public'")).fetchall()
        kept = {}
        for (table,) in named:
            if table in _RESTLESS or table.startswith("_yoyo"):
                continue
            rows = sql.SQL("select count(*), md5(string_agg(t::text, '' order by t::text)) from {} t")
            kept[table] = await (await tx.execute(rows.format(sql.Identifier(table)))).fetchone()
    return kept


async def _keys(redis: Redis) -> list[bytes]:
    return sorted(cast("list[bytes]", await redis.keys()))


async def _holds(system: System, service: str, question: str) -> bool:
    async with await psycopg.AsyncConnection.connect(system.databases[service]) as tx:
        found = await (await tx.execute(question)).fetchone()
        return bool(found and found[0])
