"""The short form: an event on sale in one call."""

from __future__ import annotations

import asyncio

from internal.platform.ids import new_id
from proto.catalog import EventCreated, EventPublished, ShowtimeCreated, ShowtimePublished
from proto.seatmap import GetLayout
from tests.catalog.conftest import Organizer, good, soon
from tests.edge import code
from tests.running import System

BODY = {"name": "School play", "description": "Third form", "totalSeats": 120}


async def test_one_call_puts_an_event_on_sale(system: System) -> None:
    """Somebody new gets an organisation, a hall of so many seats, a price and a published showtime."""
    ada = system.person()
    event = good(await ada("POST", "/api/events", BODY))
    assert (event["status"], event["name"], event["description"]) == ("published", "School play", "Third form")
    (showtime,) = event["showtimes"]
    assert showtime["status"] == "published"
    assert [(tier["name"], tier["price"]) for tier in showtime["tiers"]] == [("Standard", 1000)]
    assert (showtime["seatsPerBuyer"], showtime["holdSeconds"], showtime["currency"]) == (6, 300, "EUR")
    layout = await system.bus.request(GetLayout(layout_hash=showtime["layoutHash"]))
    assert layout.capacity == 120
    organization = good(await ada("GET", f"/api/organizations/{event['organizationId']}"))
    assert organization["name"] == "School play"
    shown = good(await system.stranger()("GET", f"/api/events/{event['id']}"))
    assert shown == event
    kinds = [type(told) for told in await system.heard.told(event["id"], *_TOLD)]
    assert kinds == list(_TOLD)


_TOLD = (EventCreated, EventPublished, ShowtimeCreated, ShowtimePublished)


async def test_who_organizes_already_stays_with_it(system: System, ada: Organizer) -> None:
    """Without naming one, the event is of the first organisation that one runs; a second call makes no second one."""
    events = [good(await ada.call("POST", "/api/events", {**BODY, "name": f"Play {n}"})) for n in range(2)]
    assert {event["organizationId"] for event in events} == {ada.organization}
    draft = good(await ada.call("POST", "/api/events", {"name": "Tosca"}))
    assert (draft["organizationId"], draft["status"]) == (ada.organization, "draft")


async def test_what_is_said_is_taken(ada: Organizer) -> None:
    """Price, currency, start and time zone may be named."""
    more = {"price": 2500, "currency": "TRY", "startsAt": soon(3), "timeZone": "Europe/Istanbul"}
    event = good(await ada.call("POST", "/api/events", {**BODY, **more, "organizationId": ada.organization}))
    (showtime,) = event["showtimes"]
    assert (showtime["currency"], showtime["timeZone"], showtime["tiers"][0]["price"]) == (
        "TRY",
        "Europe/Istanbul",
        2500,
    )


async def test_one_key_makes_one_event_and_one_hall(ada: Organizer) -> None:
    """Sent again after whatever went wrong, there is one event, one venue, and the same answer."""
    key = {"idempotency-key": new_id("key")}
    answers = await asyncio.gather(*(ada.call("POST", "/api/events", BODY, key) for _ in range(4)))
    answers.append(await ada.call("POST", "/api/events", BODY, key))
    made = {answer.content for answer in answers if answer.status_code == 201}
    assert len(made) == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    venues = good(await ada.call("GET", "/api/venues", params={"organizationId": ada.organization}))["items"]
    assert len(venues) == 1
    assert code(await ada.call("POST", "/api/events", {**BODY, "totalSeats": 50}, key)) == (422, "key_reused")


async def test_guests_strangers_and_the_past_put_nothing_on(system: System, ada: Organizer) -> None:
    """A guest is told to register, a stranger to sign in, and nothing is on sale that has begun already."""
    assert code(await system.person(guest=True)("POST", "/api/events", BODY)) == (403, "guests_cannot_publish")
    assert code(await system.stranger()("POST", "/api/events", BODY)) == (401, "unauthenticated")
    past = {**BODY, "startsAt": soon(-1)}
    assert code(await ada.call("POST", "/api/events", past)) == (409, "showtime_over")
    mine = {"organizationId": ada.organization, "status": "any"}
    assert good(await ada.call("GET", "/api/events", params=mine))["items"] == []
