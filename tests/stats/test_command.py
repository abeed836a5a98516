"""`aisle stats rebuild` as an operator uses it, beside a service that runs."""

from __future__ import annotations

import asyncio
import json

import pytest
from typer.testing import CliRunner

from internal.cli.__main__ import application
from internal.platform.ids import new_id
from tests.stats.conftest import House


async def test_rebuild(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says how much was counted; of an event that is not there it says so, and counts nothing."""
    monkeypatch.setenv("AISLE_NATS_URL", house.system.bus.settings.url)

    async def aisle(*words: str) -> tuple[int, str]:
        result = await asyncio.to_thread(CliRunner().invoke, application(), ["stats", "rebuild", *words])
        return result.exit_code, result.output

    story = house.story(61).lives(80)
    await house.publish(story)
    await house.tell(story.facts)
    await house.agrees(story)
    await house.rows("update counts set sold = 99 where showtime_id = %s", story.showtime_id)
    code, text = await aisle("--event", story.event_id)
    assert code == 0
    assert text.startswith("1 showtimes were counted anew, from ")
    assert await house.counts(story) == story.expected()
    code, text = await aisle("--json")
    assert (code, json.loads(text)["state"]) == (0, "done")
    code, _ = await aisle("--event", new_id("event"))
    assert code != 0
