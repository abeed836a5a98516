"""What the merchant and the buyer ask of the point of sale. A method is one transaction: books and letters together."""

from __future__ import annotations

from collections.abc import Callable
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

__all__ = ["AT_ONCE", "LETTERS_NEW", "SENT_WITHIN", "Books"]

LETTERS_NEW = "pos-letters"  # announced when there is something to send
SENT_WITHIN = 15.0  # seconds until a message is sent by another whose sender was killed; above a merchant's patience
AT_ONCE = 50  # charges or refunds that go through in one transaction
_PROCESSING = 1.0  # seconds until what is processing or pending is through: so long that the merchant sees it
_HELD_BACK = 1.0  # seconds by which the first message of an unordered card comes too late


class Books:
    """The bank's side of the counter."""

    def __init__(self, database: Database, post: Callable[[Letter], None]) -> None:
        self._database = database
        self._post = post

    async def charge(self, wanted: Charge, number: str, expires: tuple[int, int], *, capture: bool = False) -> Charge:
        """Authorise, and capture with it if that is wanted; of a key that is known, what became of it."""
        new = begun(wanted, number, expires, datetime.now(UTC).date())
        if capture and new.state == "authorized" and new.behaviour is not Behaviour.UNORDERED:  # which has two to tell
            new = captured(new)
        told, due_in = _letter(new), _PROCESSING if new.state == "processing" else None
        async with self._database.statement() as tx:
            if await store.add_charge(tx, new, due_in, told):
                self._send(tx, told)
                return new
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
            return before if before.state == "processing" else await self._change(tx, before, captured(before))

    async def void(self, key: str) -> Charge:
        """Give it up. A key that was never charged is spent by it, so that a charge on its way is refused."""
        async with self._database.transaction() as tx:
            await store.add_charge(tx, _spent(key))
            before = await _known(tx, key, lock=True)
            return await self._change(tx, before, voided(before))

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
            await self._tell(tx, _refund_letter(after, refund))
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
            return await self._change(tx, before, authenticated(before, approved=approved))

    async def books(self, since: datetime | None) -> tuple[list[Charge], list[PosRefund]]:
        """Everything, or what was begun since then, for who checks."""
        async with self._database.read() as tx:
            return await store.charges(tx, since), await store.refunds(tx, since)

    async def work_once(self) -> int:
        """What was processing or pending for long enough goes through."""
        async with self._database.read() as tx:
            if not await store.anything_due(tx):
                return 0
        async with self._database.transaction() as tx:
            due = await store.due_charges(tx, AT_ONCE)
            for charge in due:
                await self._change(tx, charge, captured(charge))
            waiting = await store.due_refunds(tx, AT_ONCE)
            for refund in waiting:
                await store.set_refund_state(tx, refund.key, "succeeded")
                charge = await _known(tx, refund.charge_key)
                await self._tell(tx, _refund_letter(charge, msgspec.structs.replace(refund, state="succeeded")))
        return len(due) + len(waiting)

    async def _change(self, tx: Tx, before: Charge, after: Charge) -> Charge:
        if after != before:
            await store.save_charge(tx, after)
            await self._tell(tx, _letter(after))
        return after

    async def _tell(self, tx: Tx, letter: Letter | None) -> None:
        if letter is not None:
            await store.add_letter(tx, letter)
            self._send(tx, letter)

    def _send(self, tx: Tx, letter: Letter | None) -> None:
        """Once it is committed; one that is held back is left to who looks for what is due."""
        if letter is not None and letter.attempts:
            tx.then(lambda: self._post(letter))
            tx.announce(LETTERS_NEW)


async def _known(tx: Tx, key: str, *, lock: bool = False) -> Charge:
    found = await store.charge(tx, key, lock=lock)
    if found is None:
        raise ChargeUnknown
    return found


def _letter(charge: Charge) -> Letter | None:
    """What the merchant is told of a charge, if it wants to be told."""
    held_back = charge.behaviour is Behaviour.UNORDERED and charge.state == "authorized"
    return _written(charge, {"type": f"charge.{charge.state}", "charge": charge.key}, held_back=held_back)


def _refund_letter(charge: Charge, refund: PosRefund) -> Letter | None:
    told = {"type": f"refund.{refund.state}", "charge": charge.key, "refund": refund.key}
    return _written(charge, told, held_back=False)


def _written(charge: Charge, told: dict[str, str], *, held_back: bool) -> Letter | None:
    """As one that this process is about to send, or one that nobody sends yet."""
    if not charge.webhook_url:
        return None
    body = {"id": new_id("evt"), **told}
    return Letter(
        id=body["id"],
        url=charge.webhook_url,
        body=msgspec.json.encode(body),
        copies=2 if charge.behaviour is Behaviour.UNORDERED else 1,
        attempts=0 if held_back else 1,
        due_in=_HELD_BACK if held_back else SENT_WITHIN,
    )


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
