"""The steps of an order: claim, release, purchase, refund. Postgres decides, Redis follows.

Each command may come twice, late, or after the one that undoes it; commands about one order wait for each other. If a
process dies between Postgres and Redis, the sweep finds the hold that nobody settled and asks Postgres (`settle`), and
the reconciler compares the rest.
"""

from __future__ import annotations

from structlog.typing import FilteringBoundLogger

from internal.inventory import store
from internal.inventory.config import Config
from internal.inventory.domain import SeatState
from internal.inventory.faults import ClaimOver, HoldClaimed, HoldEnded, NoClaim, NotSoldYet
from internal.inventory.locks import Locks
from internal.inventory.recovery import Recovery
from internal.inventory.store import Claim
from internal.platform import outbox
from internal.platform.faults import Unavailable
from internal.platform.postgres import Database
from proto import inventory as contract

__all__ = ["Claims"]

_LIVE = {"claimed": SeatState.CLAIMED, "purchased": SeatState.SOLD}


class Claims:
    """Answers the saga."""

    def __init__(
        self, database: Database, locks: Locks, recovery: Recovery, config: Config, log: FilteringBoundLogger
    ) -> None:
        self._database = database
        self._locks = locks
        self._recovery = recovery
        self._settle_ms = int(config.settle_after * 1000)
        self._log = log

    async def claim(self, command: contract.Claim) -> contract.Claimed:
        """The seats of a live hold, claimed in Postgres so that they cannot expire under the payment."""
        async with self._database.read() as tx:  # first: what comes after its opposite must not touch the hold
            claim = await store.claim_of_order(tx, command.order_id)
        if claim is None:
            claim = await self._claim(command)
        _must_be_live(claim, command)
        await self._follow(claim, _LIVE[claim.state])
        return contract.Claimed(showtime_id=claim.showtime_id, seat_ids=claim.seat_ids, fence=claim.fence)

    async def _claim(self, command: contract.Claim) -> Claim:
        seats = await self._stand_still(command)
        try:
            async with self._database.transaction() as tx:
                claim = await store.claim(
                    tx,
                    command.order_id,
                    command.hold_id,
                    command.showtime_id,
                    command.user_id,
                    command.saga_id,
                    seats,
                )
                if claim is not None:
                    await outbox.add(tx, _created(claim), key=claim.order_id)
                    return claim
                claim = await store.claim_of_order(tx, command.order_id)
                if claim is None:  # it is the hold that has one, of another order
                    raise HoldClaimed
                _must_be_live(claim, command)
                return claim
        except Unavailable:  # the claim may stand all the same: nobody touches the hold until Postgres was asked
            raise
        except Exception:
            await self._back_to_hold(command.showtime_id, command.order_id, command.hold_id, command.user_id, seats)
            raise

    async def look(self, asked: contract.GetClaim) -> contract.ClaimFacts:
        """The claim of an order, whatever became of it."""
        async with self._database.read() as tx:
            claim = await store.claim_of_order(tx, asked.order_id)
        if claim is None:
            raise NoClaim
        return contract.ClaimFacts(
            order_id=claim.order_id, showtime_id=claim.showtime_id, seat_ids=claim.seat_ids, state=claim.state
        )

    async def _stand_still(self, command: contract.Claim) -> list[str]:
        """The hold's seats. One that is not there may be on its way back into a Redis that was emptied."""
        for last in (False, True):
            try:
                return await self._locks.claim(
                    command.hold_id, command.user_id, command.showtime_id, command.order_id, self._settle_ms
                )
            except HoldEnded:
                missing = await self._recovery.missing()
                if last or isinstance(missing, Unavailable):
                    raise missing from None
        raise AssertionError  # the loop above returns or raises

    async def release(self, command: contract.Release) -> contract.Released:
        """Drop a claim; the hold lives on until it expires, so that the buyer can try another card.

        Said again, Redis is told again: who dropped it may have died before that.
        """
        async with self._database.transaction() as tx:
            dropped = await store.drop(tx, command.order_id, command.saga_id)
            if dropped is not None and dropped.seat_ids:
                told = contract.ClaimReleased(
                    showtime_id=dropped.showtime_id, seat_ids=dropped.seat_ids, order_id=dropped.order_id
                )
                await outbox.add(tx, told, key=dropped.order_id)
            claim = dropped or await store.claim_of_order(tx, command.order_id)
        if claim is not None and claim.state == "released" and claim.seat_ids:
            await self._back_to_hold(
                claim.showtime_id, claim.order_id, claim.hold_id, claim.user_id, claim.seat_ids, claim.fence
            )
        return contract.Released(released=len(dropped.seat_ids) if dropped else 0)

    async def purchase(self, command: contract.Purchase) -> contract.Purchased:
        """A claim becomes sold seats."""
        async with self._database.transaction() as tx:
            claim = await store.sell(tx, command.order_id)
            if claim is not None:
                told = contract.SeatsPurchased(
                    showtime_id=claim.showtime_id, seat_ids=claim.seat_ids, order_id=claim.order_id
                )
                await outbox.add(tx, told, key=claim.order_id)
            else:
                claim = await store.claim_of_order(tx, command.order_id)
        if claim is None:
            raise NoClaim
        if claim.state != "purchased":
            raise ClaimOver
        await self._follow(claim, SeatState.SOLD)
        return contract.Purchased(showtime_id=claim.showtime_id, seat_ids=claim.seat_ids)

    async def refund(self, command: contract.Refund) -> contract.Refunded:
        """Sold seats come back, all or some; those that did already count as done, and Redis is told again of them.

        Who asks before the sale asks again: with `NoClaim` they would go on, and the sale that comes late would stand.
        """
        async with self._database.transaction() as tx:
            claim = await store.claim_of_order(tx, command.order_id, lock=True)
            if claim is None or claim.state == "released":
                raise NoClaim
            if claim.state == "claimed":
                raise NotSoldYet
            freed = await store.refund(tx, command.order_id, command.seat_ids)
            if freed:
                told = contract.SeatsReleased(showtime_id=claim.showtime_id, seat_ids=freed, order_id=claim.order_id)
                await outbox.add(tx, told)
            gone = freed or await store.given_back(tx, claim, command.seat_ids)
        if gone:
            await self._settle(
                claim.showtime_id, SeatState.FREE, gone, order=claim.order_id, user=claim.user_id, fence=claim.fence
            )
        return contract.Refunded(showtime_id=claim.showtime_id, seat_ids=freed)

    async def settle(self, hold_id: str) -> None:
        """A claim of this hold was begun and nobody said how it ended: Postgres knows."""
        record = await self._locks.read(hold_id)
        if record is None:
            return
        _, _, state, user_id, showtime_id, seats, _ = record
        async with self._database.read() as tx:
            claim = await store.claim_of_hold(tx, hold_id)
        if claim is not None:
            await self._follow(claim, _LIVE[claim.state])
        else:
            await self._back_to_hold(showtime_id, state.partition(":")[2], hold_id, user_id, seats.split(","))

    async def mend(self, showtime_id: str, seat_id: str, state: SeatState, was: SeatState, order_id: str) -> None:
        """Redis was not told how this seat came to be as Postgres has it: tell it now, with all that belongs to it."""
        async with self._database.read() as tx:
            if order_id:
                claim = await store.claim_of_order(tx, order_id)
            else:  # free or blocked now; a seat that was not blocked before was some order's
                claim = None if was is SeatState.BLOCKED else await store.last_claim_of_seat(tx, showtime_id, seat_id)
        if claim is None or state is SeatState.BLOCKED:
            await self._locks.settle(showtime_id, state, [seat_id])
        elif state is not SeatState.FREE:
            await self._locks.settle(
                showtime_id, state, [seat_id], order=claim.order_id, hold=claim.hold_id, user=claim.user_id
            )
        elif claim.state == "released":
            await self._back_to_hold(showtime_id, claim.order_id, claim.hold_id, claim.user_id, claim.seat_ids)
        else:
            await self._locks.settle(showtime_id, state, [seat_id], order=claim.order_id, user=claim.user_id)

    async def _follow(self, claim: Claim, state: SeatState) -> None:
        await self._settle(
            claim.showtime_id,
            state,
            claim.seat_ids,
            order=claim.order_id,
            hold=claim.hold_id,
            user=claim.user_id,
            fence=claim.fence,
        )

    async def _back_to_hold(
        self, showtime_id: str, order_id: str, hold_id: str, user_id: str, seats: list[str], fence: int = 0
    ) -> None:
        await self._settle(showtime_id, SeatState.HELD, seats, order=order_id, hold=hold_id, user=user_id, fence=fence)

    async def _settle(
        self,
        showtime_id: str,
        state: SeatState,
        seats: list[str],
        *,
        order: str,
        hold: str = "",
        user: str = "",
        fence: int = 0,
    ) -> None:
        """Postgres has committed, so the answer is given whether or not Redis can be told now."""
        try:
            await self._locks.settle(showtime_id, state, seats, order=order, hold=hold, user=user, fence=fence)
        except Unavailable as fault:
            self._log.warning("redis learns later", order=order, state=state.name, error=str(fault))


def _must_be_live(claim: Claim, command: contract.Claim) -> None:
    """The order's claim stands, and is of the hold that the command names."""
    if claim.state not in _LIVE:
        raise ClaimOver
    asked = (command.hold_id, command.user_id, command.showtime_id)
    if (claim.hold_id, claim.user_id, claim.showtime_id) != asked:
        raise HoldClaimed("This order has claimed another hold.")


def _created(claim: Claim) -> contract.ClaimCreated:
    return contract.ClaimCreated(
        showtime_id=claim.showtime_id,
        seat_ids=claim.seat_ids,
        order_id=claim.order_id,
        hold_id=claim.hold_id,
        user_id=claim.user_id,
    )
