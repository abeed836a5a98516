"""What no client should send, sent to every route that writes: told so clearly, and nothing is changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.e2e.operations import Operation, operations, whoever_may
from tests.e2e.stage import Scene, Stage

_JSON = {"content-type": "application/json"}
_DEEP = 100_000

Body = Callable[[Operation], Iterator[bytes]]


# A seat of a free event is had by asking for it.
_MAY_SAY_NOTHING = {"/api/seats/{event_id}/{seat_number}/reserve"}


def _malformed(_: Operation) -> Iterator[bytes]:
    yield from (b"{", b'{"name": }', b"[1, 2", b"name=x", b"{'name': 1}", b"NaN", b'{"a": 1} {"a": 1}')


def _empty(operation: Operation) -> Iterator[bytes]:
    yield from (b"   ", b"\r\n")
    if operation.template not in _MAY_SAY_NOTHING:
        yield b""


def _other_kinds(_: Operation) -> Iterator[bytes]:
    yield from (b"null", b"[]", b"true", b"1", b'"text"', b"[{}]")


def _not_utf8(_: Operation) -> Iterator[bytes]:
    yield from (b'{"name": "\xff\xfe"}', b"\xff\xfe{\x00}\x00", b'{"name": "\xed\xa0\x80"}')


def _deep(_: Operation) -> Iterator[bytes]:
    yield b"[" * _DEEP
    yield b'{"a":' * _DEEP


def _huge(_: Operation) -> Iterator[bytes]:
    yield b'{"name": "' + b"x" * 10_000_000 + b'"}'


def _unknown(_: Operation) -> Iterator[bytes]:
    yield b'{"nobodyReadsThis": 1}'
    yield b'{"__proto__": {"admin": true}, "constructor": 1}'


@pytest.mark.parametrize(
    "bodies",
    [_malformed, _empty, _other_kinds, _not_utf8, _deep, _huge, _unknown],
    ids=lambda bodies: bodies.__name__.strip("_"),
)
async def test_a_bad_body_changes_nothing(stage: Stage, scene: Scene, bodies: Body) -> None:
    """Every route that takes a body refuses it with a problem that says where, and answers the next request."""
    before, wrong = await stage.state(), []
    for operation in await _with_bodies(stage, scene):
        for body in bodies(operation):
            answer = await _sent(stage, scene, operation, body)
            if (found := _fault(answer, statuses={400, 413})) or (answer.status_code == 400 and not _path(answer)):
                wrong.append(f"{operation} {body[:40]!r}: {found or 'no path'} {answer.text[:300]}")
    assert not wrong, "\n".join(wrong)
    assert await stage.state() == before


async def test_a_wrong_type_is_told_with_its_path(stage: Stage, scene: Scene) -> None:
    """Of each field: another type than the documented one is a 400 that names the field."""
    before, wrong = await stage.state(), []
    for operation in await _with_bodies(stage, scene):
        assert operation.body is not None
        for name, schema in operation.body.get("properties", {}).items():
            value: Any = "true" if schema.get("type") == "boolean" else True
            answer = await _sent(stage, scene, operation, json.dumps({name: value}).encode())
            if (found := _fault(answer, statuses={400})) or not str(_path(answer)).startswith(f"$.{name}"):
                wrong.append(f"{operation} {name}: {found} {answer.text[:300]}")
    assert not wrong, "\n".join(wrong)
    assert await stage.state() == before


async def test_a_field_given_twice_is_refused(stage: Stage, scene: Scene) -> None:
    """Who reads the first and who reads the last of two would disagree on what was asked for."""
    before = await stage.state()
    venue, showtime = scene.ids["venue_id"], scene.ids["showtime_id"]
    for person, method, path, body in (
        (scene.owner, "PATCH", f"/api/venues/{venue}", '{"name": "A", "name": "B"}'),
        (scene.buyer, "POST", f"/api/showtimes/{showtime}/holds", '{"seatIds": ["A5"], "seatIds": ["A6"]}'),
        (scene.buyer, "POST", f"/api/showtimes/{showtime}/holds", '{"seatIds": ["A5"], "seat\\u0049ds": ["A6"]}'),
        (stage.admin, "POST", "/api/categories", '{"name": "A", "n\\u0061me": "B"}'),
    ):
        answer = await person(method, path, content=body, headers=_JSON)
        assert _fault(answer, statuses={400}) == "", answer.text
        assert _path(answer)
    assert await stage.state() == before


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x"])
async def test_another_content_type_changes_nothing(stage: Stage, scene: Scene, kind: str) -> None:
    """A body that says it is no JSON is none; what cannot be read is refused whatever it says that it is."""
    before, wrong = await stage.state(), []
    for operation in await _with_bodies(stage, scene):
        answer = await _sent(stage, scene, operation, b"name=x&email=y", {"content-type": kind})
        if found := _fault(answer, statuses={400, 415}):
            wrong.append(f"{operation}: {found} {answer.text[:300]}")
    assert not wrong, "\n".join(wrong)
    assert await stage.state() == before


_PLACES = [
    "%00",
    "a%00b",
    "%F0%9F%8E%AD",
    "%FF%FE",
    "..%2F..%2Fetc%2Fpasswd",
    "%27%20or%201%3D1--",
    "x" * 3000,
    "%0d%0aX-A:%20b",
]


@pytest.mark.parametrize("text", _PLACES, ids=lambda text: text[:12])
async def test_a_strange_path_leads_nowhere(stage: Stage, scene: Scene, text: str) -> None:
    """NUL bytes, foreign letters, quotes, line ends and long texts in the place of each id: a 4xx."""
    before, wrong = await stage.state(), []
    for operation in operations(await stage.document(), scene):
        for name in operation.names:
            person = whoever_may(operation, stage, scene)
            body = {"reason": "x"} if operation.body is not None else None
            answer = await person(
                operation.method, operation.path(scene.ids, **{name: text}), body, params=operation.query
            )
            nothing = operation.method == "GET" and answer.status_code == 200  # a list of what is there: nothing
            if not nothing and (found := _fault(answer, statuses={400, 403, 404, 409, 410})):
                wrong.append(f"{operation} {name}: {found} {answer.text[:300]}")
    assert not wrong, "\n".join(wrong)
    assert await stage.state() == before


async def test_a_huge_query_changes_nothing(stage: Stage, scene: Scene) -> None:
    """48 kB behind the question mark, in one parameter or in thousands, harm nobody."""
    before, wrong = await stage.state(), []
    for operation in await _with_bodies(stage, scene):
        for query in ("q=" + "x" * 48_000, "&".join(f"a{n}=1" for n in range(5_000)), "&" * 48_000, "%00=%FF&" * 6_000):
            person = whoever_may(operation, stage, scene)
            path = f"{operation.path(scene.ids)}?{query}"
            answer = await person(operation.method, path, content=b"[]", headers=_JSON)
            if found := _fault(answer, statuses={400}):
                wrong.append(f"{operation} {query[:20]}: {found} {answer.text[:300]}")
    assert not wrong, "\n".join(wrong)
    assert await stage.state() == before


async def _with_bodies(stage: Stage, scene: Scene) -> list[Operation]:
    return [one for one in operations(await stage.document(), scene, writes=True) if one.body is not None]


async def _sent(
    stage: Stage, scene: Scene, operation: Operation, body: bytes, headers: dict[str, str] | None = None
) -> httpx.Response:
    person = whoever_may(operation, stage, scene)
    path = operation.path(scene.ids)
    return await person(operation.method, path, content=body, params=operation.query, headers=headers or _JSON)


def _fault(answer: httpx.Response, statuses: set[int]) -> str:
    """What is wrong with a refusal, if anything is."""
    if answer.status_code not in statuses:
        return f"status {answer.status_code}"
    if answer.headers["content-type"] != "application/problem+json":
        return f"content type {answer.headers['content-type']}"
    problem = answer.json()
    told = {"type", "title", "status", "detail", "code", "requestId"} <= problem.keys()
    return "" if told and problem["status"] == answer.status_code else f"incomplete problem {problem}"


def _path(answer: httpx.Response) -> Any:
    return answer.json().get("path")
