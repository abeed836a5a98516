"""Venues, layouts, plans and seats over HTTP, with a real Postgres and Valkey behind."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import Any

import msgspec
import pytest

from internal.platform.ids import new_id
from internal.platform.roles import Role
from internal.seatmap import pretix
from internal.seatmap.layout import Layout, content_hash, encode, seat_count
from internal.seatmap.theatre import demo_theatre, simple
from tests.seatmap.conftest import ADMIN, Seatmap
from tests.seatmap.layouts import grid

Headers = dict[str, str]
Venue = dict[str, Any]


async def put_layout(seatmap: Seatmap, venue: Venue, headers: Headers, layout: Layout, **more: str) -> Any:
    return await seatmap.client.put(
        f"/api/venues/{venue['id']}/layout",
        content=encode(layout),
        headers={**headers, "content-type": "application/json", **more},
    )


async def test_a_venue_is_added_read_changed_and_removed(seatmap: Seatmap, venue: Venue, staff: Headers) -> None:
    """Its whole life, each step told as an event."""
    address = f"/api/venues/{venue['id']}"
    assert (await seatmap.client.get(address, headers=staff)).json() == venue
    changed = await seatmap.client.patch(address, json={"name": "Great hall"}, headers=staff)
    assert (changed.status_code, changed.json()["name"], changed.json()["city"]) == (200, "Great hall", "Ankara")
    assert (await seatmap.client.delete(address, headers=staff)).status_code == 204
    gone = await seatmap.client.get(address, headers=staff)
    assert (gone.status_code, gone.json()["code"]) == (404, "no_such_venue")
    assert [await seatmap.told(f"seatmap.venue.{what}", venue["id"]) for what in ("created", "updated", "deleted")] == [
        1,
        1,
        1,
    ]


async def test_venues_are_listed_page_by_page(seatmap: Seatmap, organization: str, staff: Headers) -> None:
    """Every venue of the organisation once, in pages."""
    form = {"organizationId": organization, "name": "Hall"}
    made = [(await seatmap.client.post("/api/venues", json=form, headers=staff)).json()["id"] for _ in range(5)]
    seen: list[str] = []
    query: dict[str, str | int] = {"organizationId": organization, "limit": 2}
    while True:
        page = (await seatmap.client.get("/api/venues", params=query, headers=staff)).json()
        seen += [item["id"] for item in page["items"]]
        if page["nextCursor"] is None:
            break
        query["cursor"] = page["nextCursor"]
    assert seen == sorted(made)


async def test_only_those_who_work_there_may(seatmap: Seatmap, venue: Venue, organization: str, staff: Headers) -> None:
    """No token 401; a foreign organisation's staff, or a mere customer, 403; nothing is changed."""
    await put_layout(seatmap, venue, staff, simple("Hall", 20))
    address = f"/api/venues/{venue['id']}"
    calls: list[tuple[str, str, Any]] = [
        ("GET", address, None),
        ("PATCH", address, {"name": "Mine"}),
        ("DELETE", address, None),
        ("GET", f"{address}/layout", None),
        ("PUT", f"{address}/layout", msgspec.json.decode(encode(simple("Mine", 10)))),
        ("POST", f"{address}/layout/import", msgspec.json.decode(pretix.write(simple("Mine", 10)))),
        ("GET", f"{address}/layout/export", None),
        ("GET", f"/api/seats?venueId={venue['id']}", None),
        ("GET", f"/api/seats/A1?venueId={venue['id']}", None),
        ("PATCH", f"/api/seats/A1?venueId={venue['id']}", {"label": "Mine"}),
        ("DELETE", f"/api/seats/A1?venueId={venue['id']}", None),
        ("GET", f"/api/venues?organizationId={organization}", None),
        ("POST", "/api/venues", {"organizationId": organization, "name": "Mine"}),
    ]
    foreign = seatmap.staff_of(new_id("org"), Role.OWNER)
    customer = seatmap.staff_of(organization, Role.CUSTOMER)
    for method, url, body in calls:
        for headers, status in (({}, 401), (foreign, 403), (customer, 403)):
            answer = await seatmap.client.request(method, url, json=body, headers=headers)
            assert answer.status_code == status, (method, url, answer.text)
            assert answer.headers["content-type"] == "application/problem+json"
    after = (await seatmap.client.get(address, headers=staff)).json()
    assert (after["name"], after["version"], after["places"]) == ("Hall", 1, 20)


async def test_a_layout_is_stored_under_its_hash_and_served_to_anybody(
    seatmap: Seatmap, venue: Venue, staff: Headers
) -> None:
    """Immutable, compressed where that is accepted, and the hash is that of the bytes that are sent."""
    theatre = demo_theatre()
    answer = await put_layout(seatmap, venue, staff, theatre)
    name = content_hash(encode(theatre))
    assert answer.status_code == 200
    assert answer.headers["etag"] == f'"{name}"'
    assert (answer.json()["layoutHash"], answer.json()["places"], answer.json()["version"]) == (
        name,
        seat_count(theatre),
        1,
    )
    for accepted, encoding in (("gzip, br", "gzip"), ("identity", None), ("gzip;q=0", None)):
        served = await seatmap.client.get(f"/api/layouts/{name}", headers={"accept-encoding": accepted})
        assert served.status_code == 200
        assert served.headers.get("content-encoding") == encoding
        assert served.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert sha256(served.content).hexdigest() == name
    known = await seatmap.client.get(f"/api/layouts/{name}", headers={"if-none-match": f'"{name}"'})
    assert (known.status_code, known.content) == (304, b"")
    assert await seatmap.told("seatmap.layout.published", venue["id"]) == 1


@pytest.mark.parametrize("name", ["0" * 64, "x", "A" * 64, "..%2f.."])
async def test_an_unknown_hash_is_not_found(seatmap: Seatmap, name: str) -> None:
    """Whatever its form."""
    answer = await seatmap.client.get(f"/api/layouts/{name}")
    assert answer.status_code == 404


async def test_the_same_layout_again_is_no_change(seatmap: Seatmap, venue: Venue, staff: Headers) -> None:
    """The version stays and nothing is told."""
    for _ in range(2):
        assert (await put_layout(seatmap, venue, staff, simple("Hall", 30))).json()["version"] == 1
    assert await seatmap.told("seatmap.layout.published", venue["id"]) == 1


async def test_a_change_of_a_layout_one_has_not_seen_is_refused(seatmap: Seatmap, venue: Venue, staff: Headers) -> None:
    """If-Match with an old ETag: 412, and the layout stays; with the current one it is taken."""
    first = (await put_layout(seatmap, venue, staff, simple("Hall", 30))).headers["etag"]
    second = (await put_layout(seatmap, venue, staff, simple("Hall", 40))).headers["etag"]
    stale = await put_layout(seatmap, venue, staff, simple("Hall", 50), **{"if-match": first})
    assert (stale.status_code, stale.json()["code"]) == (412, "layout_changed")
    assert (await put_layout(seatmap, venue, staff, simple("Hall", 50), **{"if-match": second})).json()["places"] == 50


async def test_a_bad_layout_is_told_with_its_path_and_changes_nothing(
    seatmap: Seatmap, venue: Venue, staff: Headers
) -> None:
    """Flaws of meaning and of form alike: 400 with the path."""
    layout = msgspec.json.decode(encode(simple("Hall", 30)))
    layout["sections"][0]["rows"][0]["seats"][1]["id"] = "A1"
    address = f"/api/venues/{venue['id']}/layout"
    twice = await seatmap.client.put(address, json=layout, headers=staff)
    assert (twice.status_code, twice.json()["code"]) == (400, "bad_layout")
    assert twice.json()["path"] == "$.sections[0].rows[0].seats[1].id"
    layout["sections"][0]["rows"][0]["seats"][1]["x"] = "left"
    wrong = await seatmap.client.put(address, json=layout, headers=staff)
    assert (wrong.status_code, wrong.json()["path"]) == (400, "$.sections[0].rows[0].seats[1].x")
    assert (await seatmap.client.get(address, headers=staff)).json()["code"] == "venue_has_no_layout"


async def test_fifty_thousand_seats_are_accepted_and_served(seatmap: Seatmap, venue: Venue, staff: Headers) -> None:
    """As a layout, as a plan of pretix, and by hash."""
    arena = grid(50, 40, 25)
    answer = await put_layout(seatmap, venue, staff, arena)
    assert (answer.status_code, answer.json()["places"]) == (200, 50_000)
    exported = await seatmap.client.get(f"/api/venues/{venue['id']}/layout/export", headers=staff)
    again = await seatmap.client.post(
        f"/api/venues/{venue['id']}/layout/import",
        content=exported.content,
        headers={**staff, "content-type": "application/json"},
    )
    assert (again.status_code, again.json()["layoutHash"], again.json()["version"]) == (
        200,
        answer.json()["layoutHash"],
        1,
    )


async def test_a_plan_that_is_none_is_refused_in_its_own_terms(seatmap: Seatmap, venue: Venue, staff: Headers) -> None:
    """The path of the plan's field, for form and meaning."""
    plan = msgspec.json.decode(pretix.write(simple("Hall", 10)))
    address = f"/api/venues/{venue['id']}/layout/import"
    plan["zones"][0]["rows"][0]["seats"][3]["category"] = "Gold"
    answer = await seatmap.client.post(address, json=plan, headers=staff)
    assert (answer.status_code, answer.json()["path"]) == (400, "$.zones[0].rows[0].seats[3].category")
    del plan["zones"][0]["position"]
    answer = await seatmap.client.post(address, json=plan, headers=staff)
    assert (answer.status_code, answer.json()["path"]) == (400, "$.zones[0]")


async def test_single_seats_are_added_read_changed_and_removed(seatmap: Seatmap, venue: Venue, staff: Headers) -> None:
    """Each change is another version of the venue's layout; the one before stays readable."""
    before = (await put_layout(seatmap, venue, staff, simple("Hall", 30))).json()["layoutHash"]
    where = {"venueId": venue["id"]}
    seat = {"id": "X1", "label": "X1", "x": 1, "y": 2, "tier": "Standard", "sectionId": "hall", "rowId": "B"}
    added = await seatmap.client.post("/api/seats", json={**seat, **where, "position": 0}, headers=staff)
    assert (added.status_code, added.json()["places"], added.json()["version"]) == (201, 31, 2)
    again = await seatmap.client.post("/api/seats", json={**seat, **where}, headers=staff)
    assert (again.status_code, again.json()["code"]) == (409, "seat_exists")
    changed = await seatmap.client.patch("/api/seats/X1", params=where, json={"flags": ["accessible"]}, headers=staff)
    assert changed.status_code == 200
    read = (await seatmap.client.get("/api/seats/X1", params=where, headers=staff)).json()
    assert (read["flags"], read["rowId"], read["x"]) == (["accessible"], "B", 1.0)
    old = await seatmap.client.delete("/api/seats/X1", params=where, headers={**staff, "if-match": f'"{before}"'})
    assert old.status_code == 412
    assert (await seatmap.client.delete("/api/seats/X1", params=where, headers=staff)).json()["layoutHash"] == before
    gone = await seatmap.client.get("/api/seats/X1", params=where, headers=staff)
    assert (gone.status_code, gone.json()["code"]) == (404, "no_such_seat")


async def test_seats_are_listed_page_by_page(seatmap: Seatmap, venue: Venue, staff: Headers) -> None:
    """Every seat once, row by row."""
    await put_layout(seatmap, venue, staff, simple("Hall", 30))
    query: dict[str, str | int] = {"venueId": venue["id"], "limit": 12}
    seen: list[str] = []
    while True:
        page = (await seatmap.client.get("/api/seats", params=query, headers=staff)).json()
        seen += [item["id"] for item in page["items"]]
        if page["nextCursor"] is None:
            break
        query["cursor"] = page["nextCursor"]
    assert seen == [f"{row}{number}" for row in "AB" for number in range(1, 16)]


async def test_people_who_draw_at_once_lose_nothing(seatmap: Seatmap, venue: Venue, staff: Headers) -> None:
    """Four seats are added at the same moment: each is there afterwards."""
    await put_layout(seatmap, venue, staff, simple("Hall", 30))

    async def add(number: int) -> int:
        seat = {"id": f"X{number}", "label": "X", "x": number, "y": 0, "tier": "Standard"}
        where = {"venueId": venue["id"], "sectionId": "hall", "rowId": "A"}
        return (await seatmap.client.post("/api/seats", json={**seat, **where}, headers=staff)).status_code

    assert await asyncio.gather(*map(add, range(4))) == [201] * 4
    assert (await seatmap.client.get(f"/api/venues/{venue['id']}", headers=staff)).json()["places"] == 34


@pytest.mark.parametrize(
    ("method", "url", "body"),
    [
        ("POST", "/api/venues", {"organizationId": "org_1", "name": "Hall"}),
        ("POST", "/api/venues", {"organizationId": "org_" + "0" * 32, "name": ""}),
        ("POST", "/api/venues", {"organizationId": "org_" + "0" * 32, "name": "Hall", "owner": 1}),
        ("POST", "/api/seats", {"venueId": "venue_" + "0" * 32, "id": "A 1"}),
        ("GET", "/api/venues", None),
        ("GET", "/api/venues?organizationId=org_1&cursor=%ff", None),
        ("GET", "/api/seats?venueId=x&limit=0", None),
    ],
)
async def test_what_is_not_of_the_form_is_refused(
    seatmap: Seatmap, staff: Headers, method: str, url: str, body: Any
) -> None:
    """400 or, where nobody may know more, 403: never anything else."""
    answer = await seatmap.client.request(method, url, json=body, headers=staff)
    assert answer.status_code in (400, 403)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(("method", "path"), [("PUT", "layout"), ("POST", "layout/import")])
async def test_a_stranger_is_refused_before_a_layout_is_read(
    seatmap: Seatmap, venue: Venue, method: str, path: str
) -> None:
    """The largest plan takes its process 1.7 s, in which nobody there holds a seat: that is for staff to ask."""
    body = '{"no layout'
    address, headers = f"/api/venues/{venue['id']}/{path}", {"content-type": "application/json"}
    stranger = await seatmap.client.request(method, address, content=body, headers=headers)
    assert stranger.status_code == 401
    other = seatmap.staff_of(new_id("org"))
    answer = await seatmap.client.request(method, address, content=body, headers=headers | other)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed_here")


async def test_what_is_no_organization_is_told(seatmap: Seatmap) -> None:
    """Even to who may ask of every one: Postgres takes no NUL in a text."""
    admin = {"authorization": f"Bearer {ADMIN}"}
    answer = await seatmap.client.get("/api/venues?organizationId=%00", headers=admin)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


async def test_a_body_beyond_the_limit_is_refused(seatmap: Seatmap, venue: Venue, staff: Headers) -> None:
    """13 MB are more than any layout has: 413."""
    answer = await seatmap.client.put(
        f"/api/venues/{venue['id']}/layout",
        content=b" " * 13_000_000,
        headers={**staff, "content-type": "application/json"},
    )
    assert answer.status_code == 413
