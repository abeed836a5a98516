"""Events over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from internal.platform.ids import new_id
from proto.catalog import (
    EventCanceled,
    EventCreated,
    EventDeleted,
    EventPublished,
    EventUpdated,
    ShowtimeCreated,
    ShowtimeDeleted,
)
from tests.catalog.conftest import Organizer, good, soon
from tests.edge import code
from tests.running import System


async def test_an_event_goes_its_way(system: System, ada: Organizer) -> None:
    """Written down, changed, published, cancelled with a reason; each step is told once, in its order."""
    event = await ada.event(description="Puccini", imageUrl="https://example.com/tosca.jpg")
    path = f"/api/events/{event['id']}"
    assert (event["status"], event["version"], event["showtimes"]) == ("draft", 1, [])
    changed = good(await ada.call("PATCH", path, {"name": "Tosca!"}))
    assert (changed["name"], changed["description"]) == ("Tosca!", "Puccini")
    assert good(await ada.call("POST", f"{path}/publish"))["status"] == "published"
    canceled = good(await ada.call("POST", f"{path}/cancel", {"reason": "The tenor is ill"}))
    assert (canceled["status"], canceled["reason"]) == ("canceled", "The tenor is ill")
    shown = good(await system.stranger()("GET", path))
    assert (shown["status"], shown["reason"]) == ("canceled", "The tenor is ill")
    told = await system.heard.told(event["id"], EventCreated, EventUpdated, EventPublished, EventCanceled)
    assert isinstance(told[-1], EventCanceled)
    assert told[-1].reason == "The tenor is ill"


async def test_a_draft_is_for_its_staff(system: System, ada: Organizer) -> None:
    """To strangers, other organisers and customers a draft is not there, to read or to change; staff see it."""
    event = await ada.event()
    path = f"/api/events/{event['id']}"
    other, customer, staff = system.person(), system.person(), system.person()
    await other.organizes("Circus")
    for person, role in ((customer, "customer"), (staff, "staff")):
        body = {"role": role}
        good(await ada.call("PUT", f"/api/organizations/{ada.organization}/members/{person.id}", body))
    for person in (system.stranger(), other, customer):
        assert code(await person("GET", path)) == (404, "event_unknown")
        listed = good(await person("GET", "/api/events", params={"organizationId": ada.organization}))
        assert listed["items"] == []
    for person in (other, customer):
        assert code(await person("PATCH", path, {"name": "Mine"})) == (404, "event_unknown")
        assert code(await person("POST", f"{path}/publish")) == (404, "event_unknown")
        params = {"organizationId": ada.organization, "status": "any"}
        assert code(await person("GET", "/api/events", params=params)) == (403, "not_allowed_here")
    drafts = {"organizationId": ada.organization, "status": "draft"}
    assert code(await system.stranger()("GET", "/api/events", params=drafts)) == (401, "unauthenticated")
    answer = await staff("GET", path)
    assert good(answer)["id"] == event["id"]
    assert answer.headers["cache-control"] == "private, no-store"
    assert [one["id"] for one in good(await staff("GET", "/api/events", params=drafts))["items"]] == [event["id"]]


async def test_a_foreign_organizer_changes_nothing(system: System, ada: Organizer) -> None:
    """What is published is known to others, and not theirs to change; who is not signed in is told so."""
    event = await ada.published_event()
    path = f"/api/events/{event['id']}"
    other = system.person()
    await other.organizes("Circus")
    calls: list[tuple[str, str, Any]] = [
        ("PATCH", path, {"name": "Mine"}),
        ("PUT", path, {"name": "Mine"}),
        ("DELETE", path, None),
        ("POST", f"{path}/cancel", {"reason": "Ha"}),
        ("POST", f"{path}/showtimes", {"venueId": new_id("venue"), "startsAt": soon(), "currency": "TRY"}),
        ("POST", "/api/events", {"organizationId": ada.organization, "name": "Theirs"}),
    ]
    for method, where, body in calls:
        assert code(await other(method, where, body)) == (403, "not_allowed_here"), (method, where)
        assert code(await system.stranger()(method, where, body)) == (401, "unauthenticated"), (method, where)
    assert good(await ada.call("GET", path, headers={"cache-control": "no-cache"}))["version"] == event["version"]


async def test_of_two_who_change_one_version_one_is_told(ada: Organizer) -> None:
    """The ETag of what was read is the condition of the change; who comes second reads again."""
    event = await ada.event()
    path = f"/api/events/{event['id']}"
    tag = (await ada.call("GET", path)).headers["etag"]
    first, second = await asyncio.gather(
        *(ada.call("PATCH", path, {"name": name}, {"if-match": tag}) for name in ("One", "Two"))
    )
    winner, loser = sorted((first, second), key=lambda answer: answer.status_code)
    assert winner.status_code == 200
    assert code(loser) == (412, "changed_meanwhile")
    assert code(await ada.call("DELETE", path, headers={"if-match": '"made up"'})) == (412, "changed_meanwhile")
    replaced = await ada.call("PUT", path, {"name": "Three"}, {"if-match": winner.headers["etag"]})
    assert (good(replaced)["name"], good(replaced)["description"]) == ("Three", "")
    assert (await ada.call("DELETE", path, headers={"if-match": replaced.headers["etag"]})).status_code == 204


@pytest.mark.parametrize(
    ("steps", "refused", "fault"),
    [
        ("", "cancel", "not_published"),
        ("publish", "publish", "already_published"),
        ("publish", "delete", "frozen_by_publication"),
        ("publish cancel", "cancel", "already_canceled"),
        ("publish cancel", "publish", "already_canceled"),
        ("publish cancel", "patch", "already_canceled"),
        ("publish cancel", "delete", "already_canceled"),
    ],
)
async def test_no_step_goes_back(ada: Organizer, steps: str, refused: str, fault: str) -> None:
    """Each step that the state does not allow is refused by its name, and nothing changes."""
    event = await ada.event()
    path = f"/api/events/{event['id']}"
    calls: dict[str, tuple[str, str, Any]] = {
        "publish": ("POST", f"{path}/publish", None),
        "cancel": ("POST", f"{path}/cancel", {"reason": "Rain"}),
        "patch": ("PATCH", path, {"name": "Other"}),
        "delete": ("DELETE", path, None),
    }
    for step in steps.split():
        good(await ada.call(*calls[step]))
    before = good(await ada.call("GET", path))
    assert code(await ada.call(*calls[refused])) == (409, fault)
    assert good(await ada.call("GET", path)) == before


async def test_a_draft_is_thrown_away(system: System, ada: Organizer) -> None:
    """It is gone with its showtimes, and those who heard of it are told."""
    event, venue_id = await ada.event(), await ada.venue()
    showtime = await ada.showtime(event, venue_id)
    assert (await ada.call("DELETE", f"/api/events/{event['id']}")).status_code == 204
    assert code(await ada.call("GET", f"/api/events/{event['id']}")) == (404, "event_unknown")
    assert code(await ada.call("GET", f"/api/showtimes/{showtime['id']}")) == (404, "showtime_unknown")
    await system.heard.told(event["id"], EventCreated, ShowtimeCreated, ShowtimeDeleted, EventDeleted)


async def test_one_key_makes_one_event(system: System, ada: Organizer) -> None:
    """Sent five times at once and once again with one key, there is one event; another body is refused."""
    key = {"idempotency-key": new_id("key")}
    body = {"organizationId": ada.organization, "name": "Once"}
    answers = await asyncio.gather(*(ada.call("POST", "/api/events", body, key) for _ in range(5)))
    answers.append(await ada.call("POST", "/api/events", body, key))
    made = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    assert len(made) == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert answers[-1].status_code == 201
    assert answers[-1].headers["location"] == f"/api/events/{made.pop()}"
    other = {**body, "name": "Twice"}
    assert code(await ada.call("POST", "/api/events", other, key)) == (422, "key_reused")
    params = {"organizationId": ada.organization, "status": "any"}
    assert len(good(await ada.call("GET", "/api/events", params=params))["items"]) == 1


async def test_a_cancellation_with_a_key_is_answered_the_same(ada: Organizer) -> None:
    """The second one with the key gets the first one's answer; without it, a conflict."""
    event = await ada.published_event()
    call = ("POST", f"/api/events/{event['id']}/cancel", {"reason": "Rain"}, {"idempotency-key": "k"})
    first, second = await ada.call(*call), await ada.call(*call)
    assert good(first) == good(second)
    assert code(await ada.call(*call[:3])) == (409, "already_canceled")


async def test_events_are_found(system: System, ada: Organizer) -> None:
    """By organisation, category, words and time, in pages; nothing comes twice and nothing is left out."""
    admin = system.person(roles=("customer", "admin"))
    category = good(await admin("POST", "/api/categories", {"name": new_id("opera")}))["id"]
    made = [await ada.published_event(name=f"Evening {number}") for number in range(5)]
    special = await ada.published_event(name="Fidelio", description="Beethoven's only one", categoryId=category)
    await ada.event(name="Fidelio, a draft")
    stranger = system.stranger()

    async def found(**params: Any) -> list[str]:
        ids: list[str] = []
        cursor = None
        while True:
            asked = {"organizationId": ada.organization, "limit": 2, **params} | ({"cursor": cursor} if cursor else {})
            page = good(await stranger("GET", "/api/events", params=asked))
            ids += [event["id"] for event in page["items"]]
            cursor = page["nextCursor"]
            if cursor is None:
                return ids

    assert await found() == [special["id"], *(event["id"] for event in reversed(made))]
    assert await found(categoryId=category) == [special["id"]]
    assert await found(q="beethoven fidelio") == [special["id"]]
    assert await found(q="nowhere") == []
    venue_id = await ada.venue("Stalls")
    draft = await ada.showtime(special, venue_id, startsAt=soon(3), tiers=[{"name": "Stalls", "price": 1}])
    assert await found(**{"from": soon(2), "until": soon(4)}) == []
    good(await ada.call("POST", f"/api/showtimes/{draft['id']}/publish"))
    assert await found(**{"from": soon(2), "until": soon(4)}) == [special["id"]]
    assert await found(**{"from": soon(4)}) == []


async def test_active_events_are_those_still_to_be_played(system: System, ada: Organizer) -> None:
    """The soonest first; a draft, one without a showtime on sale, and a cancelled one are not among them."""
    await ada.published_event()
    event, showtime = await ada.on_sale()
    mine = {"cache-control": "no-cache"}

    async def active() -> dict[str, str]:
        listed: dict[str, str] = {}
        cursor: dict[str, str] = {}
        while True:
            page = good(await system.stranger()("GET", "/api/events/active", headers=mine, params=cursor))
            listed |= {one["id"]: one["nextStartsAt"] for one in page["items"]}
            if page["nextCursor"] is None:
                return listed
            cursor = {"cursor": page["nextCursor"]}

    listed = await active()
    assert listed[event["id"]] == showtime["startsAt"]
    assert list(listed.values()) == sorted(listed.values())
    good(await ada.call("POST", f"/api/events/{event['id']}/cancel", {"reason": "Rain"}))
    assert event["id"] not in await active()


async def test_an_event_page_is_kept_by_its_readers(system: System, ada: Organizer) -> None:
    """It has the showtimes, their prices and an ETag; who has it already gets nothing, and a change is seen."""
    event, showtime = await ada.on_sale()
    path = f"/api/events/{event['id']}"
    for reader in (system.stranger(), ada.call, system.stranger()):
        answer = await reader("GET", path)
        assert [one["id"] for one in good(answer)["showtimes"]] == [showtime["id"]]
        assert good(answer)["showtimes"][0]["tiers"][0]["price"] == 5000
        assert answer.headers["cache-control"].startswith("public, max-age=")
    again = await system.stranger()("GET", path, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    good(await ada.call("PATCH", path, {"name": "Changed"}))
    changed = await system.stranger()("GET", path)
    assert good(changed)["name"] == "Changed"
    assert changed.headers["etag"] != answer.headers["etag"]


@pytest.mark.parametrize(
    "body",
    [
        {"name": ""},
        {"name": "x" * 201},
        {"name": "a\u0000b"},
        {"name": "Tosca", "surprise": 1},
        {"name": "Tosca", "imageUrl": "javascript:alert(1)"},
        {"name": "Tosca", "organizationId": "org_1"},
        {"name": "Tosca", "totalSeats": 9},
        {"name": "Tosca", "totalSeats": 1001},
        {"name": "Tosca", "totalSeats": "100"},
        {"name": "Tosca", "price": 100},
        {"name": "Tosca", "totalSeats": 10, "startsAt": "2027-01-01T20:00:00"},
        {"name": "Tosca", "totalSeats": 10, "startsAt": "0001-01-01T00:00:00+14:00"},
        ["Tosca"],
    ],
)
async def test_what_is_not_an_event_is_refused_with_its_path(ada: Organizer, body: Any) -> None:
    """Each mistake is a 400 that says where."""
    answer = await ada.call("POST", "/api/events", body)
    assert code(answer) == (400, "malformed"), answer.text
    assert answer.json()["path"].startswith("$")


async def test_what_does_not_exist_is_not_referred_to(ada: Organizer) -> None:
    """A category that is not there is named as the mistake; the event is not made."""
    body = {"organizationId": ada.organization, "name": "Tosca", "categoryId": new_id("category")}
    answer = await ada.call("POST", "/api/events", body)
    assert code(answer) == (422, "reference_unknown")
    assert answer.json()["path"] == "$.categoryId"
    for path in ("/api/events/nonsense", f"/api/events/{new_id('event')}", f"/api/events/{new_id('showtime')}"):
        assert code(await ada.call("GET", path)) == (404, "event_unknown")


async def test_both_roads_to_a_page_say_the_same(system: System, ada: Organizer) -> None:
    """What is at hand is answered at once, in the same bytes as by the ordinary route; a bad token is still refused."""
    event, _ = await ada.on_sale()
    path = f"/api/events/{event['id']}"
    ordinary, fast = await system.stranger()("GET", path), await system.stranger()("GET", path)
    assert "x-request-id" in ordinary.headers
    assert "x-request-id" not in fast.headers, "the second one was to come by the fast road"
    assert fast.content == ordinary.content
    for name in ("etag", "cache-control", "content-type"):
        assert fast.headers[name] == ordinary.headers[name]
    known = await ada.call("GET", path)
    assert "x-request-id" not in known.headers
    assert known.content == ordinary.content
    forged = await system.stranger()("GET", path, headers={"authorization": "Bearer nonsense"})
    assert code(forged)[0] == 401
