"""Faults as problems."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from litestar import Request, get, post
from litestar.exceptions import HTTPException, NotFoundException

from internal.platform.faults import Fault, Kind, Limited, Unavailable
from internal.platform.http.problems import fault_of, malformed, problem_body, retry_after
from tests.edge import edge
from tests.issuer import Issuer


class SeatVanished(Fault, kind=Kind.CONFLICT):
    """This seat is gone."""


@get("/gone")
async def gone() -> None:
    """Raises a fault."""
    raise SeatVanished("Seat A1 is gone.", seatId="A1")


@get("/bug")
async def bug() -> None:
    """Raises what nobody expected."""
    raise ValueError("the password is swordfish")


@post("/body")
async def body(request: Request[Any, Any, Any]) -> int:
    """Reads its body."""
    return len(await request.body())


def test_a_problem_has_the_members_of_rfc_9457() -> None:
    """Type, title, status and detail, a stable code, and what the fault has for the caller's program."""
    told = msgspec.json.decode(problem_body(SeatVanished("Seat A1 is gone.", seatId="A1"), "req_a"))
    assert told == {
        "type": "urn:aisle:problem:seat_vanished",
        "title": "This seat is gone.",
        "status": 409,
        "detail": "Seat A1 is gone.",
        "code": "seat_vanished",
        "requestId": "req_a",
        "seatId": "A1",
    }


@pytest.mark.parametrize(
    ("text", "detail", "path"),
    [
        ("Expected `int`, got `str` - at `$.a[0].b`", "Expected `int`, got `str`", "$.a[0].b"),
        ("JSON is malformed: expected '}' (byte 3)", "JSON is malformed: expected '}' (byte 3)", "$"),
    ],
)
def test_the_path_of_a_mistake_is_taken_out_of_its_text(text: str, detail: str, path: str) -> None:
    """The decoder's words are for people, the path is for programs."""
    fault = malformed(text)
    assert (fault.detail, fault.extra["path"]) == (detail, path)


def test_what_passes_by_itself_says_when() -> None:
    """Retry-After is what the fault says, a second for what is not reachable, nothing for the rest."""
    assert retry_after(Limited(retryAfter=7)) == "7"
    assert retry_after(Unavailable()) == "1"
    assert retry_after(SeatVanished()) is None


def test_the_frameworks_words_become_ours() -> None:
    """Its exceptions map by status; a status of the server's, or what is no HTTP matter, is nobody's expectation."""
    assert type(fault_of(NotFoundException())).__name__ == "NoSuchRoute"
    assert fault_of(HTTPException(status_code=500)) is None
    assert fault_of(ValueError()) is None
    assert fault_of(RecursionError()).kind is Kind.INVALID  # type: ignore[union-attr]


async def test_a_bug_is_told_without_its_text(redis_url: str) -> None:
    """500 as a problem with the request's id, and not a word of the exception."""
    async with edge([bug, gone, body], Issuer().verifier, redis_url) as client:
        answer = await client.get("/bug", headers={"x-request-id": "mine-1"})
        assert (answer.status_code, answer.json()["code"], answer.json()["requestId"]) == (500, "internal", "mine-1")
        assert "swordfish" not in answer.text
        assert (await client.get("/gone")).json()["seatId"] == "A1"


@pytest.mark.parametrize("number", ["", "a b", "x" * 65, "req\u00e9", "a;b"])
async def test_a_request_id_that_is_not_plain_is_replaced(redis_url: str, number: str) -> None:
    """What goes into logs and headers is ours, unless it is of letters that harm nobody there."""
    async with edge([gone], Issuer().verifier, redis_url) as client:
        answer = await client.get("/gone", headers=[(b"x-request-id", number.encode())])
        assert answer.headers["x-request-id"].startswith("req_")
        assert answer.json()["requestId"] == answer.headers["x-request-id"]


async def test_methods_that_are_not_there_are_named(redis_url: str) -> None:
    """405 with Allow, OPTIONS with the same, and neither where there is nothing."""
    async with edge([gone, body], Issuer().verifier, redis_url) as client:
        answer = await client.put("/gone")
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
        assert answer.headers["allow"] == (await client.options("/gone")).headers["allow"] == "GET, HEAD, OPTIONS"
        assert (await client.options("/nothing")).status_code == 404
        assert (await client.post("/body", content=b"x" * 300_000)).json()["code"] == "too_large"
