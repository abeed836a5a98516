"""What is remembered of tickets, their keys and their doors. Every line of its SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from psycopg.types.json import Jsonb

from internal.orders.admission import Doors, Ticket
from internal.platform.postgres import Tx, execute, many, maybe

__all__ = [
    "Key",
    "add_key",
    "add_tickets",
    "doors",
    "forget_private_keys",
    "forget_public_keys",
    "keys",
    "keys_turn",
    "move",
    "reissue",
    "restore",
    "revoke",
    "ticket",
    "tickets_of",
]

_KEYS_TURN = 0x_71C_4E7  # the advisory lock of whoever decides about keys; orders uses the number for nothing else
_TICKETS = """
select id, order_id, user_id, organization_id, showtime_id, seat_id, tier, section, row_label, number, holder, serial,
       kid, code, revoked_by, inside, entered_at, (select status from orders where orders.id = order_id) as order_status
from tickets
"""
_WRITTEN = """
id, order_id, user_id, organization_id, showtime_id, seat_id, tier, section, row_label, number, holder, serial, kid,
code
"""
_ADD = f"""
insert into tickets ({_WRITTEN}, issued_at) select {_WRITTEN}, %s from jsonb_populate_recordset(null::tickets, %s)
on conflict (order_id, seat_id) do nothing returning id
"""
# a showtime's orders say alike whose it is and how it is called; the newest knows best
_DOORS = """
select o.showtime_id, o.event_id, o.organization_id, o.event_name, s.starts_at, s.time_zone, s.called_off as canceled
from orders o join showtimes s using (showtime_id)
where o.showtime_id = %s order by o.created_at desc, o.id desc limit 1
"""


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """A key pair; the private half is as the keyring sealed it, and gone when the key signs no more."""

    kid: str
    public_key: bytes
    private_key: str | None
    signs_from: datetime


class _Id(msgspec.Struct, frozen=True):
    id: str


async def doors(tx: Tx, showtime_id: str) -> Doors | None:
    """None where nobody has ordered anything."""
    return await maybe(tx, Doors, _DOORS, [showtime_id])


async def keys_turn(tx: Tx) -> None:
    """Wait for one's turn to decide about keys; it ends with the transaction."""
    await tx.execute("select pg_advisory_xact_lock(%s)", [_KEYS_TURN])


async def keys(tx: Tx) -> list[Key]:
    """All of them, the newest first."""
    return await many(
        tx, Key, "select kid, public_key, private_key, signs_from from ticket_keys order by signs_from desc, kid desc"
    )


async def add_key(tx: Tx, key: Key) -> None:
    await execute(
        tx,
        "insert into ticket_keys (kid, public_key, private_key, signs_from) values (%s, %s, %s, %s)",
        [key.kid, key.public_key, key.private_key, key.signs_from],
    )


async def forget_private_keys(tx: Tx, kids: Sequence[str]) -> None:
    """These sign no more."""
    await execute(tx, "update ticket_keys set private_key = null where kid = any(%s)", [list(kids)])


async def forget_public_keys(tx: Tx, over: datetime) -> int:
    """Those that sign no more, and with whose tickets nobody can come in: their showtimes began before this moment."""
    return await execute(
        tx,
        "delete from ticket_keys where private_key is null and not exists (select from tickets join showtimes"
        " using (showtime_id) where tickets.kid = ticket_keys.kid and showtimes.starts_at >= %s)",
        [over],
    )


async def add_tickets(tx: Tx, new: Sequence[Ticket], now: datetime) -> set[str]:
    """The ids of those whose seats had none of their order's; `UniqueViolation` if another order has a good one."""
    added = await many(tx, _Id, _ADD, [now, Jsonb(new)])
    return {one.id for one in added}


async def tickets_of(tx: Tx, order_id: str, *, lock: bool = False) -> list[Ticket]:
    """An order's tickets, in the order of their seats; locked, so that changes of them take turns."""
    return await many(
        tx,
        Ticket,
        _TICKETS
        + " where order_id = %s order by section, row_label, length(number), number, seat_id"
        + (" for update" if lock else ""),
        [order_id],
    )


async def ticket(tx: Tx, ticket_id: str, *, lock: bool = False) -> Ticket | None:
    return await maybe(tx, Ticket, _TICKETS + " where id = %s" + (" for update" if lock else ""), [ticket_id])


async def revoke(tx: Tx, ticket_ids: Sequence[str], by: str) -> None:
    await execute(tx, "update tickets set revoked_by = %s where id = any(%s)", [by, list(ticket_ids)])


async def restore(tx: Tx, order_id: str, by: str) -> list[str]:
    """The tickets that this refund took are good again."""
    found = await many(
        tx,
        _Id,
        "update tickets set revoked_by = null where order_id = %s and revoked_by = %s returning id",
        [order_id, by],
    )
    return sorted(one.id for one in found)


async def reissue(tx: Tx, ticket_id: str, serial: int, kid: str, code: str) -> None:
    await execute(
        tx, "update tickets set serial = %s, kid = %s, code = %s where id = %s", [serial, kid, code, ticket_id]
    )


async def move(tx: Tx, ticket_id: str, entered_at: datetime | None, *, inside: bool) -> None:
    """Where its bearer is now, and when that one first came in."""
    await execute(tx, "update tickets set inside = %s, entered_at = %s where id = %s", [inside, entered_at, ticket_id])
