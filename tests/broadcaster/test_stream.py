"""The same frames as Server-Sent Events."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from internal.platform.ids import new_id
from tests.inventory.house import House

_LIVE = {"accept": "text/event-stream"}


@asynccontextmanager
async def stream(made: House, showtime_id: str, **headers: str) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    """The events as they come."""
    path = f"/api/showtimes/{showtime_id}/live"
    async with made.clients[0].stream("GET", path, headers={**_LIVE, **headers}) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/event-stream"
        yield _events(answer)


async def _events(answer: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    event: dict[str, Any] = {}
    async for line in answer.aiter_lines():
        name, _, value = line.partition(": ")
        if line:
            event[name] = value
        elif "data" in event:
            yield {**json.loads(event["data"]), "event": event["event"], "id": event.get("id")}
            event = {}
        else:
            event = {}


async def test_a_stream_shows_what_a_socket_shows(theatre: House) -> None:
    """A snapshot and the changes, each with its version as its id."""
    stage, buyer = await theatre.stage(), theatre.buyer()
    await buyer.hold(stage, "A1")
    async with stream(theatre, stage.id) as events:
        first = await anext(events)
        assert (first["event"], first["type"], first["held"]) == ("SNAPSHOT", "SNAPSHOT", ["A1"])
        await buyer.hold(stage, "A2")
        second = await anext(events)
        while not second.get("held"):
            second = await anext(events)
        assert (second["event"], second["held"], second["id"]) == ("SEATS", ["A2"], str(second["version"]))


async def test_a_stream_is_resumed_from_the_last_event(theatre: House) -> None:
    """As browsers do by themselves."""
    stage, buyer = await theatre.stage(), theatre.buyer()
    async with stream(theatre, stage.id) as events:
        last = (await anext(events))["id"]
        await buyer.hold(stage, "A1")
        await anext(events)
        async with stream(theatre, stage.id, **{"last-event-id": last}) as again:
            missed = await anext(again)
            assert (missed["event"], missed["held"], str(missed["fromVersion"])) == ("SEATS", ["A1"], last)


async def test_whoever_does_not_ask_for_a_stream_gets_what_there_is(theatre: House) -> None:
    """The same events, and the end of the answer."""
    stage, buyer = await theatre.stage(), theatre.buyer()
    await buyer.hold(stage, "A1")
    answer = await theatre.clients[0].get(f"/api/showtimes/{stage.id}/live")
    assert answer.text.startswith("event: SNAPSHOT\nid: ")
    assert '"held":["A1"]' in answer.text


async def test_a_showtime_that_is_not_there_has_no_stream(theatre: House) -> None:
    """404, or an ERROR and the end for who asked for a stream."""
    for wrong in (new_id("showtime"), "x", "showtime_x"):
        answer = await theatre.clients[0].get(f"/api/showtimes/{wrong}/live")
        assert answer.status_code == 404
    async with stream(theatre, new_id("showtime")) as events:
        assert (await anext(events))["event"] == "ERROR"
        assert [event async for event in events] == []
