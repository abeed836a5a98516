"""The seats as they should be, in plain Python: what the state machine compares Redis and Postgres with."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Held", "Model", "Order"]


@dataclass
class Held:
    """A hold. `over` once its time ran out; it is forgotten when it is swept."""

    user: str
    seats: list[str]
    refreshes: int
    order: str | None = None
    over: bool = False


@dataclass
class Order:
    """What Postgres remembers of an order."""

    user: str
    hold: str
    seats: list[str]
    state: str


@dataclass
class Model:
    """One showtime. `limit` seats for each buyer."""

    seats: list[str]
    limit: int
    refreshes: int
    locks: dict[str, str] = field(default_factory=dict)  # seat -> hold, in force or expired and not swept
    holds: dict[str, Held] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    rows: dict[str, tuple[str, str]] = field(default_factory=dict)  # seat -> state and order (or "" when blocked)
    painted: set[str] = field(default_factory=set)  # seats whose hold is over and whose lock is gone, not swept yet

    def count(self, user: str) -> int:
        held = sum(len(hold.seats) for hold in self.holds.values() if hold.user == user and hold.order is None)
        return held + sum(1 for _, order in self.rows.values() if order and self.orders[order].user == user)

    def byte(self, seat: str) -> str:
        if seat in self.rows:
            return {"claimed": "c", "sold": "s", "blocked": "b"}[self.rows[seat][0]]
        return "h" if seat in self.locks or seat in self.painted else "."

    def taken(self, seats: list[str]) -> list[str]:
        return [seat for seat in seats if seat in self.rows or seat in self.locks]

    def hold(self, hold_id: str, user: str, seats: list[str]) -> None:
        self.painted -= set(seats)
        self.holds[hold_id] = Held(user, list(seats), self.refreshes)
        self.locks.update(dict.fromkeys(seats, hold_id))

    def free(self, hold_id: str, seats: list[str]) -> None:
        """Those of the seats whose lock is this hold's."""
        for seat in seats:
            if self.locks.get(seat) == hold_id:
                del self.locks[seat]

    def sweep(self) -> None:
        for hold_id, hold in list(self.holds.items()):
            if hold.over and hold.order is None:
                self.free(hold_id, hold.seats)
                self.painted -= set(hold.seats)
                del self.holds[hold_id]

    def claim(self, order_id: str, hold_id: str) -> None:
        hold = self.holds[hold_id]
        hold.order = order_id
        self.free(hold_id, hold.seats)
        self.orders[order_id] = Order(hold.user, hold_id, list(hold.seats), "claimed")
        self.rows.update(dict.fromkeys(hold.seats, ("claimed", order_id)))

    def drop(self, order_id: str) -> None:
        """The claim is dropped: back to the hold if its time is not over, else free."""
        order = self.orders[order_id]
        order.state = "released"
        for seat in order.seats:
            del self.rows[seat]
        self.unclaimed(order.hold)

    def unclaimed(self, hold_id: str) -> None:
        hold = self.holds[hold_id]
        if hold.over:
            self.free(hold_id, hold.seats)
            del self.holds[hold_id]
        else:
            hold.order = None
            self.locks.update(dict.fromkeys(hold.seats, hold_id))

    def sell(self, order_id: str) -> None:
        order = self.orders[order_id]
        order.state = "purchased"
        self.rows.update(dict.fromkeys(order.seats, ("sold", order_id)))
        self.holds.pop(order.hold, None)

    def refund(self, order_id: str, seats: list[str] | None) -> list[str]:
        order = self.orders[order_id]
        freed = [
            seat for seat, row in self.rows.items() if row == ("sold", order_id) and (seats is None or seat in seats)
        ]
        for seat in freed:
            del self.rows[seat]
        if not any(row[1] == order_id for row in self.rows.values()):
            order.state = "refunded"
        return sorted(freed)
