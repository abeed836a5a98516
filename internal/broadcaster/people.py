"""What one person has that others do not see: holds that end, orders that go on. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from internal.broadcaster.frames import Audience, Frame
from proto.sockets import HoldExpires, HoldIsOver, OrderStands, QueueStands

__all__ = ["Held", "Person"]

V = TypeVar("V")

_ORDERS = 50  # of a person, of which the last word is remembered, so that none is said twice


@dataclass
class Held:
    """A live hold."""

    hold_id: str
    showtime_id: str
    expires_at: datetime
    seats: set[str]
    warned: int = 0  # the last warning, in seconds before the end


@dataclass
class Person:
    """Somebody who watches what is their own, by one connection or several."""

    user_id: str
    readers: Audience = field(default_factory=Audience)
    holds: dict[str, Held] = field(default_factory=dict)
    _claimed: dict[str, None] = field(default_factory=dict)  # holds that are being paid for: these do not end
    _over: dict[str, None] = field(default_factory=dict)
    _orders: dict[str, tuple[str, str]] = field(default_factory=dict)
    _bookings: dict[str, str] = field(default_factory=dict)  # those that have left the line, and how they stand

    def holds_now(self, held: Held) -> None:
        """A new hold, or one with more time."""
        known = self.holds.get(held.hold_id)
        if known is None:
            self.holds[held.hold_id] = held
        elif held.expires_at > known.expires_at:
            known.expires_at, known.warned = held.expires_at, 0

    def gave_back(self, hold_id: str, seats: Iterable[str]) -> None:
        """Some of its seats, or all."""
        held = self.holds.get(hold_id)
        if held is not None:
            held.seats -= set(seats)
            if not held.seats:
                del self.holds[hold_id]

    def expired(self, hold_id: str, showtime_id: str, seats: list[str]) -> None:
        """Its time ran out; this may be told more than once."""
        self.holds.pop(hold_id, None)
        if hold_id in self._over:
            return
        _keep(self._over, hold_id, None)
        self.readers.show(Frame(HoldIsOver(hold_id=hold_id, showtime_id=showtime_id, seat_ids=seats)))

    def claimed(self, hold_id: str, *, claimed: bool) -> None:
        """It is being paid for, or not any more; this may be heard before the hold itself is."""
        self._claimed.pop(hold_id, None)
        if claimed:
            _keep(self._claimed, hold_id, None)

    def warn(self, now: datetime, at: list[int], forgotten_after: float) -> None:
        """Tell of holds that are about to end: each warning once, and only the latest that is due."""
        for held in list(self.holds.values()):
            left = (held.expires_at - now).total_seconds()
            due = [seconds for seconds in at if left <= seconds]
            if left < -forgotten_after:
                del self.holds[held.hold_id]
            elif due and left > 0 and held.hold_id not in self._claimed and (not held.warned or min(due) < held.warned):
                held.warned = min(due)
                self.readers.show(
                    Frame(
                        HoldExpires(
                            hold_id=held.hold_id,
                            showtime_id=held.showtime_id,
                            expires_at=held.expires_at,
                            seconds=max(1, round(left)),
                        )
                    )
                )

    def order(self, stands: OrderStands) -> None:
        """How an order stands; facts come more than once, and are told once."""
        word = (stands.status, stands.code)
        if self._orders.pop(stands.order_id, None) != word:
            self.readers.show(Frame(stands))
        _keep(self._orders, stands.order_id, word)

    def may_wait(self, booking_id: str) -> bool:
        """Whether it can be in the line: none that has left it comes back."""
        return booking_id not in self._bookings

    def booking(self, stands: QueueStands) -> None:
        """How a booking stands: each place as it comes, and the end of its waiting once."""
        if stands.status != "accepted":
            known = self._bookings.pop(stands.booking_id, None)
            _keep(self._bookings, stands.booking_id, stands.status)
            if known == stands.status:
                return
        self.readers.show(Frame(stands))


def _keep(kept: dict[str, V], key: str, value: V) -> None:
    """Remember, and forget the oldest."""
    kept[key] = value
    while len(kept) > _ORDERS:
        del kept[next(iter(kept))]
