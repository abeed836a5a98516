"""Bodies over HTTP, read strictly."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import pytest
from litestar import post
from litestar.params import JSONBody, QueryParameter

from tests.edge import edge
from tests.issuer import Issuer


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    count: int
    sure: bool = False
    note: str | None = None


@post("/body")
async def take(data: JSONBody[Form], number: Annotated[int, QueryParameter()] = 0) -> dict[str, Any]:
    """Says what was understood."""
    return {"count": data.count, "sure": data.sure, "number": number}


class Tolerant(msgspec.Struct, frozen=True):
    count: int


@post("/tolerant")
async def take_more(data: JSONBody[Tolerant]) -> dict[str, Any]:
    """Says what was understood; what it does not know is nothing to it."""
    return {"count": data.count}


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ('{"count": "100"}', "$.count"),
        ('{"count": 1, "sure": "true"}', "$.sure"),
        ('{"count": 1, "sure": 1}', "$.sure"),
        ('{"count": 1, "other": 1}', "$"),
        ('{"count": 1', "$"),
        ("", "$"),
        ("null", "$"),
    ],
)
async def test_a_body_is_what_the_route_says(redis_url: str, body: str, path: str) -> None:
    """What could be read as the right type is not of it: a 400 that says where."""
    async with edge([take], Issuer().verifier, redis_url) as client:
        good = await client.post("/body", json={"count": 100, "note": "null"}, params={"number": "7"})
        assert good.json() == {"count": 100, "sure": False, "number": 7}
        answer = await client.post("/body", content=body, headers={"content-type": "application/json"})
        assert (answer.status_code, answer.json()["code"], answer.json()["path"]) == (400, "malformed", path)


@pytest.mark.parametrize("other", [b"1" * 5_000, b'"\xff"'])
async def test_what_nobody_reads_is_read_too(redis_url: str, other: bytes) -> None:
    """A number of thousands of digits, or bytes that are no text, in a field that the route ignores: 400, not 500."""
    async with edge([take_more], Issuer().verifier, redis_url) as client:
        body = b'{"count": 1, "other": %b}' % other
        answer = await client.post("/tolerant", content=body, headers={"content-type": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
