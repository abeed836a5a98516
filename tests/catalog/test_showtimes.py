"""Showtimes and their prices over HTTP, and as the other services ask of them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from internal.catalog.faults import EventUnknown, ShowtimeUnknown
from internal.platform.ids import new_id
from proto.catalog import (
    GetPrices,
    GetShowtime,
    ListEventShowtimes,
    ShowtimeCanceled,
    ShowtimeCreated,
    ShowtimePublished,
    ShowtimeUpdated,
)
from tests.catalog.conftest import Organizer, good, layout, soon
from tests.edge import code
from tests.running import System


async def test_a_showtime_goes_its_way(system: System, ada: Organizer) -> None:
    """Planned, priced, put on sale and called off; what is told carries all that others need."""
    event, venue_id = await ada.published_event(), await ada.venue("Stalls", "Circle")
    showtime = await ada.showtime(event, venue_id, timeZone="Europe/Istanbul", onSaleFrom=soon(1), seatsPerBuyer=4)
    path = f"/api/showtimes/{showtime['id']}"
    assert (showtime["status"], showtime["seatsPerBuyer"], showtime["holdSeconds"]) == ("draft", 4, 300)
    for name, price in (("Stalls", 9000), ("Circle", 5000)):
        good(await ada.call("POST", f"{path}/tiers", {"name": name, "price": price}))
    published = good(await ada.call("POST", f"{path}/publish"))
    assert published["status"] == "published"
    assert published["layoutHash"] == showtime["layoutHash"] != ""
    assert [(tier["name"], tier["price"]) for tier in published["tiers"]] == [("Stalls", 9000), ("Circle", 5000)]
    assert good(await system.stranger()("GET", path)) == published
    good(await ada.call("POST", f"{path}/cancel", {"reason": "Rain"}))
    told = await system.heard.told(
        showtime["id"], ShowtimeCreated, ShowtimeUpdated, ShowtimeUpdated, ShowtimePublished, ShowtimeCanceled
    )
    told_published = told[3]
    assert isinstance(told_published, ShowtimePublished)
    assert told_published.layout_hash == published["layoutHash"]
    assert told_published.time_zone == "Europe/Istanbul"
    assert [(tier.name, tier.price) for tier in told_published.tiers] == [("Stalls", 9000), ("Circle", 5000)]


async def test_a_price_that_changes_does_not_change_what_was_held(system: System, ada: Organizer) -> None:
    """Asked what the tiers cost at a moment, the catalog answers with its prices; a later tier has its first one."""
    event, venue_id = await ada.published_event(), await ada.venue("Stalls", "Circle")
    showtime = await ada.showtime(event, venue_id, tiers=[{"name": "Stalls", "price": 9000}])
    path = f"/api/showtimes/{showtime['id']}"
    then = datetime.now(UTC)
    (stalls,) = good(await ada.call("GET", path))["tiers"]
    good(await ada.call("PATCH", f"{path}/tiers/{stalls['id']}", {"price": 9900}))
    good(await ada.call("POST", f"{path}/tiers", {"name": "Circle", "price": 5000}))

    async def prices(at: datetime) -> dict[str, int]:
        told = await system.bus.request(GetPrices(showtime_id=showtime["id"], at=at))
        assert (told.event_id, told.currency) == (event["id"], showtime["currency"])
        return {tier.name: tier.price for tier in told.tiers}

    assert await prices(then) == {"Stalls": 9000, "Circle": 5000}
    assert await prices(datetime.now(UTC)) == {"Stalls": 9900, "Circle": 5000}
    with pytest.raises(ShowtimeUnknown):
        await system.bus.request(GetPrices(showtime_id=new_id("showtime"), at=then))


async def test_the_layout_is_frozen_by_publication(ada: Organizer) -> None:
    """A draft takes the layout that its venue has when it is published; a later one is for later showtimes."""
    event, venue_id = await ada.published_event(), await ada.venue("Stalls")
    prices = [{"name": "Stalls", "price": 1}]
    first = await ada.showtime(event, venue_id, tiers=prices)
    good(await ada.call("PUT", f"/api/venues/{venue_id}/layout", layout("Stalls", "Stalls")))
    published = good(await ada.call("POST", f"/api/showtimes/{first['id']}/publish"))
    assert published["layoutHash"] != first["layoutHash"]
    good(await ada.call("PUT", f"/api/venues/{venue_id}/layout", layout("Stalls", "Stalls", "Stalls")))
    shown = good(await ada.call("GET", f"/api/showtimes/{first['id']}"))
    assert shown["layoutHash"] == published["layoutHash"]
    second = await ada.showtime(event, venue_id, tiers=prices)
    assert second["layoutHash"] != published["layoutHash"]


async def test_every_tier_of_the_layout_has_a_price(ada: Organizer) -> None:
    """What has no price is named, and nothing is on sale until it has one; a venue without a layout sells nothing."""
    event, venue_id = await ada.published_event(), await ada.venue("Stalls", "Circle", "Box")
    showtime = await ada.showtime(event, venue_id, tiers=[{"name": "Circle", "price": 100}])
    path = f"/api/showtimes/{showtime['id']}"
    refused = await ada.call("POST", f"{path}/publish")
    assert code(refused) == (409, "tiers_missing")
    assert refused.json()["missing"] == ["Box", "Stalls"]
    for name in ("Box", "Stalls"):
        good(await ada.call("POST", f"{path}/tiers", {"name": name, "price": 0}))
    assert good(await ada.call("POST", f"{path}/publish"))["status"] == "published"
    bare = await ada.showtime(event, await ada.venue())
    assert code(await ada.call("POST", f"/api/showtimes/{bare['id']}/publish")) == (409, "layout_missing")


async def test_a_showtime_waits_for_its_event(system: System, ada: Organizer) -> None:
    """Under a draft it is not published, under a cancelled event neither; what is cancelled takes all along."""
    event, venue_id = await ada.event(), await ada.venue("Stalls")
    prices = [{"name": "Stalls", "price": 1}]
    first, second = [await ada.showtime(event, venue_id, tiers=prices) for _ in range(2)]
    publish = f"/api/showtimes/{first['id']}/publish"
    assert code(await ada.call("POST", publish)) == (409, "event_not_published")
    good(await ada.call("POST", f"/api/events/{event['id']}/publish"))
    good(await ada.call("POST", publish))
    good(await ada.call("POST", f"/api/events/{event['id']}/cancel", {"reason": "Fire"}))
    shown = good(await system.stranger()("GET", f"/api/showtimes/{first['id']}"))
    assert (shown["status"], shown["reason"]) == ("canceled", "Fire")
    assert code(await ada.call("POST", f"/api/showtimes/{second['id']}/publish")) == (409, "already_canceled")
    assert code(await ada.call("POST", f"/api/events/{event['id']}/showtimes", _planned(venue_id)))[0] == 409
    told = await system.heard.told(first["id"], ShowtimeCreated, ShowtimePublished, ShowtimeCanceled)
    assert isinstance(told[-1], ShowtimeCanceled)
    assert told[-1].reason == "Fire"


async def test_of_publish_and_cancel_at_once_the_invariant_wins(ada: Organizer) -> None:
    """An event is cancelled while its showtimes are being published: none is left on sale."""
    event, venue_id = await ada.published_event(), await ada.venue("Stalls")
    drafts = [await ada.showtime(event, venue_id, tiers=[{"name": "Stalls", "price": 1}]) for _ in range(6)]
    calls = [ada.call("POST", f"/api/showtimes/{draft['id']}/publish") for draft in drafts]
    calls.insert(3, ada.call("POST", f"/api/events/{event['id']}/cancel", {"reason": "Rain"}))
    answers = await asyncio.gather(*calls)
    assert {answer.status_code for answer in answers} <= {200, 409}
    listed = good(await ada.call("GET", f"/api/events/{event['id']}/showtimes", params={"drafts": "true"}))
    assert {showtime["status"] for showtime in listed["items"]} <= {"draft", "canceled"}


async def test_what_is_published_keeps_what_was_sold(system: System, ada: Organizer) -> None:
    """Times, limits and prices may change, for those who come later; venue, currency and tiers' names stay."""
    _, showtime = await ada.on_sale()
    path = f"/api/showtimes/{showtime['id']}"
    tier = f"{path}/tiers/{showtime['tiers'][0]['id']}"
    moved = good(await ada.call("PATCH", path, {"startsAt": soon(20), "seatsPerBuyer": 2}))
    assert (moved["status"], moved["seatsPerBuyer"]) == ("published", 2)
    assert moved["layoutHash"] == showtime["layoutHash"]
    assert good(await ada.call("PATCH", tier, {"price": 7000}))["price"] == 7000
    other = await ada.venue("Stalls")
    refusals: list[tuple[str, str, Any]] = [
        ("PATCH", path, {"venueId": other}),
        ("PATCH", path, {"currency": "EUR"}),
        ("DELETE", path, None),
        ("DELETE", tier, None),
        ("PATCH", tier, {"name": "Parquet"}),
    ]
    for method, where, body in refusals:
        assert code(await ada.call(method, where, body)) == (409, "frozen_by_publication"), (method, where, body)
    good(await ada.call("POST", f"{path}/tiers", {"name": "Later", "price": 1}))
    told = await system.heard.told(
        showtime["id"], ShowtimeCreated, ShowtimePublished, ShowtimeUpdated, ShowtimeUpdated, ShowtimeUpdated
    )
    assert isinstance(told[3], ShowtimeUpdated)
    assert told[3].tiers[0].price == 7000


async def test_a_foreign_showtime_is_not_touched(system: System, ada: Organizer) -> None:
    """Others see a draft nowhere, may not change what they see, and cannot play in another's venue."""
    event, published = await ada.on_sale()
    draft = await ada.showtime(event, await ada.venue("Stalls"))
    person = system.person()
    other = Organizer(person, await person.organizes("Circus"))
    listing = f"/api/events/{event['id']}/showtimes"
    assert [one["id"] for one in good(await person("GET", listing))["items"]] == [published["id"]]
    assert code(await person("GET", listing, params={"drafts": "true"})) == (403, "not_allowed_here")
    both = good(await ada.call("GET", listing, params={"drafts": "true"}))["items"]
    assert {one["id"] for one in both} == {published["id"], draft["id"]}
    for showtime, fault in ((draft, (404, "showtime_unknown")), (published, (403, "not_allowed_here"))):
        path = f"/api/showtimes/{showtime['id']}"
        for method, where, body in [
            ("PATCH", path, {"seatsPerBuyer": 1}),
            ("DELETE", path, None),
            ("POST", f"{path}/publish", None),
            ("POST", f"{path}/cancel", {"reason": "Ha"}),
            ("POST", f"{path}/tiers", {"name": "Mine", "price": 0}),
        ]:
            assert code(await person(method, where, body)) == fault, (method, where)
    own, mine = await other.event(), await other.venue("Stalls")
    refused = await person("POST", f"/api/events/{own['id']}/showtimes", _planned(draft["venueId"]))
    assert code(refused) == (422, "reference_unknown")
    moving = await other.showtime(own, mine)
    refused = await person("PATCH", f"/api/showtimes/{moving['id']}", {"venueId": draft["venueId"]})
    assert code(refused) == (422, "reference_unknown")


@pytest.mark.parametrize(
    ("body", "fault", "path"),
    [
        ({"startsAt": "1999-01-01T00:00:00Z"}, (422, "bad_terms"), "$.startsAt"),
        ({"startsAt": "2250-01-01T00:00:00Z"}, (422, "bad_terms"), "$.startsAt"),
        ({"onSaleFrom": soon(11)}, (422, "bad_terms"), "$.onSaleFrom"),
        ({"onSaleFrom": soon(5), "onSaleUntil": soon(4)}, (422, "bad_terms"), "$.onSaleFrom"),
        ({"onSaleUntil": soon(12)}, (422, "bad_terms"), "$.onSaleUntil"),
        ({"holdSeconds": 1801}, (422, "bad_terms"), "$.holdSeconds"),
        ({"seatsPerBuyer": 101}, (422, "bad_terms"), "$.seatsPerBuyer"),
        ({"timeZone": "Mars/Base"}, (422, "reference_unknown"), "$.timeZone"),
        ({"venueId": new_id("venue")}, (422, "reference_unknown"), "$.venueId"),
        ({"startsAt": "9999-12-31T23:59:59-14:00"}, (400, "malformed"), None),
        ({"currency": "lira"}, (400, "malformed"), "$.currency"),
        ({"seatsPerBuyer": 0}, (400, "malformed"), "$.seatsPerBuyer"),
        ({"tiers": [{"name": "A", "price": -1}]}, (400, "malformed"), "$.tiers[0].price"),
        ({"tiers": [{"name": "A", "price": 1.5}]}, (400, "malformed"), "$.tiers[0].price"),
        ({"tiers": [{"name": "A", "price": 1}] * 2}, (409, "tier_taken"), None),
    ],
)
async def test_terms_that_do_not_go_together_are_refused(
    ada: Organizer, body: dict[str, Any], fault: tuple[int, str], path: str | None
) -> None:
    """Each is told with its field, and no showtime is made."""
    event, venue_id = await ada.event(), await ada.venue("Stalls")
    answer = await ada.call("POST", f"/api/events/{event['id']}/showtimes", {**_planned(venue_id), **body})
    assert code(answer) == fault, answer.text
    assert path is None or answer.json()["path"] == path
    listed = good(await ada.call("GET", f"/api/events/{event['id']}/showtimes", params={"drafts": "true"}))
    assert listed["items"] == []


async def test_showtimes_come_in_pages(ada: Organizer) -> None:
    """The earliest first, however they were entered; each once."""
    event, venue_id = await ada.event(), await ada.venue()
    made = [await ada.showtime(event, venue_id, startsAt=soon(days)) for days in (5, 3, 3, 9, 1)]
    expected = [one["id"] for one in sorted(made, key=lambda one: (one["startsAt"], one["id"]))]
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = good(
            await ada.call(
                "GET", f"/api/events/{event['id']}/showtimes", params={"limit": 2, "drafts": "true", **cursor}
            )
        )
        found += [one["id"] for one in page["items"]]
        if page["nextCursor"] is None:
            break
        cursor = {"cursor": page["nextCursor"]}
    assert found == expected


async def test_other_services_are_answered(system: System, ada: Organizer) -> None:
    """One showtime, or all of an event, with status and tiers; what does not exist is a fault of that name."""
    event, showtime = await ada.on_sale()
    draft = await ada.showtime(event, showtime["venueId"], startsAt=soon(1))
    facts = await system.bus.request(GetShowtime(showtime_id=showtime["id"]))
    assert (facts.status, facts.layout_hash, facts.tiers[0].price) == ("published", showtime["layoutHash"], 5000)
    listed = (await system.bus.request(ListEventShowtimes(event_id=event["id"]))).showtimes
    assert [one.showtime_id for one in listed] == [draft["id"], showtime["id"]]
    assert listed[1] == facts
    with pytest.raises(ShowtimeUnknown):
        await system.bus.request(GetShowtime(showtime_id=new_id("showtime")))
    with pytest.raises(EventUnknown):
        await system.bus.request(ListEventShowtimes(event_id=new_id("event")))


async def test_prices_of_two_editors_do_not_overwrite_each_other(ada: Organizer) -> None:
    """Five tiers added at once are all there; the same name twice is refused; If-Match is the showtime's."""
    event, venue_id = await ada.event(), await ada.venue()
    showtime = await ada.showtime(event, venue_id)
    path = f"/api/showtimes/{showtime['id']}"
    tag = (await ada.call("GET", path)).headers["etag"]
    names = [f"Tier {number}" for number in range(5)]
    answers = await asyncio.gather(*(ada.call("POST", f"{path}/tiers", {"name": n, "price": 1}) for n in names))
    assert [answer.status_code for answer in answers] == [201] * 5
    tiers = good(await ada.call("GET", f"{path}/tiers"))["items"]
    assert {tier["name"] for tier in tiers} == set(names)
    assert code(await ada.call("POST", f"{path}/tiers", {"name": names[0], "price": 2})) == (409, "tier_taken")
    stale = await ada.call("POST", f"{path}/tiers", {"name": "New", "price": 2}, {"if-match": tag})
    assert code(stale) == (412, "changed_meanwhile")
    gone = f"{path}/tiers/{tiers[0]['id']}"
    assert (await ada.call("DELETE", gone)).status_code == 204
    assert code(await ada.call("DELETE", gone)) == (404, "tier_unknown")
    assert code(await ada.call("PATCH", gone, {"price": 3})) == (404, "tier_unknown")


def _planned(venue_id: str) -> dict[str, Any]:
    return {"venueId": venue_id, "startsAt": soon(), "currency": "TRY"}
