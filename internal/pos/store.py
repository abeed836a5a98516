"""What the point of sale remembers: its books and its letters. Every line of its SQL."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from internal.platform.postgres import Tx, execute, many, maybe
from internal.pos.domain import Charge, PosRefund

__all__ = [
    "Letter",
    "add_charge",
    "add_letter",
    "add_refund",
    "charge",
    "charge_by_id",
    "charges",
    "due_charges",
    "due_letters",
    "due_refunds",
    "letter_failed",
    "letter_sent",
    "refund",
    "refunds",
    "save_charge",
    "set_refund_state",
]

_CHARGE = (
    'key, id, "order", amount, currency, state, behaviour, brand, last4, code, message, captured, refunded,'
    " return_url, webhook_url, created_at"
)
_REFUND = "key, id, charge_key, amount, state, code, message"
_SINCE = "where created_at >= coalesce(%(since)s::timestamptz, '-infinity') order by created_at, key"


class Letter(msgspec.Struct, frozen=True):
    """A message to the merchant."""

    id: str
    url: str
    body: bytes
    copies: int
    attempts: int


async def charge(tx: Tx, key: str, *, lock: bool = False) -> Charge | None:
    sql = f"select {_CHARGE} from charges where key = %s{' for update' if lock else ''}"
    return await maybe(tx, Charge, sql, [key])


async def charge_by_id(tx: Tx, charge_id: str, *, lock: bool = False) -> Charge | None:
    sql = f"select {_CHARGE} from charges where id = %s{' for update' if lock else ''}"
    return await maybe(tx, Charge, sql, [charge_id])


async def charges(tx: Tx, since: datetime | None) -> list[Charge]:
    """Those begun since then; all for None."""
    return await many(tx, Charge, f"select {_CHARGE} from charges {_SINCE}", {"since": since})


async def add_charge(tx: Tx, new: Charge, due_in: float | None = None) -> bool:
    """Whether its key is new."""
    return bool(
        await execute(
            tx,
            'insert into charges (key, id, "order", amount, currency, state, behaviour, brand, last4, code, message,'
            " captured, return_url, webhook_url, due_at)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, now() + %s) on conflict do nothing",
            [
                new.key,
                new.id,
                new.order,
                new.amount,
                new.currency,
                new.state,
                new.behaviour.value,
                new.brand,
                new.last4,
                new.code,
                new.message,
                new.captured,
                new.return_url,
                new.webhook_url,
                None if due_in is None else timedelta(seconds=due_in),
            ],
        )
    )


async def save_charge(tx: Tx, new: Charge) -> None:
    await execute(
        tx,
        "update charges set state = %s, code = %s, message = %s, captured = %s, refunded = %s, due_at = null"
        " where key = %s",
        [new.state, new.code, new.message, new.captured, new.refunded, new.key],
    )


async def due_charges(tx: Tx, limit: int) -> list[Charge]:
    """Those that have been processing for long enough, locked."""
    return await many(
        tx,
        Charge,
        f"select {_CHARGE} from charges where due_at <= now() order by due_at limit %s for update skip locked",
        [limit],
    )


async def refund(tx: Tx, key: str) -> PosRefund | None:
    return await maybe(tx, PosRefund, f"select {_REFUND} from refunds where key = %s", [key])


async def refunds(tx: Tx, since: datetime | None) -> list[PosRefund]:
    """Those begun since then; all for None."""
    return await many(tx, PosRefund, f"select {_REFUND} from refunds {_SINCE}", {"since": since})


async def add_refund(tx: Tx, new: PosRefund, due_in: float | None) -> None:
    """Lock its charge first."""
    due = None if due_in is None else timedelta(seconds=due_in)
    await execute(
        tx,
        f"insert into refunds ({_REFUND}, due_at) values (%s, %s, %s, %s, %s, %s, %s, now() + %s)",
        [new.key, new.id, new.charge_key, new.amount, new.state, new.code, new.message, due],
    )


async def due_refunds(tx: Tx, limit: int) -> list[PosRefund]:
    """Those that have been pending for long enough, locked."""
    return await many(
        tx,
        PosRefund,
        f"select {_REFUND} from refunds where due_at <= now() order by due_at limit %s for update skip locked",
        [limit],
    )


async def set_refund_state(tx: Tx, key: str, state: str) -> None:
    await execute(tx, "update refunds set state = %s, due_at = null where key = %s", [state, key])


async def add_letter(tx: Tx, letter: Letter, due_in: float) -> None:
    await execute(
        tx,
        "insert into messages (id, url, body, copies, due_at) values (%s, %s, %s, %s, now() + %s)",
        [letter.id, letter.url, letter.body, letter.copies, timedelta(seconds=due_in)],
    )


async def due_letters(tx: Tx, limit: int, again_in: float) -> list[Letter]:
    """Those to send now; sent again if we never come back."""
    return await many(
        tx,
        Letter,
        "update messages set due_at = now() + %s, attempts = attempts + 1 where id in"
        " (select id from messages where due_at <= now() order by due_at limit %s for update skip locked)"
        " returning id, url, body, copies, attempts",
        [timedelta(seconds=again_in), limit],
    )


async def letter_sent(tx: Tx, letter: Letter) -> None:
    """One copy less to send."""
    if letter.copies > 1:
        await execute(tx, "update messages set copies = copies - 1, due_at = now() where id = %s", [letter.id])
    else:
        await execute(tx, "delete from messages where id = %s", [letter.id])


async def letter_failed(tx: Tx, letter: Letter, again_in: float, kept: timedelta) -> None:
    """Send it again later, unless it is too old for anybody to care."""
    await execute(tx, "update messages set due_at = now() + %s where id = %s", [timedelta(seconds=again_in), letter.id])
    await execute(tx, "delete from messages where id = %s and created_at < now() - %s", [letter.id, kept])
