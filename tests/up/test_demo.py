"""What a stranger finds in a new installation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from internal.cli.demo.door import Door
from internal.cli.demo.filling import fill
from internal.cli.demo.programme import ADMIN, HOUSES, PASSWORD, PEOPLE, PLAYS
from tests.cli.launched import Launched
from tests.up.conftest import aisle_up
from tests.up.visitor import Visitor


def test_everybody_who_is_printed_can_log_in(box_office: Launched) -> None:
    """`up` says who there is and with which password, and each is what it says."""
    assert f"Demo users, all with the password {PASSWORD}:" in box_office.lines
    printed = [line.split()[0] for line in box_office.lines if "@demo.aisle" in line]
    assert printed == [person.email for person in (ADMIN, *PEOPLE)]
    roles = {}
    for email in printed:
        with Visitor(box_office.port, email) as visitor:
            roles[email] = visitor.get("/api/me")["roles"]
    assert [email for email, held in roles.items() if "admin" in held] == [ADMIN.email]


def test_every_printed_link_leads_somewhere(box_office: Launched) -> None:
    """What `up` says to look at is there, without a token."""
    told = box_office.lines[box_office.lines.index("Look at:") + 1 :]
    links = [line.split()[-1] for line in told if line.startswith("  ")]
    assert len(links) == 7
    for link in links:
        assert httpx.get(link, timeout=20).status_code == 200


def test_there_is_something_to_buy(box_office: Launched) -> None:
    """Several events with several showtimes in the days to come, in a house of 1,200 seats and 500 places to stand."""
    with Visitor(box_office.port) as anybody:
        on = anybody.programme()
        published = [play for play in PLAYS if play.published]
        assert set(on) >= {play.name for play in published}
        for play in published:
            showtimes = on[play.name]["showtimes"]
            assert len(showtimes) == len(play.showings)
            assert all(datetime.fromisoformat(one["startsAt"]) > datetime.now(UTC) for one in showtimes)
            assert all({tier["price"] > 0 for tier in one["tiers"]} == {True} for one in showtimes)
        seats = anybody.get(f"/api/showtimes/{on['Hamlet']['showtimes'][0]['id']}/seats")
        assert 1_650 < seats["capacity"] < 1_750


def test_a_draft_is_for_its_organisers(box_office: Launched) -> None:
    """Staff see what is being written; nobody else does."""
    (draft,) = (play for play in PLAYS if not play.published)
    owner = next(house.owner for house in HOUSES if house.name == draft.house)
    with Visitor(box_office.port, owner.email) as organizer, Visitor(box_office.port) as anybody:
        mine = organizer.get("/api/organizations")["items"]
        assert [one["name"] for one in mine] == [draft.house]
        found = organizer.get(f"/api/events?organizationId={mine[0]['id']}&status=draft")["items"]
        assert [one["name"] for one in found] == [draft.name]
        assert draft.name not in anybody.programme()
        assert anybody.ask("GET", f"/api/events/{found[0]['id']}").status_code == 404


def test_a_sale_that_has_not_begun_refuses(box_office: Launched) -> None:
    """One showtime goes on sale later: it can be looked at and not held."""
    (waiting,) = (play for play in PLAYS if any(showing.on_sale_before for showing in play.showings))
    with Visitor(box_office.port, "customer@demo.aisle") as customer:
        last = customer.programme()[waiting.name]["showtimes"][-1]
        assert datetime.fromisoformat(last["onSaleFrom"]) > datetime.now(UTC)
        refused = customer.ask("POST", f"/api/showtimes/{last['id']}/holds", {"bestAvailable": {"quantity": 2}})
        assert refused.json()["code"] == "not_on_sale"


class ShutError(Exception):
    """Not a refusal, after which the filling would try again."""


class _Interrupted(Door):
    """A door that shuts after so many requests, whoever comes through it."""

    left = 0

    async def _ask(self, *asked: Any, **named: Any) -> httpx.Response:
        type(self).left -= 1
        if type(self).left < 0:
            raise ShutError
        return await super()._ask(*asked, **named)


async def test_what_was_left_half_done_is_finished(tmp_path: Path) -> None:
    """Wherever the filling was interrupted, the next one adds what is missing and nothing twice."""
    named = {"AISLE_AUTH_ADMIN_EMAIL": ADMIN.email, "AISLE_AUTH_ADMIN_PASSWORD": PASSWORD, "AISLE_WORKERS": "1"}
    with aisle_up(tmp_path, options="--no-demo", environment=named) as up:
        assert not any("@demo.aisle" in line for line in up.opened().lines)
        interrupted = [requests for requests in range(6, 60, 3) if await _is_interrupted(up, requests)]
        assert len(interrupted) > 4
        once = await _filled(up, 1_000)
        assert _shape(once) == {play.name: len(play.showings) for play in PLAYS}
        assert await _filled(up, 1_000) == once
        with Visitor(up.port, ADMIN.email) as manager:
            assert len(manager.get("/api/users")["items"]) == 1 + len(PEOPLE)
            organizations = manager.get("/api/organizations")["items"]
            assert sorted(one["name"] for one in organizations) == sorted(house.name for house in HOUSES)
            for one in organizations:
                assert len(manager.get(f"/api/venues?organizationId={one['id']}")["items"]) == 1


async def _is_interrupted(up: Launched, requests: int) -> bool:
    try:
        await _filled(up, requests)
    except ShutError:
        return True
    return False


async def _filled(up: Launched, requests: int) -> list[Mapping[str, Any]]:
    _Interrupted.left = requests
    async with _Interrupted.of(f"http://127.0.0.1:{up.port}") as door:
        events = await fill(door, (ADMIN.email, PASSWORD), datetime.now(UTC))
    return list(events)


def _shape(events: list[Mapping[str, Any]]) -> dict[str, int]:
    return {event["name"]: len(event["showtimes"]) for event in events}
