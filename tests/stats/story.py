"""A showtime's story: what happens to its seats step by step, what is told of it, and what must be counted at its end.

The seats are a plain table here, so that what the statistics sum up is compared with something that is no sum.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple

import msgspec

from internal.platform.bus import Delivery, Message, Meta
from internal.platform.ids import new_id
from internal.stats.domain import Hall
from proto import Event
from proto.catalog import ShowtimeFacts, ShowtimePublished
from proto.inventory import (
    BlockedSeat,
    HoldCreated,
    HoldExpired,
    HoldRefreshed,
    HoldReleased,
    SeatsBlocked,
    SeatsPurchased,
    SeatsReleased,
    SeatsUnblocked,
    SoldOrder,
)
from proto.orders import OrderCompleted, OrderRefunded, Sale, SaleRefund
from proto.seatkeys import BLOCKED, FREE, HELD, SOLD
from proto.seatmap import Area, Row, Seat, Section

__all__ = ["LAYOUT", "PRICE", "Fact", "Story", "sections"]

LAYOUT = "two-sections-and-a-floor"
PRICE = 2_500
_BEGIN = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)


def sections() -> list[Section]:
    """Twelve seats in two rows, six in one, and four places to stand."""

    def row(name: str, seats: int) -> Row:
        made = [Seat(seat_id=f"{name}{at}", number=str(at), x=at, y=0, tier="T") for at in range(1, seats + 1)]
        return Row(row_id=name, label=name, seats=made)

    return [
        Section(section_id="stalls", name="Stalls", rows=[row("A", 6), row("B", 6)]),
        Section(section_id="balcony", name="Balcony", rows=[row("C", 6)]),
        Section(section_id="floor", name="Floor", areas=[Area(area_id="floor", name="Floor", capacity=4, tier="T")]),
    ]


class Fact(NamedTuple):
    """An event as it lies in its stream."""

    event: Event
    id: str
    at: datetime

    @property
    def message(self) -> Message:
        return Message.of(self.event, id=self.id, headers={"Aisle-Time": self.at.isoformat()})

    @property
    def delivery(self) -> Delivery:
        stream = self.event.subject.partition(".")[0].upper()
        meta = Meta(self.id, self.event.subject, stream, "", 1, 1, "", self.at, {"Aisle-Time": self.at.isoformat()})
        return Delivery(meta, msgspec.json.encode(self.event))


@dataclass
class Story:
    """`step` takes it further; what may happen depends on what has happened."""

    random: Random
    showtime_id: str = field(default_factory=lambda: new_id("showtime"))
    event_id: str = field(default_factory=lambda: new_id("event"))
    organization_id: str = field(default_factory=lambda: new_id("org"))
    facts: list[Fact] = field(default_factory=list)
    hall: Hall = field(default_factory=lambda: Hall(LAYOUT, sections()))
    states: dict[str, str] = field(default_factory=dict)
    blocked_at: dict[str, datetime] = field(default_factory=dict)
    holds: dict[str, list[str]] = field(default_factory=dict)
    orders: dict[str, list[str]] = field(default_factory=dict)
    sales: dict[str, Sale] = field(default_factory=dict)
    ended: list[tuple[str, list[str]]] = field(default_factory=list)
    begun: list[list[str]] = field(default_factory=list)
    now: datetime = _BEGIN

    def __post_init__(self) -> None:
        self.states = dict.fromkeys(self.hall.places, FREE)

    def step(self, which: int) -> None:
        """One of the things that can happen, if it can."""
        self.now += timedelta(seconds=self.random.randint(1, 90))
        doings: list[Callable[[], None]] = [
            *(self._hold, self._hold, self._hold, self._buy, self._buy),
            *(self._give_up, self._expire, self._refresh, self._refund, self._block, self._unblock),
        ]
        doings[which % len(doings)]()

    def lives(self, steps: int) -> Story:
        """So many steps."""
        for _ in range(steps):
            self.step(self.random.randrange(1_000))
        return self

    # -- what may happen ---------------------------------------------------------------------------------------------

    def _tell(self, event: Event, fact_id: str | None = None) -> None:
        self.facts.append(Fact(event, fact_id or new_id("fact"), self.now))

    def _some(self, state: str, most: int = 3) -> list[str]:
        found = sorted(seat for seat, has in self.states.items() if has == state)
        return self.random.sample(found, min(len(found), self.random.randint(1, most)))

    def _paint(self, seats: list[str], state: str) -> None:
        self.states.update(dict.fromkeys(seats, state))

    def _hold(self) -> None:
        if seats := self._some(FREE):
            hold_id = new_id("hold")
            self.holds[hold_id] = seats
            self.begun.append(list(seats))
            self._paint(seats, HELD)
            until = self.now + timedelta(minutes=5)
            self._tell(
                HoldCreated(
                    hold_id=hold_id, user_id="user_1", showtime_id=self.showtime_id, seat_ids=seats, expires_at=until
                )
            )

    def _give_up(self) -> None:
        if not self.holds:
            return
        hold_id = self.random.choice(list(self.holds))
        seats = self.holds[hold_id]
        leaving = self.random.sample(seats, self.random.randint(1, len(seats)))
        self._paint(leaving, FREE)
        left = [seat for seat in seats if seat not in leaving]
        if left:
            self.holds[hold_id] = left
        else:
            del self.holds[hold_id]
        self.ended.append(("unsold", leaving))
        self._tell(
            HoldReleased(hold_id=hold_id, showtime_id=self.showtime_id, seat_ids=leaving),
        )

    def _expire(self) -> None:
        if not self.holds:
            return
        hold_id = self.random.choice(list(self.holds))
        seats = self.holds.pop(hold_id)
        self._paint(seats, FREE)
        self.ended.append(("unsold", seats))
        self._tell(HoldExpired(hold_id=hold_id, showtime_id=self.showtime_id, seat_ids=seats))

    def _refresh(self) -> None:
        if self.holds:
            hold_id = self.random.choice(list(self.holds))
            until = self.now + timedelta(minutes=5)
            self._tell(HoldRefreshed(hold_id=hold_id, showtime_id=self.showtime_id, expires_at=until))

    def _buy(self) -> None:
        if not self.holds:
            return
        seats = self.holds.pop(self.random.choice(list(self.holds)))
        order_id = new_id("order")
        self._paint(seats, SOLD)
        self.ended.append(("sold", seats))
        self.orders[order_id] = list(seats)
        prices = [PRICE + 100 * at for at in range(len(seats))]
        total, currency = sum(prices), "EUR"
        self.sales[order_id] = Sale(
            order_id=order_id,
            showtime_id=self.showtime_id,
            seat_ids=seats,
            prices=prices,
            total=total,
            currency=currency,
            at=self.now,
        )
        self._tell(
            OrderCompleted(
                order_id=order_id,
                user_id="user_1",
                showtime_id=self.showtime_id,
                seat_ids=seats,
                total=total,
                currency=currency,
            )
        )
        self._tell(SeatsPurchased(showtime_id=self.showtime_id, seat_ids=seats, order_id=order_id))

    def _refund(self) -> None:
        some = [order for order, seats in self.orders.items() if seats]
        if not some:
            return
        order_id = self.random.choice(some)
        seats = self.random.sample(self.orders[order_id], self.random.randint(1, len(self.orders[order_id])))
        self.orders[order_id] = [seat for seat in self.orders[order_id] if seat not in seats]
        self._paint(seats, FREE)
        sale = self.sales[order_id]
        price_of = dict(zip(sale.seat_ids, sale.prices, strict=True))
        prices = [price_of[seat] for seat in seats]
        refund = SaleRefund(refund_id=new_id("refund"), seat_ids=seats, prices=prices, amount=sum(prices), at=self.now)
        self.sales[order_id] = msgspec.structs.replace(sale, refunds=[*sale.refunds, refund])
        self._tell(SeatsReleased(showtime_id=self.showtime_id, seat_ids=seats, order_id=order_id))
        self._tell(
            OrderRefunded(
                order_id=order_id,
                refund_id=refund.refund_id,
                user_id="user_1",
                showtime_id=self.showtime_id,
                seat_ids=seats,
                amount=refund.amount,
                currency="EUR",
                whole=not self.orders[order_id],
            )
        )

    def _block(self) -> None:
        """Some that are free, and some that are blocked already: those have another reason from now on."""
        seats = sorted({*self._some(FREE), *self._some(BLOCKED, 1)})
        if seats:
            self._paint(seats, BLOCKED)
            self.blocked_at.update(dict.fromkeys(seats, self.now))
            self._tell(SeatsBlocked(showtime_id=self.showtime_id, seat_ids=seats, reason="camera", user_id="user_2"))

    def _unblock(self) -> None:
        if seats := self._some(BLOCKED):
            self._paint(seats, FREE)
            self._tell(SeatsUnblocked(showtime_id=self.showtime_id, seat_ids=seats, user_id="user_2"))

    # -- what must be counted ----------------------------------------------------------------------------------------

    def expected(self) -> dict[str, dict[str, int]]:
        """Section -> counts; '' is the whole."""
        return {section: self._expected(section) for section in ("", "stalls", "balcony", "floor")}

    def _in(self, seats: list[str], section: str) -> list[str]:
        return [seat for seat in seats if not section or self.hall.section_of(seat) == section]

    def _expected(self, section: str) -> dict[str, int]:
        states = Counter(self.states[seat] for seat in self._in(list(self.states), section))
        prices = {
            (sale.order_id, seat): price
            for sale in self.sales.values()
            for seat, price in zip(sale.seat_ids, sale.prices, strict=True)
        }
        back = [(one.order_id, refund) for one in self.sales.values() for refund in one.refunds]
        return {
            "held": states[HELD],
            "sold": states[SOLD],
            "blocked": states[BLOCKED],
            "holds": sum(bool(self._in(seats, section)) for seats in self.begun),
            "holds_sold": sum(how == "sold" and bool(self._in(seats, section)) for how, seats in self.ended),
            "bought": sum(len(self._in(seats, section)) for how, seats in self.ended if how == "sold"),
            "unsold": sum(len(self._in(seats, section)) for how, seats in self.ended if how == "unsold"),
            "orders": sum(bool(self._in(sale.seat_ids, section)) for sale in self.sales.values()),
            "refunds": sum(bool(self._in(refund.seat_ids, section)) for _, refund in back),
            "gross": sum(price for (_, seat), price in prices.items() if self._in([seat], section)),
            "refunded": sum(
                prices[order, seat] for order, refund in back for seat in self._in(refund.seat_ids, section)
            ),
        }

    # -- what the others know ----------------------------------------------------------------------------------------

    def published(self) -> ShowtimePublished:
        return ShowtimePublished(**self.terms())  # type: ignore[arg-type]

    def known(self) -> ShowtimeFacts:
        return ShowtimeFacts(**self.terms(), status="published")  # type: ignore[arg-type]

    def terms(self) -> dict[str, object]:
        """What the catalog says of it."""
        return {
            "showtime_id": self.showtime_id,
            "event_id": self.event_id,
            "organization_id": self.organization_id,
            "venue_id": "venue_1",
            "layout_hash": LAYOUT,
            "starts_at": datetime.now(UTC) + timedelta(days=3),
            "seats_per_buyer": 8,
            "hold_seconds": 300,
            "currency": "EUR",
        }

    def sold_orders(self) -> list[SoldOrder]:
        return [
            SoldOrder(order_id=order_id, seat_ids=self.sales[order_id].seat_ids, kept=kept)
            for order_id, kept in sorted(self.orders.items())
        ]

    def blocked(self) -> list[BlockedSeat]:
        found = sorted(seat for seat, state in self.states.items() if state == BLOCKED)
        return [BlockedSeat(seat_id=seat, at=self.blocked_at[seat]) for seat in found]

    def map(self) -> str:
        return "".join(self.states[place] for place in self.hall.places)
