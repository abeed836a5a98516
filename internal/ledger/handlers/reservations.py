"""What was sold and what came back: written from inventory's facts, read by whom it concerns."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import msgspec

from internal.ledger.domain import Reservation, seats_to_write
from internal.ledger.store import reservations as book
from internal.platform.bus import Bus, Meta
from internal.platform.ids import new_id
from internal.platform.postgres import Database, Tx
from internal.platform.roles import Roles
from internal.platform.tokens import Principal
from proto.catalog import ShowtimeCreated, ShowtimePublished, ShowtimeUpdated
from proto.inventory import SeatsPurchased, SeatsReleased
from proto.orders import GetOrder, OrderCompleted

__all__ = ["Asked", "Reservations"]

_AT_ONCE = 1_000  # rows of an export that are in memory


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Whose reservations; None where it does not matter."""

    user_id: str | None = None
    organization_id: str | None = None
    showtime_id: str | None = None


class Reservations:
    """Both books are written by what they say already, so a fact may come twice, late, and replayed after years."""

    def __init__(self, database: Database, bus: Bus, roles: Roles) -> None:
        self._database = database
        self._bus = bus
        self._roles = roles

    async def sold(self, told: Sequence[tuple[SeatsPurchased, Meta]]) -> None:
        """The seats of these orders that are not in the book yet. While orders is away, those it is asked of wait."""
        async with self._database.read() as tx:
            known = await book.whose(tx, sorted({event.order_id for event, _ in told}))
        await self._write([one for one in told if one[0].order_id in known], known)
        asked = [one for one in told if one[0].order_id not in known]
        for event, _ in asked:
            order = await self._bus.request(GetOrder(order_id=event.order_id))
            known[event.order_id] = book.Whose(order.user_id, order.event_id, order.organization_id)
        await self._write(asked, known)

    async def _write(self, told: Sequence[tuple[SeatsPurchased, Meta]], whose: dict[str, book.Whose]) -> None:
        order_ids = sorted({event.order_id for event, _ in told})

        async def work(tx: Tx) -> None:
            await book.turns_of(tx, order_ids)
            written = await book.seats_of(tx, order_ids)
            new: list[Reservation] = []
            for event, meta in told:
                seats = seats_to_write(event.seat_ids, written[event.order_id])
                if seats:
                    new.append(_reservation(event, whose[event.order_id], seats, meta))
                    written[event.order_id] += seats
            if new:
                await book.write(tx, new)

        if told:
            await self._database.run(work)

    async def given_back(self, event: SeatsReleased, meta: Meta) -> None:
        """These seats came back, whether or not the book has their sale by now."""
        async with self._database.transaction() as tx:
            await book.give_back(tx, event.order_id, event.seat_ids, meta.time)

    async def learn_orders(self, told: Sequence[tuple[OrderCompleted, Meta]]) -> None:
        """Whose these orders are."""
        async with self._database.read() as tx:  # one statement is a transaction by itself
            await book.learn_orders(tx, {event.order_id: (event.user_id, event.showtime_id) for event, _ in told})

    async def learn_showtime(self, event: ShowtimeCreated | ShowtimeUpdated | ShowtimePublished, _: Meta) -> None:
        """Which event a showtime is of, and whose that is."""
        async with self._database.transaction() as tx:
            await book.learn_showtime(tx, event.showtime_id, event.event_id, event.organization_id)

    async def allowed(self, principal: Principal, organization_id: str | None, showtime_id: str | None) -> Asked:
        """What this person may read: their own; of an organisation, for its staff; everything, for administrators."""
        if organization_id is not None:
            await self._roles.require(principal, organization_id)
        elif not principal.is_admin:
            return Asked(user_id=principal.user_id, showtime_id=showtime_id)
        return Asked(organization_id=organization_id, showtime_id=showtime_id)

    async def before(self, asked: Asked, position: str, limit: int) -> list[Reservation]:
        """The next ones, the newest first."""
        async with self._database.read() as tx:
            return await book.reservations_before(
                tx,
                user=asked.user_id,
                organization=asked.organization_id,
                showtime=asked.showtime_id,
                position=position,
                limit=limit,
            )

    async def all(self, asked: Asked) -> AsyncIterator[list[Reservation]]:
        """All of them, some at a time, with no transaction held open for a slow reader."""
        position = ""
        while found := await self.before(asked, position, _AT_ONCE):
            yield found
            position = found[-1].id


def _reservation(event: SeatsPurchased, whose: book.Whose, seats: list[str], meta: Meta) -> Reservation:
    return Reservation(
        id=new_id("reservation"),
        event_id=whose.event_id,
        organization_id=whose.organization_id,
        showtime_id=event.showtime_id,
        user_id=whose.user_id,
        seat_ids=seats,
        order_id=event.order_id,
        timestamp=meta.time,
    )
