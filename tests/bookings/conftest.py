"""Bookings as it runs, with stand-ins for catalog, inventory and checkout on the real bus."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from internal.bookings.service import SERVICE as BOOKINGS
from internal.platform.bus import Endpoint
from internal.platform.context import actor
from internal.platform.faults import Fault, Kind, Unavailable
from internal.platform.ids import new_id
from internal.platform.service import Parts, Platform, Service
from proto.catalog import EventShowtimes, ListEventShowtimes, ShowtimeFacts
from proto.checkout import CheckoutEnded, CheckoutFacts, GetCheckout, StartCheckout
from proto.inventory import HeldSeat, HoldFacts, Take
from tests.conftest import Addresses
from tests.running import Person, System, running
from tests.waiting import until

QUICK = {
    "AISLE_PAYING_PUBLIC_URL": "https://tickets.example",
    "AISLE_PAYING_PROVIDER": "stripe",
    "AISLE_PAYING_RETURN_ORIGINS": "https://shop.example",
    "AISLE_BOOKINGS_LOOK_EVERY": "0.1",
    "AISLE_BOOKINGS_AGAIN_AFTER": "0.05",
    "AISLE_BOOKINGS_ASK_WITHIN": "0.3",
    "AISLE_BOOKINGS_STUCK_AFTER": "0.5",
    "AISLE_BOOKINGS_LEASE": "1.5",
    "AISLE_BOOKINGS_STOP_AFTER": "1.0",
    "AISLE_BOOKINGS_GIVE_UP_AFTER": "20",
}


class NoSuchEvent(Fault, kind=Kind.NOT_FOUND):
    """There is no such event here."""


class SeatGone(Fault, kind=Kind.CONFLICT):
    """Somebody else was faster."""


@dataclass
class Others:
    """What the others would remember, and what they were asked, in order."""

    events: dict[str, list[ShowtimeFacts]] = field(default_factory=dict)
    holds: dict[str, HoldFacts] = field(default_factory=dict)  # by request
    seats: dict[tuple[str, str], str] = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)  # requests, each time they came
    actors: dict[str, str] = field(default_factory=dict)
    checkouts: dict[str, CheckoutFacts] = field(default_factory=dict)
    started: list[str] = field(default_factory=list)
    asked: dict[str, StartCheckout] = field(default_factory=dict)
    outcome: dict[str, Any] = field(default_factory=lambda: {"status": "completed"})  # of new checkouts
    mute: set[str] = field(default_factory=set)  # seats about which no answer comes
    slow: float = 0.0
    away: bool = False

    def event(self, count: int = 1, **facts: Any) -> tuple[str, list[str]]:
        """A new event on sale, with so many showtimes."""
        event_id, showtimes = new_id("event"), [new_id("showtime") for _ in range(count)]
        given: dict[str, Any] = {"status": "published", "starts_at": datetime.now(UTC) + timedelta(days=1), **facts}
        self.events[event_id] = [
            ShowtimeFacts(
                showtime_id=one,
                event_id=event_id,
                organization_id="org",
                venue_id="venue",
                layout_hash="x",
                seats_per_buyer=8,
                hold_seconds=300,
                currency="EUR",
                **given,
            )
            for one in showtimes
        ]
        return event_id, showtimes

    async def showtimes(self, asked: ListEventShowtimes) -> EventShowtimes:
        if asked.event_id not in self.events:
            raise NoSuchEvent
        return EventShowtimes(showtimes=self.events[asked.event_id])

    async def take(self, asked: Take) -> HoldFacts:
        if self.away:
            raise Unavailable
        self.taken.append(asked.request_id)
        self.actors[asked.request_id] = actor.get()
        if self.slow:
            await asyncio.sleep(self.slow)
        if asked.request_id in self.holds:
            return self.holds[asked.request_id]
        (seat,) = asked.seat_ids
        if seat in self.mute:
            await asyncio.Event().wait()
        if self.seats.setdefault((asked.showtime_id, seat), asked.request_id) != asked.request_id:
            raise SeatGone
        now = datetime.now(UTC)
        hold = HoldFacts(
            hold_id=new_id("hold"),
            user_id=asked.user_id,
            showtime_id=asked.showtime_id,
            seats=[HeldSeat(seat_id=seat, tier="t", section="s")],
            held_at=now,
            expires_at=now + timedelta(minutes=5),
        )
        return self.holds.setdefault(asked.request_id, hold)

    async def start(self, asked: StartCheckout) -> CheckoutFacts:
        self.started.append(asked.checkout_id)
        self.asked[asked.checkout_id] = asked
        made = CheckoutFacts(
            checkout_id=asked.checkout_id,
            order_id=new_id("order"),
            user_id=asked.user_id,
            hold_id=asked.hold_id,
            **self.outcome,
        )
        return self.checkouts.setdefault(asked.checkout_id, made)

    async def standing(self, asked: GetCheckout) -> CheckoutFacts:
        return self.checkouts[asked.checkout_id]

    def change(self, checkout_id: str, **facts: Any) -> CheckoutFacts:
        changed = msgspec.structs.replace(self.checkouts[checkout_id], **facts)
        self.checkouts[checkout_id] = changed
        return changed

    def services(self) -> list[Service]:
        def build(_: Platform) -> Parts:
            return Parts(
                endpoints=[
                    Endpoint(ListEventShowtimes, self.showtimes),
                    Endpoint(Take, self.take),
                    Endpoint(StartCheckout, self.start),
                    Endpoint(GetCheckout, self.standing),
                ]
            )

        return [Service("others", build)]


@dataclass
class House:
    """The system and the stand-ins."""

    system: System
    others: Others

    async def books(self, person: Person, event_id: str, seat_id: str = "A-1", **more: Any) -> str:
        """The id of a booking that was accepted."""
        answer = await person(
            "POST", "/api/book", {"userId": person.id, "eventId": event_id, "seatId": seat_id, **more}
        )
        assert answer.status_code == 202, answer.text
        assert answer.headers["location"] == f"/api/bookings/{answer.json()['id']}"
        assert answer.json()["status"] == "accepted"
        return str(answer.json()["id"])

    async def becomes(self, person: Person, booking_id: str, *statuses: str, seconds: float = 10.0) -> dict[str, Any]:
        """The booking, once it is one of these."""
        return await becomes(person, booking_id, *statuses, seconds=seconds)


async def becomes(person: Person, booking_id: str, *statuses: str, seconds: float = 10.0) -> dict[str, Any]:
    found: dict[str, Any] = {}

    async def there() -> bool:
        answer = await person("GET", f"/api/bookings/{booking_id}")
        assert answer.status_code == 200, answer.text
        found.update(answer.json())
        return found["status"] in statuses

    try:
        await until(there, seconds)
    except TimeoutError:
        raise AssertionError(f"{found} is none of {statuses}") from None
    return found


@pytest.fixture
async def house(servers: Addresses, tmp_path: Any) -> AsyncIterator[House]:
    others = Others()
    async with running([BOOKINGS, *others.services()], servers, tmp_path, environment=QUICK) as system:
        yield House(system, others)


@pytest.fixture(scope="package")
async def counter(servers: Addresses, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """One for all tests that ask at the door only, each with an event and a buyer of its own."""
    others, folder = Others(), tmp_path_factory.mktemp("counter")
    async with running([BOOKINGS, *others.services()], servers, folder, environment=QUICK) as system:
        yield House(system, others)


def ended(facts: CheckoutFacts) -> CheckoutEnded:
    assert facts.status in {"completed", "failed"}
    return CheckoutEnded(
        checkout_id=facts.checkout_id,
        order_id=facts.order_id,
        user_id=facts.user_id,
        status="completed" if facts.status == "completed" else "failed",
        code=facts.code,
        message=facts.message,
    )
