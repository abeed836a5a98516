"""What is asked of a hold by those who buy it: its seats as they are written on tickets, a hold made for somebody, more
time while the buyer is at the bank's page.
"""

from __future__ import annotations

from internal.inventory.config import Config
from internal.inventory.domain import Hold, hold_id_of, moment
from internal.inventory.faults import SeatTaken, TooManySeats
from internal.inventory.handlers import Holds
from internal.inventory.locks import Locks
from internal.inventory.opening import Openings
from internal.platform.faults import Limited
from proto import inventory as contract

__all__ = ["Buying"]

_SHOWTIMES = 50  # looked through for one question: nobody watches more


class Buying:
    """Answers orders, bookings and the saga."""

    def __init__(self, locks: Locks, openings: Openings, holds: Holds, config: Config) -> None:
        self._locks = locks
        self._openings = openings
        self._holds = holds
        self._longest_ms = int(config.longest_extension * 1000)

    async def look(self, asked: contract.GetHold) -> contract.HoldFacts:
        """A live hold of this user, claimed or not."""
        return await self._facts(await self._holds.look(asked.hold_id, asked.user_id), asked.user_id)

    async def own(self, asked: contract.ListHolds) -> contract.OwnHolds:
        """The live holds of this user in some showtimes."""
        found = await self._holds.holds_in(asked.showtime_ids[:_SHOWTIMES], asked.user_id)
        return contract.OwnHolds(
            holds=[
                contract.OwnHold(
                    hold_id=one.hold_id,
                    showtime_id=one.showtime_id,
                    seat_ids=one.seat_ids,
                    expires_at=one.expires_at,
                )
                for one in found
            ]
        )

    async def take(self, asked: contract.Take) -> contract.HoldFacts:
        """Hold these seats; asked again, the hold that the first asking made, or that the user made of them before."""
        hold_id = hold_id_of(asked.showtime_id, asked.user_id, asked.request_id)
        hold = await self._holds.made(hold_id, asked.user_id) or await self._taken(asked, hold_id)
        return await self._facts(hold, asked.user_id)

    async def _taken(self, asked: contract.Take, hold_id: str) -> Hold:
        """Refused where it would be one hold too many, the user may have just these seats already."""
        try:
            return await self._holds.hold(asked.showtime_id, asked.user_id, asked.seat_ids, hold_id=hold_id)
        except (SeatTaken, TooManySeats, Limited):
            own = await self._holds.own(asked.showtime_id, asked.user_id, asked.seat_ids)
            if own is None:
                raise
            return own

    async def extend(self, asked: contract.Extend) -> contract.Extended:
        """Until when the hold lives now."""
        until = int(asked.until.timestamp() * 1000)
        expires = await self._locks.extend(asked.hold_id, asked.order_id, until, self._longest_ms)
        return contract.Extended(expires_at=moment(expires))

    async def _facts(self, hold: Hold, user_id: str) -> contract.HoldFacts:
        hall = await self._openings.hall_of(hold.showtime_id)
        return contract.HoldFacts(
            hold_id=hold.hold_id,
            user_id=user_id,
            showtime_id=hold.showtime_id,
            seats=[hall.held_seat(seat) for seat in hold.seat_ids],
            held_at=moment(await self._locks.made_ms(hold.hold_id)),
            expires_at=hold.expires_at,
        )
