"""The broadcaster's own process killed under an open seat page, as on a machine that loses its power."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Page, WebSocket, expect
from redis.asyncio import Redis

from internal.embedded.server import free_port
from proto.seatkeys import map_key
from tests.broadcaster.process import broadcaster
from tests.e2e.stage import Stage
from tests.running import Person
from tests.waiting import until
from tests.web.buying import SEEN, House, house, in_list, seat
from tests.web.conftest import Opener
from tests.web.ingress import ingress
from tests.web.test_live import grumbles, holds

_SEATS = 48  # of the list; the places to stand are behind them in the map
_TAKEN = """
() => [...document.querySelectorAll('[role=gridcell][data-place]')].map((cell) => cell.dataset.state === 'taken')
"""


@pytest.fixture
async def hall(web_stage: Stage) -> House:
    return await house(web_stage)


@pytest.fixture
async def redis(web_stage: Stage) -> AsyncIterator[Redis]:
    async with Redis.from_url(web_stage.valkey.url) as client:
        yield client


async def same_as_redis(page: Page, redis: Redis, where: House, taken: int) -> None:
    """Wait until each seat of the list is drawn as its byte in Redis says, so many of them taken."""

    async def so() -> bool:
        states = await redis.get(map_key(where.showtime_id))
        assert isinstance(states, bytes)
        truth = [byte != ord(".") for byte in states[:_SEATS]]
        return sum(truth) == taken and await page.evaluate(_TAKEN) == truth

    await until(so)


def sockets_of(page: Page) -> list[WebSocket]:
    """The sockets on which something was heard, in their order."""
    heard: list[WebSocket] = []

    def opened(one: WebSocket) -> None:
        one.on("framereceived", lambda _: heard.append(one) if one not in heard else None)

    page.on("websocket", opened)
    return heard


async def busy(who: Person, where: House, row: str) -> None:
    """Three holds, one of them given back."""
    await holds(who, where, f"{row}1", f"{row}2")
    back = await holds(who, where, f"{row}3")
    await holds(who, where, f"{row}4")
    await who("DELETE", f"/api/holds/{back}")


async def test_the_broadcaster_is_killed_under_an_open_page(
    open_page: Opener, web_stage: Stage, hall: House, redis: Redis, tmp_path: Path
) -> None:
    """It comes back by itself over a new socket, and ends with the picture that Redis has; what was chosen still is."""
    port, buyers = free_port(), [await web_stage.registered() for _ in range(3)]
    settings = {
        "AISLE_NATS_URL": web_stage.system.nats.url,
        "AISLE_REDIS_URL": web_stage.valkey.url,
        "AISLE_HTTP_PORT": str(port),
    }
    async with AsyncExitStack() as stack:
        base = await stack.enter_async_context(ingress(web_stage.base, port))
        first = await stack.enter_async_context(broadcaster(settings, tmp_path / "first.log"))
        one = await open_page("/orders")
        await one.page.route("**/live", lambda route: route.abort())  # the stage's own broadcaster is not to help
        sockets = sockets_of(one.page)
        await one.page.goto(f"{base}{hall.path}")
        await in_list(one.page)
        await expect(one.page.locator(".live-badge[data-state=live]")).to_be_visible(timeout=SEEN)
        await busy(buyers[0], hall, "A")
        await same_as_redis(one.page, redis, hall, taken=3)
        await seat(one.page, "D", 5).click()
        assert len(sockets) == 1
        first.send_signal(signal.SIGKILL)
        await first.wait()
        await until(sockets[0].is_closed)
        await busy(buyers[1], hall, "B")
        await stack.enter_async_context(broadcaster(settings, tmp_path / "second.log"))
        await until(lambda: len(sockets) == 2)
        await same_as_redis(one.page, redis, hall, taken=6)
        await busy(buyers[2], hall, "C")
        await same_as_redis(one.page, redis, hall, taken=9)
        await expect(one.page.locator(".live-badge[data-state=live]")).to_be_visible(timeout=SEEN)
        await expect(one.page.get_by_text("1 seat chosen")).to_be_visible()
        assert grumbles(one) == []
