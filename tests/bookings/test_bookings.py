"""A seat asked for with one request: accepted, held, paid; in order, once, and only for whom it concerns."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from internal.platform.bus import Message
from internal.platform.ids import new_id
from tests.bookings.conftest import QUICK, House, ended
from tests.databases import opened
from tests.waiting import until


async def test_a_booking_is_accepted_held_and_completed(house: House) -> None:
    """202 with a place to ask; then the hold for the buyer, then the order."""
    buyer = house.system.person()
    event_id, (showtime_id,) = house.others.event()
    booking = await house.books(buyer, event_id)
    done = await house.becomes(buyer, booking, "completed")
    assert (done["userId"], done["eventId"], done["showtimeId"], done["seatId"]) == (
        buyer.id,
        event_id,
        showtime_id,
        "A-1",
    )
    assert done["holdId"] == house.others.holds[booking].hold_id
    assert done["orderId"] == house.others.checkouts[done["checkoutId"]].order_id
    assert house.others.actors[booking] == buyer.id


async def test_of_many_for_one_seat_the_first_has_it(house: House) -> None:
    """Fifty people, one after another by a hair: the others are told why not."""
    people = [house.system.person() for _ in range(50)]
    event_id, _ = house.others.event()
    first = await house.books(people[0], event_id)
    rest = await asyncio.gather(*(house.books(person, event_id) for person in people[1:]))
    assert (await house.becomes(people[0], first, "completed", "failed"))["status"] == "completed"
    for person, booking in zip(people[1:], rest, strict=True):
        lost = await house.becomes(person, booking, "completed", "failed")
        assert (lost["status"], lost["code"], lost["message"]) == ("failed", "seat_gone", "Somebody else was faster.")


async def test_the_order_of_arrival_is_kept_for_each_showtime(house: House) -> None:
    """Of two showtimes, each one's bookings ask inventory in the order in which they were accepted, once."""
    buyer = house.system.person()
    house.others.slow = 0.002
    events = [house.others.event()[0] for _ in range(2)]
    accepted: dict[str, list[str]] = {event_id: [] for event_id in events}
    for number in range(60):
        event_id = events[number % 2]
        accepted[event_id].append(await house.books(buyer, event_id, f"A-{number}"))
    for bookings in accepted.values():
        await house.becomes(buyer, bookings[-1], "completed")
        assert [one for one in dict.fromkeys(house.others.taken) if one in set(bookings)] == bookings


async def test_a_rush_is_booked_once_each(house: House) -> None:
    """A hundred at once for a hundred seats: each taken once and checked out once."""
    buyer = house.system.person()
    event_id, _ = house.others.event()
    bookings = await asyncio.gather(*(house.books(buyer, event_id, f"B-{n}") for n in range(100)))
    for booking in bookings:
        await house.becomes(buyer, booking, "completed")
    assert sorted(set(house.others.taken)) == sorted(bookings)  # a late answer is asked for again
    assert len(house.others.holds) == len(house.others.checkouts) == len(set(house.others.started)) == 100


async def test_a_stuck_booking_does_not_hold_up_the_others(house: House) -> None:
    """No answer for one seat: those behind it go on after the deadline, and it is booked when the answer comes."""
    buyer = house.system.person()
    event_id, _ = house.others.event()
    house.others.mute = {"A-1"}
    stuck = await house.books(buyer, event_id, "A-1")
    behind = await house.books(buyer, event_id, "A-2")
    await house.becomes(buyer, behind, "completed")
    assert (await house.becomes(buyer, stuck, "accepted"))["code"] == ""
    house.others.mute = set()
    await house.becomes(buyer, stuck, "completed")


async def test_an_outage_keeps_everybodys_place(house: House) -> None:
    """However long nobody could be served: afterwards the order is that of the arrival."""
    buyer = house.system.person()
    event_id, _ = house.others.event()
    house.others.away = True
    bookings = [await house.books(buyer, event_id, f"A-{n}") for n in range(10)]
    began = asyncio.get_running_loop().time()
    await until(lambda: asyncio.get_running_loop().time() > began + 2 * float(QUICK["AISLE_BOOKINGS_STUCK_AFTER"]))
    house.others.away = False
    await house.becomes(buyer, bookings[-1], "completed")
    assert list(dict.fromkeys(house.others.taken)) == bookings


async def test_another_showtime_does_not_wait_at_all(house: House) -> None:
    """A stuck showtime is nobody else's trouble."""
    buyer = house.system.person()
    (one, _), (other, _) = house.others.event(), house.others.event()
    house.others.mute = {"X-1"}
    stuck = await house.books(buyer, one, "X-1")
    free = await house.books(buyer, other, "A-1")
    await house.becomes(buyer, free, "completed", seconds=2.0)
    house.others.mute = set()
    await house.becomes(buyer, stuck, "completed")


async def test_the_bank_asks_the_buyer(house: House) -> None:
    """requires_action with the address to go to; afterwards it is as checkout tells."""
    buyer = house.system.person()
    event_id, _ = house.others.event()
    house.others.outcome = {"status": "requires_action", "action_url": "https://bank.example/3ds"}
    booking = await house.books(buyer, event_id)
    waiting = await house.becomes(buyer, booking, "requires_action")
    assert waiting["actionUrl"] == "https://bank.example/3ds"
    house.others.change(waiting["checkoutId"], status="running", action_url=None)
    assert (await house.becomes(buyer, booking, "held"))["actionUrl"] is None
    facts = house.others.change(waiting["checkoutId"], status="completed")
    await house.system.bus.publish_batch([Message.of(ended(facts))])
    await house.becomes(buyer, booking, "completed")


async def test_a_declined_card_fails_the_booking(house: House) -> None:
    """With the reason that checkout gives; a later word about it changes nothing."""
    buyer = house.system.person()
    event_id, _ = house.others.event()
    house.others.outcome = {"status": "failed", "code": "card_declined", "message": "The card was declined."}
    booking = await house.books(buyer, event_id)
    failed = await house.becomes(buyer, booking, "failed")
    assert (failed["code"], failed["message"]) == ("card_declined", "The card was declined.")
    facts = house.others.change(failed["checkoutId"], status="completed")
    other = await house.books(buyer, event_id, "A-2")
    await house.system.bus.publish_batch([Message.of(ended(facts))])
    await house.becomes(buyer, other, "failed")
    assert (await house.becomes(buyer, booking, "failed"))["code"] == "card_declined"


async def test_the_same_key_is_one_booking(counter: House) -> None:
    """Ten times at once and once more: one booking. Another body is refused."""
    buyer = counter.system.person()
    event_id, _ = counter.others.event()
    body = {"userId": buyer.id, "eventId": event_id, "seatId": "A-1"}
    headers = {"idempotency-key": "k1"}
    answers = await asyncio.gather(*(buyer("POST", "/api/book", body, headers) for _ in range(10)))
    answers.append(await buyer("POST", "/api/book", body, headers))
    assert {answer.status_code for answer in answers} <= {202, 409}
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 202}) == 1
    assert (await buyer("POST", "/api/book", {**body, "seatId": "A-2"}, headers)).status_code == 422


async def test_a_key_says_the_same_when_the_event_has_changed(counter: House) -> None:
    """A second showtime is put on sale, or the only one has begun: who asks again is told of the booking."""
    buyer = counter.system.person()
    event_id, _ = counter.others.event()
    body = {"userId": buyer.id, "eventId": event_id, "seatId": "A-1"}
    headers = {"idempotency-key": "k2"}
    first = await buyer("POST", "/api/book", body, headers)
    assert first.status_code == 202
    one, two = counter.others.events[event_id], counter.others.events[counter.others.event()[0]]
    begun = [msgspec.structs.replace(one[0], starts_at=datetime.now(UTC) - timedelta(hours=1))]
    for changed, code in ((one + two, "showtime_needed"), (begun, "nothing_to_book")):
        counter.others.events[event_id] = changed
        again = await buyer("POST", "/api/book", body, headers)
        assert (again.status_code, again.content) == (202, first.content), again.text
        assert (await buyer("POST", "/api/book", body)).json()["code"] == code


async def test_a_booking_is_ones_own(counter: House) -> None:
    """Nobody books for another or sees another's; an administrator does both."""
    buyer, other, root = counter.system.person(), counter.system.person(), counter.system.person(roles=("admin",))
    event_id, _ = counter.others.event()
    body = {"userId": buyer.id, "eventId": event_id, "seatId": "A-1"}
    assert (await other("POST", "/api/book", body)).status_code == 403
    assert (await counter.system.stranger()("POST", "/api/book", body)).status_code == 401
    answer = await root("POST", "/api/book", body)
    assert answer.status_code == 202
    booking = answer.json()["id"]
    assert (await counter.becomes(buyer, booking, "completed"))["userId"] == buyer.id
    assert (await root("GET", f"/api/bookings/{booking}")).status_code == 200
    assert (await other("GET", f"/api/bookings/{booking}")).status_code == 404
    assert (await counter.system.stranger()("GET", f"/api/bookings/{booking}")).status_code == 401
    assert [one["id"] for one in (await buyer("GET", "/api/bookings")).json()["items"]] == [booking]
    assert (await other("GET", "/api/bookings")).json()["items"] == []


async def test_which_showtime_is_meant(counter: House) -> None:
    """The only one; the one named; else a question back, or nothing there."""
    buyer = counter.system.person()
    event_id, showtimes = counter.others.event(2)
    body: dict[str, Any] = {"userId": buyer.id, "eventId": event_id, "seatId": "A-1"}
    asked = await buyer("POST", "/api/book", body)
    assert (asked.status_code, asked.json()["code"]) == (422, "showtime_needed")
    assert asked.json()["showtimeIds"] == showtimes
    named = await buyer("POST", "/api/book", {**body, "showtimeId": showtimes[1]})
    assert named.json()["showtimeId"] == showtimes[1]
    gone = [
        {**body, "showtimeId": new_id("showtime")},
        {**body, "eventId": new_id("event")},
        {**body, "eventId": counter.others.event(status="draft")[0]},
        {**body, "eventId": counter.others.event(starts_at=datetime.now(UTC) - timedelta(hours=1))[0]},
    ]
    for one in gone:
        assert (await buyer("POST", "/api/book", one)).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"seatId": ""},
        {"seatId": "a b"},
        {"userId": "me"},
        {"eventId": 7},
        {"showtimeId": "x"},
        {"price": 1},
        {"payment": {"provider": "A B"}},
        {"payment": {"returnUrl": "javascript:alert(1)"}},
        {"payment": {"returnUrl": "https://shop.example/ş"}},
        {"payment": {"returnUrl": "https://evil.example/"}},
        {"payment": {"method": {"card": {"number": "4242424242424242\0"}}}},
        {"buyer": {"email": "x"}},
        {"buyer": {"name": "a\u0000b"}},
    ],
)
async def test_what_is_malformed_is_refused(counter: House, wrong: dict[str, Any]) -> None:
    """With the path of the field."""
    buyer = counter.system.person()
    event_id, _ = counter.others.event()
    answer = await buyer("POST", "/api/book", {"userId": buyer.id, "eventId": event_id, "seatId": "A-1", **wrong})
    assert answer.status_code == 400, answer.text


async def test_lost_and_repeated_messages_change_nothing(house: House) -> None:
    """The row is the truth: a queue that says things twice, and one that forgets."""
    buyer = house.system.person()
    event_id, _ = house.others.event()
    house.others.mute = {"A-1"}
    booking = await house.books(buyer, event_id)
    await until(lambda: bool(house.others.taken))
    await house.system.bus.client().jetstream().purge_stream("BOOKINGS")
    house.others.mute = set()
    await house.becomes(buyer, booking, "completed")
    assert len(house.others.holds) == 1
    assert len(house.others.checkouts) == 1


@pytest.mark.parametrize(
    ("payment", "provider", "back"),
    [
        ({"returnUrl": "/orders?x=1"}, "stripe", "https://tickets.example/orders?x=1"),
        ({"provider": "mock", "returnUrl": "https://shop.example/back"}, "mock", "https://shop.example/back"),
        (None, "", ""),
    ],
)
async def test_how_it_is_paid_reaches_the_checkout(
    house: House, payment: dict[str, Any] | None, provider: str, back: str
) -> None:
    """The house's own provider if none is named, the whole way back, and from where it was asked; then forgotten."""
    buyer = house.system.person()
    event_id, _ = house.others.event()
    said: dict[str, Any] = {} if payment is None else {"payment": payment}
    booking = await house.books(buyer, event_id, **said)
    done = await house.becomes(buyer, booking, "completed")
    asked = house.others.asked[done["checkoutId"]]
    assert (asked.provider, asked.return_url, asked.buyer_ip) == (provider, back, buyer.address)
    async with opened(house.system.databases["bookings"]) as database, database.read() as tx:
        kept = await tx.execute("select buyer_ip from bookings where id = %s", [booking])
        assert await kept.fetchone() == ("",)
