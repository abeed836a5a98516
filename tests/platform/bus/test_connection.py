"""The connection: made whenever there is a server, left in any state, and its end for good is told."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from internal.embedded import Nats
from internal.platform.bus import Bus, BusSettings
from internal.platform.faults import Unavailable
from proto.auth import GetKeys
from proto.live import LiveSeats
from tests.platform.bus.conftest import LOG, opened
from tests.waiting import until


async def test_a_service_may_start_before_nats(tmp_path: Path) -> None:
    """It is not ready, says so, and is ready as soon as it can be."""
    server = Nats(tmp_path, LOG)
    bus = Bus(BusSettings(url=server.url), name="early", log=LOG, lost=lambda: None)
    bus.start()
    assert not bus.ready
    with pytest.raises(Unavailable):
        await bus.request(GetKeys())
    await server.start()
    try:
        await until(lambda: bus.ready)
    finally:
        await bus.close()
        await server.stop()


async def test_it_closes_though_it_never_connected(tmp_path: Path) -> None:
    """A stop must not wait for a server that is not there."""
    bus = Bus(BusSettings(url=Nats(tmp_path, LOG).url), name="alone", log=LOG, lost=lambda: None)
    bus.start()
    await asyncio.sleep(0)
    async with asyncio.timeout(15):
        await bus.close()


async def test_it_closes_while_the_server_is_away(own_nats: Nats) -> None:
    """`drain()` would raise then."""
    lost: list[bool] = []
    async with opened(own_nats.url, lambda: lost.append(True)) as bus:
        await own_nats.kill()
        await until(lambda: not bus.ready)
        async with asyncio.timeout(15):
            await bus.close()
    assert not lost


async def test_it_comes_back_after_a_kill(own_nats: Nats, bus: Bus) -> None:
    """For ever, and its subscriptions with it."""
    shown: list[bytes] = []

    async def see(message: Any) -> None:
        shown.append(message.data)

    await bus.listen("live.seats.*", see)
    for _ in range(2):
        await own_nats.kill()
        await until(lambda: not bus.ready)
        await own_nats.start()
        await until(lambda: bus.ready)
    await bus.show(LiveSeats(showtime_id="showtime_1", version=2, from_version=1, held=["A-1"]))
    await until(lambda: shown == [b'{"showtimeId":"showtime_1","version":2,"fromVersion":1,"held":["A-1"]}'])


async def test_when_the_client_closes_for_good_the_process_is_told(own_nats: Nats) -> None:
    """Changed credentials end the client in spite of endless reconnects, and nothing else says so."""
    lost: list[bool] = []
    async with opened(own_nats.url, lambda: lost.append(True)) as bus:
        await bus.client().close()
        assert lost == [True]
        assert not bus.ready
