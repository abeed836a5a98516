from __future__ import annotations

import asyncio
import gzip
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from internal.gateway.domain import CONTENT_SECURITY
from internal.gateway.files import read_files
from proto.seatview import GetSeats
from tests.e2e.stage import Scene, Stage, good
from tests.waiting import until

PAGES = ["/", "/events/any", "/showtimes/any/thing", "/orders", "/organiser", "/door", "/operator", "/docs"]


@pytest.fixture
def client(stage: Stage) -> httpx.AsyncClient:
    return stage.system.client


async def page(client: httpx.AsyncClient, showtime_id: str) -> dict[str, Any]:
    found: dict[str, Any] = good(await client.get(f"/api/showtimes/{showtime_id}/page"))
    return found


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_comes_with_its_policy(client: httpx.AsyncClient, path: str) -> None:
    """No page may run, load or be framed by what is not ours; only the door sees a camera; it is asked for again."""
    answer = await client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY
    assert "unsafe" not in CONTENT_SECURITY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert ("camera=(self)" in answer.headers["permissions-policy"]) == (path == "/door")
    assert answer.headers["cache-control"] == "no-cache"
    again = await client.get(path, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["content-security-policy"] == CONTENT_SECURITY


async def test_an_asset_under_its_version_is_kept_for_ever(client: httpx.AsyncClient) -> None:
    """Its address names its bytes; without the version, or under an old one, it is asked for again or not there."""
    version = read_files().version
    kept = await client.get(f"/assets/{version}/js/core/api.js")
    assert "immutable" in kept.headers["cache-control"]
    assert kept.headers["content-type"] == "text/javascript; charset=utf-8"
    plain = await client.get("/assets/js/core/api.js", headers={"accept-encoding": "identity"})
    assert plain.headers["cache-control"] == "no-cache"
    assert "content-encoding" not in plain.headers
    assert plain.content == kept.content
    old = await client.get("/assets/0123456789ab/js/core/api.js")
    assert (old.status_code, old.headers.get("cache-control")) == (200, "no-cache")


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../config.py",
        "/assets/%2e%2e/config.py",
        "/assets/..%2f..%2fconfig.py",
        "/assets//etc/passwd",
        "/assets/js/core/../../../service.py",
        "/assets/index.html",
        "/assets/",
        "/assets/%00",
        "/assets/js/core",
    ],
)
async def test_nothing_else_is_served(stage: Stage, path: str) -> None:
    """What is no asset's name is nothing, whatever path it would be on a disk."""
    host, port = stage.base.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    assert answer.split()[1] == b"404"
    assert b"application/problem+json" in answer


async def test_the_doors_worker_may_look_after_the_door_alone(client: httpx.AsyncClient) -> None:
    """JSON and other assets have no policy of a page."""
    assert "content-security-policy" not in (await client.get("/api/programme")).headers
    assert "service-worker-allowed" not in (await client.get("/assets/js/core/api.js")).headers


async def test_a_first_look_has_all_that_is_needed(client: httpx.AsyncClient, scene: Scene) -> None:
    """Event, showtime, place, prices, layout, and the state of each place as the seats' own route says it."""
    seen = await page(client, scene.ids["showtime_id"])
    assert seen["event"]["name"] == "Tosca"
    assert seen["showtime"]["id"] == scene.ids["showtime_id"]
    assert seen["venue"]["name"] == "Hall"
    assert seen["prices"] == [{"tierId": scene.ids["tier_id"], "name": "Stalls", "price": 5000}]
    layout = seen["layout"]
    assert layout["hash"] == scene.ids["layout_hash"] == seen["showtime"]["layoutHash"]
    snapshot = good(await client.get(f"/api/showtimes/{scene.ids['showtime_id']}/seats"))
    row = layout["sections"][0]["rows"][0]
    ids = [row["prefix"] + number for number in row["numbers"]] + [f"floor:{n}" for n in range(1, 51)]
    states = seen["seats"]["states"]
    assert len(states) == len(ids) == layout["capacity"] == 70
    by_state = {state: [one for one, is_ in zip(ids, states, strict=True) if is_ == state] for state in "hsb"}
    assert by_state == {"h": snapshot["held"], "s": snapshot["sold"], "b": snapshot["blocked"]}


async def test_a_first_look_is_known_again(client: httpx.AsyncClient, scene: Scene) -> None:
    """Plain or packed it is the same, and who has it already is told so."""
    path = f"/api/showtimes/{scene.ids['showtime_id']}/page"
    packed = await client.get(path)
    plain = await client.get(path, headers={"accept-encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert "max-age=1" in packed.headers["cache-control"]
    again = await client.get(path, headers={"if-none-match": packed.headers["etag"]})
    assert again.status_code == 304
    raw = await client.send(client.build_request("GET", path), stream=True)
    body = b"".join([chunk async for chunk in raw.aiter_raw()])
    assert gzip.decompress(body) == plain.content


async def test_a_look_follows_what_happens(stage: Stage, client: httpx.AsyncClient, scene: Scene) -> None:
    """A hold, a new name and a new price are seen within the second, each under another tag."""
    path = f"/api/showtimes/{scene.ids['showtime_id']}/page"
    before = await client.get(path)
    good(await scene.buyer("POST", path.replace("/page", "/holds"), {"seatIds": ["floor:50"]}))

    async def held() -> bool:
        return bool((await page(client, scene.ids["showtime_id"]))["seats"]["states"][-1] == "h")

    await until(held)
    good(await scene.owner("PATCH", f"/api/events/{scene.ids['event_id']}", {"name": "Tosca, at last"}))

    async def renamed() -> bool:
        return bool((await page(client, scene.ids["showtime_id"]))["event"]["name"] == "Tosca, at last")

    await until(renamed)
    assert (await client.get(path)).headers["etag"] != before.headers["etag"]
    good(await scene.owner("PATCH", f"/api/events/{scene.ids['event_id']}", {"name": "Tosca"}))


async def test_drafts_are_nobodys_to_see(client: httpx.AsyncClient, scene: Scene) -> None:
    """A draft, what never was, and what is no id are the same to whoever asks, the owner included."""
    for showtime in (scene.ids["draft_showtime_id"], "showtime_" + "0" * 32, "x", "%00", "showtime_%F0%9F%98%80"):
        assert (await client.get(f"/api/showtimes/{showtime}/page")).status_code == 404
        assert (await scene.owner("GET", f"/api/showtimes/{showtime}/page")).status_code == 404
    for event in (scene.ids["draft_event_id"], "event_" + "0" * 32, "x"):
        assert (await client.get(f"/api/events/{event}/page")).status_code == 404
    listed = (await client.get("/api/programme", params={"q": "Aida"})).json()
    assert listed["items"] == []


async def test_a_canceled_showtime_says_so(stage: Stage, client: httpx.AsyncClient) -> None:
    """Its page is there, without seats to be bought; its event shows it as canceled."""
    scene = await stage.scene()
    showtime = scene.ids["showtime_id"]
    good(await scene.owner("POST", f"/api/showtimes/{showtime}/cancel", {"reason": "The tenor is ill."}))

    async def told() -> bool:
        seen = await page(client, showtime)
        return seen["showtime"]["status"] == "canceled" and seen["seats"] is None

    await until(told)
    event = good(await client.get(f"/api/events/{scene.ids['event_id']}/page"))
    assert [(one["status"], one["room"]) for one in event["showtimes"]] == [("canceled", None)]


async def test_an_event_tells_where_it_is_played_and_whether_there_is_room(
    client: httpx.AsyncClient, scene: Scene
) -> None:
    """The public's showtimes only, with place, prices and free seats."""
    found = good(await client.get(f"/api/events/{scene.ids['event_id']}/page"))
    (row,) = found["showtimes"]
    assert row["id"] == scene.ids["showtime_id"]
    assert row["place"] == {"name": "Hall", "city": "", "country": ""}
    assert (row["lowestPrice"], row["highestPrice"], row["room"]["capacity"]) == (5000, 5000, 70)
    assert row["room"]["available"] < 70


async def test_fifty_who_come_at_once_cost_one_look(client: httpx.AsyncClient, scene: Scene) -> None:
    """All get the same bytes."""
    path = f"/api/showtimes/{scene.ids['showtime_id']}/page"
    answers = await asyncio.gather(*(client.get(path) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.headers["etag"] for answer in answers}) <= 2


@pytest.mark.parametrize(
    "query",
    [
        "from=yesterday",
        "from=2027-01-01T00:00:00",
        "limit=0",
        "limit=201",
        "cursor=x",
        "cursor=WzEsMl0",
        "categoryId=x",
        "q=" + "x" * 201,
        "q=%00",
        "until=9999-12-31T23:59:59-23:59",
    ],
)
async def test_a_malformed_search_is_refused(client: httpx.AsyncClient, query: str) -> None:
    """With a word on what is wrong."""
    answer = await client.get(f"/api/programme?{query}")
    assert answer.status_code == 400, answer.text
    assert answer.json()["code"] == "malformed"


async def test_states_are_told_to_services(stage: Stage, scene: Scene) -> None:
    """One character for each place, whoever claims it."""
    told = await stage.system.bus.request(GetSeats(showtime_id=scene.ids["showtime_id"]))
    assert set(told.states) <= set(".hsb")
    assert len(told.states) == 70
    assert told.layout_hash == scene.ids["layout_hash"]


async def test_the_clock_is_right(client: httpx.AsyncClient) -> None:
    """It is the server's, and nobody keeps it."""
    answer = await client.get("/api/time")
    assert answer.headers["cache-control"] == "no-store"
    assert abs(datetime.fromisoformat(answer.json()["now"]) - datetime.now(UTC)) < timedelta(seconds=5)


async def test_the_documents_are_whole(client: httpx.AsyncClient) -> None:
    """In one process the interface is that of all services; the events are those of the contracts."""
    described = (await client.get("/docs/openapi.json")).json()
    assert described == (await client.get("/api/openapi.json")).json()
    assert {"/api/book", "/api/venues", "/api/showtimes/{showtime_id}/page"} <= set(described["paths"])
    events = await client.get("/docs/asyncapi.json")
    assert "inventory.hold.created" in events.json()["channels"]
    assert (
        await client.get("/docs/asyncapi.json", headers={"if-none-match": events.headers["etag"]})
    ).status_code == 304
