"""Cursors and ETags."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Request, Response, get

from internal.platform.faults import Malformed
from internal.platform.http import cursor_of, json_answer, position_of
from internal.platform.http.answers import etag_of
from tests.edge import edge
from tests.issuer import Issuer


@given(st.tuples(st.text(st.characters(exclude_categories=["Cs"])), st.integers(-(2**53), 2**53)))
def test_a_cursor_is_read_as_it_was_written(position: tuple[str, int]) -> None:
    """Whatever the position, its cursor is of letters that need no quoting, and leads back to it."""
    cursor = cursor_of(*position)
    assert cursor.replace("-", "").replace("_", "").isalnum()
    assert position_of(cursor, tuple[str, int]) == position


@given(st.text() | st.binary().map(lambda octets: octets.decode("latin-1")))
def test_any_other_text_is_no_cursor(text: str) -> None:
    """Whatever else comes is `Malformed` and says where; nothing else is raised."""
    with pytest.raises(Malformed) as raised:
        position_of(text, tuple[datetime, str])
    assert raised.value.extra == {"path": "$.cursor"}


def test_a_cursor_of_another_list_is_refused() -> None:
    """A position of another form is no position; none at all is the beginning."""
    with pytest.raises(Malformed):
        position_of(cursor_of("event_a"), tuple[datetime, str])
    with pytest.raises(Malformed):
        position_of(cursor_of(1, 2), tuple[int])
    assert position_of(None, tuple[int]) is None
    moment = datetime(2031, 1, 31, tzinfo=UTC)
    assert position_of(cursor_of(moment.isoformat(), "a"), tuple[datetime, str]) == (moment, "a")


@given(st.binary(), st.binary())
def test_an_etag_names_these_bytes(one: bytes, other: bytes) -> None:
    """The same bytes have the same tag, others another; it is a strong one, in quotes."""
    assert (etag_of(one) == etag_of(other)) is (one == other)
    assert etag_of(one)[0] == etag_of(one)[-1] == '"'


@get("/thing")
async def thing(request: Request) -> Response[bytes]:  # type: ignore[type-arg]
    """A thing."""
    return json_answer(request, {"a": 1})


async def test_who_has_it_already_is_not_sent_it_again(redis_url: str) -> None:
    """304 for the tag, weak or strong, alone or among others, and for any; 200 for what is no such tag."""
    async with edge([thing], Issuer().verifier, redis_url) as client:
        tag = (await client.get("/thing")).headers["etag"]

        async def asked(tags: str) -> httpx.Response:
            return await client.get("/thing", headers={"if-none-match": tags})

        for known in (tag, f"W/{tag}", f'"x", {tag}', f'"x",W/{tag} , "y"', "*"):
            answer = await asked(known)
            assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag), known
        for unknown in ('"x"', tag.strip('"'), "", ",", tag[:-1], "W/*"):
            assert (await asked(unknown)).status_code == 200, unknown
