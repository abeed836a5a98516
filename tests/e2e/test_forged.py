"""Whoever is not who they say, or may not what they ask: told so on every route and on both roads; nothing changes."""

from __future__ import annotations

from typing import Any

import httpx
import psycopg
import pytest

from tests.e2e.bought import CARD
from tests.e2e.forgery import Forger
from tests.e2e.operations import Operation, operations
from tests.e2e.stage import PASSWORD, Scene, Stage, good
from tests.running import Person
from tests.waiting import until

# What everybody may do who is signed in, or nobody needs to be for.
_EVERYBODYS = {"auth", "holds", "short routes", "checkouts", "health"}
# Answers each item of a batch by itself, and may so refuse every one of them with 200; that nothing is changed is seen.
_ITEM_BY_ITEM = {"/api/checkins/batch"}
# For programs, which show a key or a signature and no token: without it they are refused before anything is looked at.
_FOR_PROGRAMS = ("/webhooks/", "/pos/")
_FIELDS = {
    "name": "X",
    "reason": "X",
    "role": "staff",
    "email": "new@example.com",
    "password": PASSWORD,
    "price": 1,
    "currency": "TRY",
    "startsAt": "2031-01-31T20:00:00Z",
    "seatIds": ["A9"],
    "sectionId": "hall",
    "rowId": "A",
    "id": "A99",
    "label": "99",
    "tier": "Stalls",
    "x": 0.0,
    "y": 0.0,
    "size": {"width": 1, "height": 1},
    "categories": [],
    "zones": [],
    "order": "X",
    "amount": 1,
    "card": CARD,
    "repair": False,
    "status": "running",
    "givenBack": "X",
}


@pytest.fixture(scope="module")
async def forger(stage: Stage) -> Forger:
    async with await psycopg.AsyncConnection.connect(stage.system.databases["auth"]) as tx:
        rows = await tx.execute("select private_key, kid from signing_keys order by signs_from limit 1")
        found = await rows.fetchone()
    assert found is not None
    return Forger(found[0], found[1], stage.admin.id)


async def test_the_forger_can_sign(stage: Stage, forger: Forger) -> None:
    """A token in which nothing is wrong is taken: so what is refused below is refused for what is wrong with it."""
    me = await Person(stage.system.client, forger.signed(), "")("GET", "/api/me")
    assert (me.status_code, me.json()["id"]) == (200, stage.admin.id)


async def test_a_bad_token_opens_no_route(stage: Stage, scene: Scene, forger: Forger) -> None:
    """Every kind of bad token is a 401 with a code on every route, on those for everybody too."""
    before, wrong = await stage.state(), []
    every = list(operations(await stage.document(), scene))
    for kind, token in forger.bad().items():
        for operation in every:
            answer = await _shown(stage, token, operation.method, operation.path(scene.ids), params=operation.query)
            if fault := _refused(answer, {401}):
                wrong.append(f"{operation} {kind}: {fault}")
    assert not wrong, "\n".join(wrong)
    assert await stage.state() == before


async def test_a_bad_token_takes_no_fast_road(stage: Stage, scene: Scene, forger: Forger) -> None:
    """The same where the framework is not asked: a hold, an event's page, a picture; after a good token took it."""
    hold, page = f"/api/showtimes/{scene.ids['showtime_id']}/holds", f"/api/events/{scene.ids['event_id']}"
    body = {"seatIds": ["A8"]}
    for _ in range(3):  # the token, the hall and the page are at hand now
        held = good(await scene.buyer("POST", hold, body))
        assert (await scene.buyer("DELETE", f"/api/holds/{held['holdId']}")).status_code == 204
        assert (await scene.buyer("GET", page)).status_code == 200
    before = await stage.state()
    for token in forger.bad().values():
        assert _refused(await _shown(stage, token, "POST", hold, json=body), {401}) == ""
        assert _refused(await _shown(stage, token, "GET", page), {401}) == ""
    for scheme in ("Basic dTpw", "bearer", "Token x", f"Bearer{scene.buyer.token}", scene.buyer.token):
        headers = {"authorization": scheme}
        for method, path in (("POST", hold), ("GET", page)):
            answer = await stage.system.client.request(method, path, json=body, headers=headers)
            assert _refused(answer, {401}) == "", (scheme, path)
    assert await stage.state() == before


async def test_no_token_opens_no_route_that_needs_one(stage: Stage, scene: Scene) -> None:
    """A stranger changes nothing but what strangers may: come as a guest, register, log in."""
    before, wrong = await stage.state(), []
    for operation in operations(await stage.document(), scene, writes=True):
        if "auth" in operation.tags:
            continue
        fault = _refused(await _tried(stage.system.stranger(), operation, scene), _statuses(operation, {401}))
        if fault:
            wrong.append(f"{operation}: {fault}")
    assert not wrong, "\n".join(wrong)
    assert await stage.state() == before


async def test_a_refresh_token_is_no_access_token(stage: Stage) -> None:
    """It refreshes, and opens nothing."""
    tokens = good(await stage.system.stranger()("POST", "/api/auth/guest"))
    assert _refused(await _shown(stage, tokens["refreshToken"], "GET", "/api/me"), {401}) == ""
    body = {"refreshToken": tokens["accessToken"]}
    assert _refused(await stage.system.stranger()("POST", "/api/auth/refresh", body), {400}) == ""


async def test_an_ended_session_gives_no_more_tokens(stage: Stage) -> None:
    """After a logout the refresh token is worth nothing; the access token stays good for what is left of 15 minutes."""
    tokens = good(await stage.system.stranger()("POST", "/api/auth/guest"))
    body = {"refreshToken": tokens["refreshToken"]}
    assert (await stage.system.stranger()("POST", "/api/auth/logout", body)).status_code == 204
    assert _refused(await stage.system.stranger()("POST", "/api/auth/refresh", body), {401}) == ""
    assert (await _shown(stage, tokens["accessToken"], "GET", "/api/me")).status_code == 200


async def test_a_deleted_user_is_nobody(stage: Stage) -> None:
    """Of their own account nothing is left; what directory granted them goes with it."""
    person = await stage.registered()
    organization = await person.organizes()
    assert (await stage.admin("DELETE", f"/api/users/{person.id}")).status_code == 204
    assert _refused(await person("GET", "/api/me"), {401}) == ""

    async def forgotten() -> bool:
        answer = await person(
            "POST", f"/api/organizations/{organization}/members", {"userId": person.id, "role": "staff"}
        )
        return answer.status_code in (403, 404)

    await until(forgotten)


@pytest.mark.parametrize("who", ["the owner of another house", "a customer", "a guest"])
async def test_a_foreign_house_stays_shut(stage: Stage, scene: Scene, who: str) -> None:
    """Every organiser's and administrator's route refuses whoever has no role there, whatever they have elsewhere."""
    if who == "a guest":
        caller = await stage.guest()
    elif who == "a customer":
        caller = await stage.registered()
    else:
        caller = (await stage.scene()).owner
    before, wrong = await stage.state(), []
    for operation in operations(await stage.document(), scene, writes=True):
        if _EVERYBODYS & operation.tags or (operation.template == "/api/organizations" and who != "a guest"):
            continue
        answer = await _tried(caller, operation, scene)
        if operation.template in _ITEM_BY_ITEM:
            continue
        if fault := _refused(answer, _statuses(operation, {403, 404})):
            wrong.append(f"{operation}: {fault}")
    for path in _private(scene):
        fault = _refused(await caller("GET", path), {403, 404})
        wrong += [f"GET {path}: {fault}"] if fault else []
    assert not wrong, "\n".join(wrong)
    assert await stage.state() == before


async def test_a_strangers_hold_is_not_ones_own(stage: Stage, scene: Scene) -> None:
    """Somebody else's hold is neither shown nor lengthened nor released."""
    other, before = await stage.registered(), await stage.state()
    hold = f"/api/holds/{scene.ids['hold_id']}"
    for method, path, body in (
        ("GET", hold, None),
        ("DELETE", hold, None),
        ("POST", f"{hold}/refresh", None),
        ("POST", f"{hold}/release", {"seatIds": ["A1"]}),
        ("POST", f"/api/seats/{scene.ids['event_id']}/A1/refresh", None),
        ("GET", f"/api/seats/{scene.ids['event_id']}/user/{scene.buyer.id}/holds", None),
    ):
        answer = await other(method, path, body)
        assert _refused(answer, {403}) == "", (method, path, answer.text)
    await _unchanged_but_sessions(stage, before)


def _private(scene: Scene) -> list[str]:
    ids = scene.ids
    venue, organization = f"/api/venues/{ids['venue_id']}", f"/api/organizations/{ids['organization_id']}"
    order = f"/api/orders/{ids['order_id']}"
    return [
        organization,
        f"{organization}/members",
        venue,
        f"{venue}/layout",
        f"{venue}/layout/export",
        f"/api/venues?organizationId={ids['organization_id']}",
        f"/api/seats?venueId={ids['venue_id']}",
        f"/api/seats/A1?venueId={ids['venue_id']}",
        f"/api/events/{ids['draft_event_id']}",
        f"/api/showtimes/{ids['draft_showtime_id']}",
        f"/api/events?status=draft&organizationId={ids['organization_id']}",
        f"/api/showtimes/{ids['showtime_id']}/blocks",
        "/api/users",
        f"/api/users/{ids['user_id']}",
        f"/api/users/email/{ids['email']}",
        f"{organization}/orders",
        f"{organization}/orders.csv",
        order,
        f"{order}/refunds",
        f"{order}/refunds/{ids['refund_id']}",
        f"{order}/tickets",
        f"{order}/tickets.html",
        f"{order}/tickets/{ids['file_name']}",
        f"/api/showtimes/{ids['showtime_id']}/checkins",
    ]


async def _tried(caller: Person, operation: Operation, scene: Scene) -> httpx.Response:
    body = None if operation.body is None else _filled(operation, scene)
    return await caller(operation.method, operation.path(scene.ids), body, params=operation.query)


def _filled(operation: Operation, scene: Scene) -> Any:
    """A body that the route would take: what it asks for, or one field where it asks for none."""
    assert operation.body is not None
    if operation.template.endswith("/layout"):
        return scene.layout
    if operation.template == "/api/showtimes/{showtime_id}/holds":
        return {"seatIds": ["A9"]}
    scan = {"code": scene.ids["ticket_code"], "gate": "North", "nonce": "n1"}
    known = {
        **_FIELDS,
        **scan,
        "items": [{**scan, "at": "2027-01-31T20:00:00Z"}],
        "organizationId": scene.ids["organization_id"],
        "venueId": scene.ids["venue_id"],
        "userId": scene.ids["user_id"],
        "eventId": scene.ids["event_id"],
        "seatId": "A9",
        "holdId": scene.ids["hold_id"],
        "refreshToken": "x",
    }
    names = list(operation.body.get("required") or []) or list(operation.body["properties"])[:1]
    if operation.template == "/api/events" and operation.method == "POST":
        names.append("organizationId")  # without it, an organization of the caller's own is meant
    missing = [name for name in names if name not in known]
    assert not missing, f"{operation} asks for {missing}: say in _FIELDS what it would take"
    return {name: known[name] for name in names}


async def _shown(stage: Stage, token: str, method: str, path: str, **more: Any) -> httpx.Response:
    headers = [(b"authorization", b"Bearer " + token.encode("latin-1"))]
    return await stage.system.client.request(method, path, headers=headers, **more)


def _statuses(operation: Operation, usual: set[int]) -> set[int]:
    return {400, 403} if operation.template.startswith(_FOR_PROGRAMS) else usual


def _refused(answer: httpx.Response, statuses: set[int]) -> str:
    """What is wrong with a refusal, if anything is."""
    if answer.status_code not in statuses:
        return f"status {answer.status_code} {answer.text[:200]}"
    if answer.headers["content-type"] != "application/problem+json":
        return f"content type {answer.headers['content-type']}"
    problem = answer.json()
    return "" if problem["status"] == answer.status_code and problem["code"] else f"incomplete {problem}"


async def _unchanged_but_sessions(stage: Stage, before: dict[str, Any]) -> None:
    after = await stage.state()
    assert {name: told for name, told in after.items() if not name.startswith("auth.")} == {
        name: told for name, told in before.items() if not name.startswith("auth.")
    }
