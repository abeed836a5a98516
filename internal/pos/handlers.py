"""What the merchant and the buyer ask of the point of sale. A method is one transaction: books and letters together."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from internal.platform.ids import new_id
from internal.platform.postgres import Database, Tx
from internal.pos import store
from internal.pos.domain import (
    Behaviour,
    Charge,
    ChargeUnknown,
    KeyUsedOtherwise,
    PosRefund,
    authenticated,
    begun,
    captured,
    refund_begun,
    voided,
)
from internal.pos.store import Letter

__all__ = ["LETTERS_DUE", "Books"]

LETTERS_DUE = "pos-letters"  # announced when there is something to send

_PROCESSING = 1.0  # seconds until what is processing or pending is through: so long that the merchant sees it
_HELD_BACK = 1.0  # seconds by which the first message of an unordered card comes too late


class Books:
    """The bank's side of the counter."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def charge(self, wanted: Charge, number: str, expires: tuple[int, int], *, capture: bool = False) -> Charge:
        """Authorise, and capture with it if that is wanted; of a key that is known, what became of it."""
        new = begun(wanted, number, expires, datetime.now(UTC).date())
        if capture and new.state == "authorized" and new.behaviour is not Behaviour.UNORDERED:  # which has two to tell
            new = captured(new)
        async with self._database.transaction() as tx:
            fresh = await store.add_charge(tx, new, _PROCESSING if new.state == "processing" else None)
            if fresh:
                await _tell(tx, new)
            charge = await _known(tx, new.key)
        same = (charge.order, charge.amount, charge.currency) == (new.order, new.amount, new.currency)
        if not same and charge.order:  # of a key that was voided first nothing else is known
            raise KeyUsedOtherwise
        return charge

    async def get(self, key: str) -> Charge:
        async with self._database.read() as tx:
            return await _known(tx, key)

    async def capture(self, key: str) -> Charge:
        """Take what is authorised; anything else stays as it is."""
        async with self._database.transaction() as tx:
            before = await _known(tx, key, lock=True)
            # what is processing is captured by the bank alone
            return before if before.state == "processing" else await _change(tx, before, captured(before))

    async def void(self, key: str) -> Charge:
        """Give it up. A key that was never charged is spent by it, so that a charge on its way is refused."""
        async with self._database.transaction() as tx:
            await store.add_charge(tx, _spent(key))
            before = await _known(tx, key, lock=True)
            return await _change(tx, before, voided(before))

    async def refund(self, key: str, refund_key: str, amount: int) -> PosRefund:
        """Give so much back; of a key that is known, what became of it."""
        async with self._database.transaction() as tx:
            charge = await _known(tx, key, lock=True)
            known = await store.refund(tx, refund_key)
            if known is not None:
                if (known.charge_key, known.amount) != (key, amount):
                    raise KeyUsedOtherwise
                return known
            after, refund = refund_begun(charge, refund_key, new_id("re"), amount)
            await store.save_charge(tx, after)
            await store.add_refund(tx, refund, _PROCESSING if refund.state == "pending" else None)
            await _tell_refund(tx, after, refund)
            return refund

    async def get_refund(self, key: str) -> PosRefund:
        async with self._database.read() as tx:
            found = await store.refund(tx, key)
        if found is None:
            raise ChargeUnknown
        return found

    async def challenged(self, charge_id: str) -> Charge:
        """The charge that the bank's page is about."""
        async with self._database.read() as tx:
            found = await store.charge_by_id(tx, charge_id)
        if found is None:
            raise ChargeUnknown
        return found

    async def answer(self, charge_id: str, *, approved: bool) -> Charge:
        """The buyer has decided at the bank's page."""
        async with self._database.transaction() as tx:
            before = await store.charge_by_id(tx, charge_id, lock=True)
            if before is None:
                raise ChargeUnknown
            return await _change(tx, before, authenticated(before, approved=approved))

    async def books(self, since: datetime | None) -> tuple[list[Charge], list[PosRefund]]:
        """Everything, or what was begun since then, for who checks."""
        async with self._database.read() as tx:
            return await store.charges(tx, since), await store.refunds(tx, since)

    async def work_once(self) -> int:
        """What was processing or pending for long enough goes through."""
        async with self._database.transaction() as tx:
            due = await store.due_charges(tx, 50)
            for charge in due:
                await _change(tx, charge, captured(charge))
            waiting = await store.due_refunds(tx, 50)
            for refund in waiting:
                await store.set_refund_state(tx, refund.key, "succeeded")
                charge = await _known(tx, refund.charge_key)
                await _tell_refund(tx, charge, msgspec.structs.replace(refund, state="succeeded"))
        return len(due) + len(waiting)


async def _known(tx: Tx, key: str, *, lock: bool = False) -> Charge:
    found = await store.charge(tx, key, lock=lock)
    if found is None:
        raise ChargeUnknown
    return found


async def _change(tx: Tx, before: Charge, after: Charge) -> Charge:
    if after != before:
        await store.save_charge(tx, after)
        await _tell(tx, after)
    return after


async def _tell(tx: Tx, charge: Charge) -> None:
    held_back = _HELD_BACK if charge.behaviour is Behaviour.UNORDERED and charge.state == "authorized" else 0.0
    body = {"id": new_id("evt"), "type": f"charge.{charge.state}", "charge": charge.key}
    await _send(tx, charge, body, held_back)


async def _tell_refund(tx: Tx, charge: Charge, refund: PosRefund) -> None:
    body = {"id": new_id("evt"), "type": f"refund.{refund.state}", "charge": charge.key, "refund": refund.key}
    await _send(tx, charge, body, 0.0)


async def _send(tx: Tx, charge: Charge, body: dict[str, str], due_in: float) -> None:
    if not charge.webhook_url:
        return
    copies = 2 if charge.behaviour is Behaviour.UNORDERED else 1
    letter = Letter(body["id"], charge.webhook_url, msgspec.json.encode(body), copies, 0)
    await store.add_letter(tx, letter, due_in)
    tx.announce(LETTERS_DUE)


def _spent(key: str) -> Charge:
    return Charge(
        key=key,
        id=new_id("ch"),
        order="",
        amount=0,
        currency="",
        state="voided",
        behaviour=Behaviour.INVALID,
        created_at=datetime.now(UTC),
    )
