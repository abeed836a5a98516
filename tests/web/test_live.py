"""The client of `/ws` in a real browser: servers die, lines lose frames, proxies know no sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Page, Route, WebSocketRoute, expect

from tests.e2e.stage import Stage, good
from tests.running import Person
from tests.waiting import until
from tests.web.buying import SEEN, House, house, in_list, seat
from tests.web.conftest import Opener, Watched
from tests.web.replica import Replica

# A page's worth of client: its picture of a showtime as lists, and how often it had to be told all of it.
_CLIENT = """
async (showtimeId) => {
  const { AisleLive } = await import('/assets/js/live/aisle-live.js');
  const seen = (window.seen = { taken: {}, version: null, snapshots: 0, states: [] });
  const lists = { held: 'held', sold: 'sold', blocked: 'blocked' };
  const write = (frame) => {
    for (const list of Object.keys(lists)) for (const id of frame[list] ?? []) seen.taken[id] = list;
    for (const id of frame.released ?? []) delete seen.taken[id];
    seen.version = frame.version;
  };
  window.live = new AisleLive();
  window.live.onState((state) => seen.states.push(state));
  window.live.watch(showtimeId, {
    snapshot: (frame) => { seen.snapshots++; seen.taken = {}; write(frame); },
    change: write,
    showtime: (frame) => { seen.status = frame.status; },
    refused: (frame) => { seen.refused = frame.code; },
  });
}
"""

# As behind a proxy that knows none: it never opens. (Playwright's own closes only what it has opened.)
_NO_SOCKETS = """
() => void (window.WebSocket = class {
  static OPEN = 1;
  readyState = 0;
  constructor() { setTimeout(() => this.onclose?.({ code: 1006 })); }
  close() {}
})
"""


@pytest.fixture
async def replica(web_stage: Stage) -> AsyncIterator[Replica]:
    one = Replica(web_stage)
    await one.start()
    yield one
    await one.stop()


@pytest.fixture
async def hall(web_stage: Stage) -> House:
    return await house(web_stage)


async def holds(who: Person, where: House, *seats: str) -> str:
    made = good(await who("POST", f"/api/showtimes/{where.showtime_id}/holds", {"seatIds": list(seats)}))
    return str(made["holdId"])


async def truth(who: Person, where: House) -> dict[str, str]:
    found = good(await who("GET", f"/api/showtimes/{where.showtime_id}/seats"))
    return {seat: state for state in ("held", "sold", "blocked") for seat in found[state]}


async def same_as_redis(page: Page, who: Person, where: House) -> None:
    """Wait until the page's picture is the server's."""

    async def so() -> bool:
        taken: dict[str, str] = await page.evaluate("window.seen.taken")
        return taken == await truth(who, where)

    await until(so)


async def is_live(page: Page, yes: bool = True) -> None:
    """Wait until the client says so, or no more."""

    async def so() -> bool:
        return bool(await page.evaluate("window.seen.states.at(-1) === 'live'")) == yes

    await until(so)


def grumbles(one: Watched) -> list[str]:
    """What it complained of besides servers that were not there, which a browser says by itself."""
    return [said for said in one.complaints if not any(part in said for part in ("ERR_", "WebSocket", "503"))]


async def test_a_restarted_server(open_page: Opener, web_stage: Stage, replica: Replica, hall: House) -> None:
    """What happened while it was away is in the picture when it is back, without a word by the page."""
    one = await open_page(f"{replica.base}/orders")
    somebody = await web_stage.registered()
    await one.page.evaluate(_CLIENT, hall.showtime_id)
    first = await holds(somebody, hall, "A1", "A2")
    await same_as_redis(one.page, somebody, hall)
    await replica.stop()
    await is_live(one.page, False)
    await somebody("DELETE", f"/api/holds/{first}")
    await holds(somebody, hall, "B1", "B2")
    await replica.start()
    await same_as_redis(one.page, somebody, hall)
    await is_live(one.page)
    assert grumbles(one) == []


async def test_the_page_recovers_by_itself(open_page: Opener, web_stage: Stage, replica: Replica, hall: House) -> None:
    """The server is restarted under an open seat map: it says so, comes back, shows what was missed, and can hold."""
    one = await open_page(f"{replica.base}{hall.path}")
    await in_list(one.page)
    await expect(one.page.locator(".live-badge[data-state=live]")).to_be_visible(timeout=SEEN)
    await seat(one.page, "C", 3).click()
    await replica.stop()
    await expect(one.page.locator(".live-badge:not([data-state=live])")).to_be_visible(timeout=SEEN)
    await holds(await web_stage.guest(), hall, "A4")
    await replica.start()
    await expect(seat(one.page, "A", 4)).to_have_attribute("data-state", "taken", timeout=2 * SEEN)
    await expect(one.page.locator(".live-badge[data-state=live]")).to_be_visible(timeout=2 * SEEN)
    await one.page.get_by_role("button", name="Hold and continue").click()
    await expect(one.page.get_by_role("heading", name="Checkout")).to_be_visible(timeout=SEEN)
    assert grumbles(one) == []


async def test_a_lost_frame_is_asked_for_again(open_page: Opener, web_stage: Stage, hall: House) -> None:
    """A change that begins after what we have is no picture: the difference is asked for, not everything."""
    one = await open_page("/orders")
    somebody = await web_stage.registered()
    lost: list[Any] = []

    def lossy(ws: WebSocketRoute) -> None:
        server = ws.connect_to_server()

        def told(message: str | bytes) -> None:
            if '"type":"SEATS"' in str(message) and not lost:
                lost.append(message)
            else:
                ws.send(message)

        server.on_message(told)

    await one.page.route_web_socket("**/ws", lossy)
    await one.page.evaluate(_CLIENT, hall.showtime_id)
    await is_live(one.page)
    await holds(somebody, hall, "A5")
    await until(lambda: bool(lost))
    await holds(somebody, hall, "A6")
    await same_as_redis(one.page, somebody, hall)
    assert await one.page.evaluate("window.seen.snapshots") == 1


@pytest.mark.parametrize("streams", [True, False], ids=["by streams", "by looking again"])
async def test_where_sockets_do_not_pass(open_page: Opener, web_stage: Stage, hall: House, streams: bool) -> None:
    """A proxy that knows no WebSockets, and one that keeps streams back as well: the picture is true all the same.

    So is it known that the showtime is called off, or at least that there is nothing to watch any more.
    """
    one = await open_page("/orders")
    somebody = await web_stage.registered()

    async def kept(route: Route) -> None:
        await route.abort()

    await one.page.evaluate(_NO_SOCKETS)
    if not streams:
        await one.page.route("**/live", kept)
    await one.page.evaluate(_CLIENT, hall.showtime_id)
    await is_live(one.page)
    await holds(somebody, hall, "A7", "A8")
    await same_as_redis(one.page, somebody, hall)
    good(await hall.owner("POST", f"/api/showtimes/{hall.showtime_id}/cancel", {"reason": "ill"}))
    said = "window.seen.status === 'canceled'" if streams else "window.seen.refused === 'showtime_closed'"
    await until(lambda: one.page.evaluate(said), seconds=60)
    assert [word for word in grumbles(one) if "404" not in word] == []
