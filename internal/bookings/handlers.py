"""What buyers do: ask for a seat, and how it stands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from internal.bookings import store
from internal.bookings.domain import (
    Booking,
    BookingInLine,
    BookingUnknown,
    Status,
    Work,
    checkout_id_of,
    chosen,
    require_buyer,
)
from internal.platform import outbox
from internal.platform.bus import Bus, Passing
from internal.platform.faults import Fault
from internal.platform.ids import is_id, new_id
from internal.platform.once import Once
from internal.platform.postgres import Database, Tx
from internal.platform.tokens import Principal
from proto.bookings import BookingRequested
from proto.catalog import ListEventShowtimes

__all__ = ["Asked", "Bookings"]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Which seat, for whom, and how it is paid."""

    user_id: str
    event_id: str
    seat_id: str
    showtime_id: str | None
    method: dict[str, object]
    provider: str
    buyer_name: str
    buyer_email: str
    return_url: str
    buyer_ip: str = ""


class Bookings:
    """Accepts at once; `workers` do the rest."""

    def __init__(self, database: Database, bus: Bus, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock

    async def book(self, principal: Principal, asked: Asked, once: Once) -> Booking:
        """Written down with its place in the line, and the queue told, in one transaction."""
        require_buyer(principal, asked.user_id)
        new = await self._new(asked)

        async def work(tx: Tx) -> Booking:
            if isinstance(new, Fault):  # raised here: a key that was answered before says so, whatever is on sale now
                raise new
            told = BookingRequested(booking_id=new.id, showtime_id=new.showtime_id, user_id=new.user_id)
            await outbox.add(tx, told, key=new.id)
            await store.add(tx, new)
            return _shown(new)

        return await once.run(self._database, Booking, work)

    async def get(self, principal: Principal, booking_id: str) -> BookingInLine:
        """One's own booking; an administrator's any."""
        async with self._database.read() as tx:
            found = await store.booking(tx, booking_id) if is_id("booking", booking_id) else None
        if found is None or (found.user_id != principal.user_id and not principal.is_admin):
            raise BookingUnknown
        return found

    async def before(self, principal: Principal, position: str, limit: int) -> list[Booking]:
        """One's own, the newest first."""
        async with self._database.read() as tx:
            return await store.bookings_before(tx, principal.user_id, position, limit)

    async def _new(self, asked: Asked) -> Work | Fault:
        try:
            found = await self._bus.request(ListEventShowtimes(event_id=asked.event_id))
            return self._accepted(asked, chosen(found.showtimes, asked.showtime_id, self._clock()))
        except Fault as fault:
            return fault

    def _accepted(self, asked: Asked, showtime_id: str) -> Work:
        now, booking_id = self._clock(), new_id("booking")
        return Work(
            id=booking_id,
            user_id=asked.user_id,
            event_id=asked.event_id,
            showtime_id=showtime_id,
            seat_id=asked.seat_id,
            status=Status.ACCEPTED,
            checkout_id=checkout_id_of(booking_id),
            created_at=now,
            updated_at=now,
            provider=asked.provider,
            method=asked.method,
            buyer_name=asked.buyer_name,
            buyer_email=asked.buyer_email,
            return_url=asked.return_url,
            buyer_ip=asked.buyer_ip,
            headers=Passing().outgoing(),
            due_at=now,
        )


def _shown(work: Work) -> Booking:
    return Booking(**{field.name: getattr(work, field.name) for field in msgspec.structs.fields(Booking)})
