"""One seat by its number, held and bought in one request: the short route's way into the saga."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from hashlib import blake2b

import msgspec
from msgspec.structs import replace

from internal.checkout.domain import CheckoutUnknown, SeatNotHeld, SeatUnknown
from internal.checkout.handlers import Checkouts
from internal.platform import idempotency
from internal.platform.bus import Bus
from internal.platform.faults import Fault
from internal.platform.ids import is_id, new_id
from internal.platform.once import Once
from internal.platform.postgres import Database
from internal.platform.saga import Saga
from proto import SeatId
from proto.catalog import ListEventShowtimes, ShowtimeFacts
from proto.checkout import GetCheckout, StartCheckout
from proto.inventory import GetHold, Take

__all__ = ["Seats"]


class _Begun(msgspec.Struct, frozen=True):
    checkout_id: str


class Seats:
    """Holds the seat, then begins its checkout: each of them once for the same key."""

    def __init__(self, bus: Bus, checkouts: Checkouts, database: Database) -> None:
        self._bus = bus
        self._checkouts = checkouts
        self._database = database

    async def reserve(self, event_id: str, seat_number: str, asked: StartCheckout, once: Once) -> Saga:
        """The saga of this seat of the event's next showtime, after a moment."""
        if once.key is None:
            tail = new_id("tail").removeprefix("tail_")
            return await self._checkouts.settled(await self._begun(event_id, seat_number, asked, tail))
        # A process that dies between the hold and the saga leaves neither twice: both ids are made of the key, and of
        # the request, for a key that is forgotten after a day may come with another one.
        tail = blake2b(f"{once.scope} {once.key} {once.mark.hex()}".encode(), digest_size=16).hexdigest()

        async def produce() -> idempotency.StoredAnswer:
            begun = _Begun(await self._known(tail) or await self._begun(event_id, seat_number, asked, tail))
            return idempotency.StoredAnswer(200, {}, msgspec.json.encode(begun))

        answer = await idempotency.run(self._database, once.scope, once.key, once.mark, produce)
        return await self._checkouts.settled(msgspec.json.decode(answer.body, type=_Begun).checkout_id)

    async def _known(self, tail: str) -> str | None:
        """What an earlier try began and could not tell: its own claim would refuse the seat to this one."""
        with suppress(CheckoutUnknown):
            return (await self._checkouts.facts(GetCheckout(checkout_id=f"checkout_{tail}"))).checkout_id
        return None

    async def _begun(self, event_id: str, seat_number: str, asked: StartCheckout, tail: str) -> str:
        if asked.hold_id:
            await self._require_in_hold(event_id, seat_number, asked)
        hold_id = asked.hold_id or await self._held(event_id, seat_number, asked.user_id, tail)
        facts = await self._checkouts.start(replace(asked, checkout_id=f"checkout_{tail}", hold_id=hold_id))
        return facts.checkout_id

    async def _require_in_hold(self, event_id: str, seat_number: str, asked: StartCheckout) -> None:
        """Nothing, or `SeatNotHeld`: who names a seat and another one's hold would be sold what they did not name."""
        try:
            hold = await self._bus.request(GetHold(hold_id=asked.hold_id, user_id=asked.user_id))
        except Fault:  # over, or another's: the checkout says so
            return
        of_event = {one.showtime_id for one in await self._showtimes(event_id)}
        if hold.showtime_id not in of_event or _seat(seat_number) not in {one.seat_id for one in hold.seats}:
            raise SeatNotHeld

    async def _held(self, event_id: str, seat_number: str, user_id: str, tail: str) -> str:
        showtime_id, seat = await self._showtime_of(event_id), _seat(seat_number)
        taken = await self._bus.request(
            Take(request_id=tail, user_id=user_id, showtime_id=showtime_id, seat_ids=[seat])
        )
        return taken.hold_id

    async def _showtime_of(self, event_id: str) -> str:
        """The next one on sale, or the last if all have begun: as inventory's short routes have it."""
        shown = [one for one in await self._showtimes(event_id) if one.status == "published"]
        if not shown:
            raise SeatUnknown
        now = datetime.now(UTC)
        return next((one.showtime_id for one in shown if one.starts_at > now), shown[-1].showtime_id)

    async def _showtimes(self, event_id: str) -> list[ShowtimeFacts]:
        if not is_id("event", event_id):
            raise SeatUnknown
        return (await self._bus.request(ListEventShowtimes(event_id=event_id))).showtimes


def _seat(seat_number: str) -> str:
    try:
        return msgspec.convert(seat_number, SeatId)
    except msgspec.ValidationError:
        raise SeatUnknown from None
