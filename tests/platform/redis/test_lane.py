"""The lane, on a Valkey of its own that is killed, stopped, flushed and kept busy."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from internal.embedded import Valkey
from internal.platform.faults import Unavailable
from internal.platform.ids import new_id
from internal.platform.redis import BatchScript, Lane, Script
from tests.platform.redis.conftest import connected
from tests.waiting import until


@pytest.fixture
def echo(tmp_path: Path) -> BatchScript:
    """Answers each call with its two arguments."""
    return BatchScript(
        _written(
            tmp_path / "echo.lua",
            """
        local replies = {}
        for i = 1, tonumber(ARGV[1]) do replies[i] = ARGV[2 * i] .. '+' .. ARGV[2 * i + 1] end
        return replies
    """,
        )
    )


@pytest.fixture
def add(tmp_path: Path) -> Script:
    """Adds to a number."""
    return Script(_written(tmp_path / "add.lua", "return redis.call('INCRBY', KEYS[1], ARGV[1])"))


@pytest.fixture
def spin(tmp_path: Path) -> Script:
    """Never ends by itself."""
    return Script(_written(tmp_path / "spin.lua", "while true do end"))


def _written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


async def test_every_answer_finds_its_question(redis_url: str, echo: BatchScript, add: Script) -> None:
    """Commands, calls and batches of one tick are mixed on the wire, and each caller gets what is theirs."""
    key = new_id("key")
    async with connected(redis_url, [echo, add]) as lane:
        questions: list[Any] = []
        for number in range(500):
            questions += [
                lane.batch(echo, (f"a{number}", "b")),
                lane.command("ECHO", f"c{number}"),
                lane.call(add, [f"{{{key}}}"], 1),
            ]
        answers = await asyncio.gather(*questions)
        assert answers[0::3] == [b"a%d+b" % number for number in range(500)]
        assert answers[1::3] == [b"c%d" % number for number in range(500)]
        assert answers[2::3] == list(range(1, 501))
        assert lane.waiting == 0
        assert lane.batches < 500  # they went together
        await lane.command("DEL", f"{{{key}}}")


async def test_one_mistake_is_one_callers(redis_url: str, add: Script) -> None:
    """What Redis says of a wrong command is told to who sent it; the answers before and after are as they should be."""
    key = new_id("key")
    async with connected(redis_url, [add]) as lane:
        asked = [lane.command("SET", key, "x"), lane.call(add, [key], 1), lane.command("ECHO", "after")]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(answer).__name__ for answer in answers] == ["bytes", "ReplyError", "bytes"]
        await lane.command("DEL", key)


async def test_who_has_left_is_not_told(redis_url: str, echo: BatchScript) -> None:
    """A caller who was cancelled is passed over, and nobody gets their answer."""
    async with connected(redis_url, [echo]) as lane:
        left, stays = lane.batch(echo, ("left", 1)), lane.batch(echo, ("stays", 2))
        left.cancel()
        assert await stays == b"stays+2"


async def test_flushed_scripts_are_loaded_again(valkey: Valkey, echo: BatchScript) -> None:
    """After SCRIPT FLUSH the first call is Unavailable, and soon the calls go through again."""
    async with connected(valkey.url, [echo]) as lane:
        await lane.command("SCRIPT", "FLUSH")
        with pytest.raises(Unavailable):
            await lane.batch(echo, ("a", "b"))
        await until(lambda: _answers(lane, echo))


async def test_a_killed_redis_is_unavailable_and_comes_back(valkey: Valkey, echo: BatchScript) -> None:
    """While it is away each call fails at once; when it is back the lane is, by itself, with its scripts."""
    async with connected(valkey.url, [echo]) as lane:
        await valkey.kill()
        await until(lambda: not lane.ready)
        with pytest.raises(Unavailable):
            await lane.batch(echo, ("a", "b"))
        with pytest.raises(Unavailable):
            await lane.command("PING")
        assert lane.waiting == 0
        await valkey.start()
        await until(lambda: _answers(lane, echo))


async def test_a_redis_that_hangs_is_given_up(valkey: Valkey, echo: BatchScript) -> None:
    """Stopped with SIGSTOP it takes the questions and says nothing: all of them fail in seconds, and not in minutes."""
    assert valkey.pid is not None
    async with connected(valkey.url, [echo]) as lane:
        os.kill(valkey.pid, signal.SIGSTOP)
        try:
            async with asyncio.timeout(8):
                asked = [lane.batch(echo, (number, "b")) for number in range(100)]
                answers = await asyncio.gather(*asked, lane.command("PING"), return_exceptions=True)
            assert {type(answer) for answer in answers} == {Unavailable}
            assert lane.waiting == 0
        finally:
            os.kill(valkey.pid, signal.SIGCONT)
        await until(lambda: _answers(lane, echo))


async def test_a_busy_redis_is_unavailable(valkey: Valkey, spin: Script, echo: BatchScript) -> None:
    """BUSY, said while somebody's script does not end, is a fault that passes, as it does when the script is killed."""
    async with connected(valkey.url, [spin, echo]) as lane, connected(valkey.url, []) as other:
        await other.command("CONFIG", "SET", "busy-reply-threshold", 20)
        spinning = asyncio.ensure_future(lane.call(spin, []))
        await until(lambda: _is_busy(other))
        await other.command("SCRIPT", "KILL")
        with pytest.raises(Exception):  # noqa: B017, PT011 - its own end, or that of its connection
            await spinning
        await until(lambda: _answers(lane, echo))


async def test_too_many_questions_are_refused_at_once(redis_url: str, echo: BatchScript) -> None:
    """Beyond a second's work callers are told so, and what was taken is answered."""
    async with connected(redis_url, [echo]) as lane:
        asked = [lane.batch(echo, (number, "b")) for number in range(20_100)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        refused = [answer for answer in answers if isinstance(answer, Unavailable)]
        assert 0 < len(refused) <= 100
        assert answers[0] == b"0+b"
        assert lane.waiting == 0


async def _answers(lane: Lane, echo: BatchScript) -> bool:
    try:
        return bool(await lane.batch(echo, ("a", "b")) == b"a+b")
    except Unavailable:
        return False


async def _is_busy(lane: Lane) -> bool:
    try:
        await lane.command("GET", "x")
    except Unavailable:
        return True
    return False
