"""What the point of sale remembers: its books and its letters. Every line of its SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from internal.platform.postgres import Tx, execute, many, maybe, one
from internal.pos.domain import Charge, PosRefund

__all__ = [
    "Letter",
    "add_charge",
    "add_letter",
    "add_refund",
    "anything_due",
    "charge",
    "charge_by_id",
    "charges",
    "due_charges",
    "due_letters",
    "due_refunds",
    "letters_failed",
    "letters_sent",
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
    """A message to the merchant; when it is written, `due_in` says when others than its writer may send it."""

    id: str
    url: str
    body: bytes
    copies: int
    attempts: int
    due_in: float = 0.0


async def charge(tx: Tx, key: str, *, lock: bool = False) -> Charge | None:
    sql = f"select {_CHARGE} from charges where key = %s{' for update' if lock else ''}"
    return await maybe(tx, Charge, sql, [key])


async def charge_by_id(tx: Tx, charge_id: str, *, lock: bool = False) -> Charge | None:
    sql = f"select {_CHARGE} from charges where id = %s{' for update' if lock else ''}"
    return await maybe(tx, Charge, sql, [charge_id])


async def charges(tx: Tx, since: datetime | None) -> list[Charge]:
    """Those begun since then; all for None."""
    return await many(tx, Charge, f"select {_CHARGE} from charges {_SINCE}", {"since": since})


_ADD_CHARGE = (
    'insert into charges (key, id, "order", amount, currency, state, behaviour, brand, last4, code, message,'
    " captured, return_url, webhook_url, due_at)"
    " values (%(key)s, %(id)s, %(order)s, %(amount)s, %(currency)s, %(state)s, %(behaviour)s, %(brand)s, %(last4)s,"
    " %(code)s, %(message)s, %(captured)s, %(return_url)s, %(webhook_url)s, now() + %(due_in)s) on conflict do nothing"
)
_ADD_LETTER = (
    "insert into messages (id, url, body, copies, attempts, due_at)"
    " select %(letter)s, %(url)s, %(body)s, %(copies)s, %(attempts)s, now() + %(sent_in)s"
)


async def add_charge(tx: Tx, new: Charge, due_in: float | None = None, told: Letter | None = None) -> bool:
    """Whether its key is new, and so it and the letter about it, if there is one, are written down: one statement."""
    values = {
        **msgspec.structs.asdict(new),
        "behaviour": new.behaviour.value,
        "due_in": None if due_in is None else timedelta(seconds=due_in),
    }
    if told is None:
        return bool(await execute(tx, _ADD_CHARGE, values))
    return bool(
        await execute(
            tx, f"with made as ({_ADD_CHARGE} returning key) {_ADD_LETTER} from made", {**values, **_of_letter(told)}
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


async def add_letter(tx: Tx, letter: Letter) -> None:
    await execute(tx, _ADD_LETTER, _of_letter(letter))


def _of_letter(letter: Letter) -> dict[str, object]:
    return {
        "letter": letter.id,
        "url": letter.url,
        "body": letter.body,
        "copies": letter.copies,
        "attempts": letter.attempts,
        "sent_in": timedelta(seconds=letter.due_in),
    }


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


async def letters_sent(tx: Tx, letters: Sequence[Letter]) -> None:
    """One copy less to send of each."""
    await execute(
        tx,
        "with more as (update messages set copies = copies - 1, due_at = now() where id = any(%(sent)s) and copies > 1)"
        " delete from messages where id = any(%(sent)s) and copies <= 1",
        {"sent": [letter.id for letter in letters]},
    )


async def letters_failed(tx: Tx, again_in: Mapping[str, float], kept: timedelta) -> None:
    """Send them again later, each after its pause, unless they are too old for anybody to care."""
    await execute(
        tx,
        "with old as (delete from messages where id = any(%(failed)s) and created_at < now() - %(kept)s)"
        " update messages set due_at = now() + make_interval(secs => failed.pause)"
        " from unnest(%(failed)s::text[], %(pauses)s::float8[]) as failed (id, pause)"
        " where messages.id = failed.id and created_at >= now() - %(kept)s",
        {"failed": list(again_in), "pauses": list(again_in.values()), "kept": kept},
    )


class _Due(msgspec.Struct, frozen=True):
    due: bool


async def anything_due(tx: Tx) -> bool:
    """Whether a charge or a refund has been under way for long enough."""
    found = await one(
        tx,
        _Due,
        "select exists (select from charges where due_at <= now())"
        " or exists (select from refunds where due_at <= now()) as due",
    )
    return found.due
