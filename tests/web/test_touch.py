"""The seat map under fingers: a phone's own touch events, one finger and two."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import CDPSession, Page, expect

from tests.e2e.stage import Stage
from tests.web.buying import SEEN, House, arena, house
from tests.web.conftest import PHONE, Opener, Watched

Point = tuple[float, float]
STEPS = 12  # moves of a finger between where it begins and where it ends
CLOSE = 4.0  # pixels by which a seat may slip from under two fingers that spread in steps

# A map of its own in the page, at window.map, so that its camera can be asked where it looks.
_MAP = """
async (showtimeId) => {
  const [{ hallOf }, { Picture }, { Choice }, { SeatMap }] = await Promise.all(
    ['hall', 'picture', 'choice', 'map'].map((name) => import(`/assets/js/map/${name}.js`)));
  const page = await (await fetch(`/api/showtimes/${showtimeId}/page`)).json();
  const hall = hallOf(page);
  const picture = new Picture(hall, page.seats);
  const choice = new Choice(picture, 6);
  const nothing = () => document.createTextNode('');
  const pick = (place) => choice.toggle(place);
  window.map = new SeatMap({ hall, picture, choice, pick, enter: nothing, card: nothing });
  window.map.node.style.height = '400px';
  document.querySelector('main').replaceChildren(window.map.node);
  await new Promise((resolve) => new ResizeObserver(() => window.map.ratio && resolve()).observe(window.map.canvas));
}
"""
_CAMERA = "() => ({ ...map.camera.state, least: map.camera.least, chosen: map.choice.size })"
_UNDER = "([x, y]) => map.camera.toPlan(x, y)"
_PAGE = "() => [visualViewport.scale, scrollX, scrollY]"  # the page itself neither zooms nor scrolls


class Fingers:
    """Touch a page as its screen would be touched; points are of the map."""

    def __init__(self, page: Page, session: CDPSession, left: float, top: float) -> None:
        self.page, self._session, self._left, self._top = page, session, left, top

    async def send(self, kind: str, points: list[Point], first: int = 0) -> None:
        """These fingers, counted from the first; of a `touchEnd` those that are lifted, or all."""
        touched = [{"x": self._left + x, "y": self._top + y, "id": at} for at, (x, y) in enumerate(points, first)]
        await self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touched})

    async def move(self, *ways: tuple[Point, Point]) -> None:
        """Each finger from its first point to its second, all at once."""
        await self.send("touchStart", [begin for begin, _ in ways])
        for step in range(1, STEPS + 1):
            part = step / STEPS
            await self.send("touchMove", [(a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part) for a, b in ways])
        await self.send("touchEnd", [])

    async def tap(self, point: Point) -> None:
        await self.send("touchStart", [point])
        await self.send("touchEnd", [])

    async def camera(self) -> dict[str, Any]:
        return dict(await self.page.evaluate(_CAMERA))

    async def under(self, point: Point) -> Point:
        found = await self.page.evaluate(_UNDER, list(point))
        return found["x"], found["y"]


Touching = Callable[[], Awaitable[tuple[Watched, Fingers]]]


@pytest.fixture(scope="module")
async def stadium(web_stage: Stage) -> House:
    return await house(web_stage, layout=arena())


@pytest.fixture
async def touching(open_page: Opener, stadium: House) -> Touching:
    """A map on a phone, and fingers for it."""

    async def opened() -> tuple[Watched, Fingers]:
        one = await open_page("/orders", size=PHONE)
        await one.page.evaluate(_MAP, stadium.showtime_id)
        return one, await _fingers(one.page)

    return opened


async def _fingers(page: Page) -> Fingers:
    box = await page.locator(".map-canvas").bounding_box()
    assert box is not None
    return Fingers(page, await page.context.new_cdp_session(page), box["x"], box["y"])


async def test_two_fingers_spread(touching: Touching) -> None:
    """The hall is larger by as much as the fingers are further apart, and what was between them still is."""
    one, fingers = await touching()
    before, middle = await fingers.camera(), (180.0, 200.0)
    was = await fingers.under(middle)
    await fingers.move(((150.0, 200.0), (90.0, 200.0)), ((210.0, 200.0), (270.0, 200.0)))
    after = await fingers.camera()
    assert after["scale"] / before["scale"] == pytest.approx(3, rel=0.02)
    now = await fingers.under(middle)
    assert (abs(now[0] - was[0]) * after["scale"], abs(now[1] - was[1]) * after["scale"]) < (CLOSE, CLOSE)
    assert after["chosen"] == 0
    assert await one.page.evaluate(_PAGE) == [1, 0, 0]
    one.settled()


async def test_two_fingers_turn_and_wander(touching: Touching) -> None:
    """Fingers that keep their distance move the hall along, and their turning changes nothing of its size."""
    one, fingers = await touching()
    await fingers.move(((150.0, 200.0), (60.0, 200.0)), ((210.0, 200.0), (300.0, 200.0)))
    before, was = await fingers.camera(), await fingers.under((140.0, 200.0))
    await fingers.move(((100.0, 200.0), (140.0, 230.0)), ((180.0, 200.0), (220.0, 230.0)))
    after, now = await fingers.camera(), await fingers.under((180.0, 230.0))
    assert after["scale"] == pytest.approx(before["scale"], rel=0.02)
    assert abs(now[0] - was[0]) * after["scale"] < CLOSE
    assert abs(now[1] - was[1]) * after["scale"] < CLOSE
    one.settled()


async def test_two_fingers_close(touching: Touching) -> None:
    """The hall is never smaller than the window shows it whole."""
    one, fingers = await touching()
    await fingers.move(((150.0, 200.0), (90.0, 200.0)), ((210.0, 200.0), (270.0, 200.0)))
    for _ in range(2):
        await fingers.move(((40.0, 200.0), (170.0, 200.0)), ((320.0, 200.0), (190.0, 200.0)))
    after = await fingers.camera()
    assert after["scale"] == pytest.approx(after["least"], rel=1e-6)
    one.settled()


async def test_one_finger_drags(touching: Touching) -> None:
    """The seat that it was put on stays under it, none is chosen, and the page beneath does not scroll."""
    one, fingers = await touching()
    await fingers.move(((150.0, 200.0), (60.0, 200.0)), ((210.0, 200.0), (300.0, 200.0)))
    was = await fingers.under((200.0, 220.0))
    await fingers.move(((200.0, 220.0), (120.0, 160.0)))
    now, after = await fingers.under((120.0, 160.0)), await fingers.camera()
    assert abs(now[0] - was[0]) * after["scale"] < CLOSE
    assert abs(now[1] - was[1]) * after["scale"] < CLOSE
    assert after["chosen"] == 0
    assert await one.page.evaluate(_PAGE) == [1, 0, 0]
    one.settled()


async def test_a_second_finger_comes_and_goes(touching: Touching) -> None:
    """A pinch that ends with one finger before the other takes no seat, and the finger that is left drags on."""
    one, fingers = await touching()
    await fingers.send("touchStart", [(150.0, 200.0)])
    await fingers.send("touchStart", [(150.0, 200.0), (210.0, 200.0)])
    await fingers.send("touchMove", [(90.0, 200.0), (270.0, 200.0)])
    await fingers.send("touchEnd", [(90.0, 200.0)])
    was = await fingers.under((270.0, 200.0))
    await fingers.send("touchMove", [(230.0, 230.0)], first=1)
    await fingers.send("touchEnd", [])  # the browser hands on a move with its next picture, or before another event
    now, after = await fingers.under((230.0, 230.0)), await fingers.camera()
    assert abs(now[0] - was[0]) * after["scale"] < CLOSE
    assert abs(now[1] - was[1]) * after["scale"] < CLOSE
    assert after["chosen"] == 0
    one.settled()


async def test_a_thumb_that_is_larger_than_a_seat(open_page: Opener, stadium: House) -> None:
    """The first tap brings the seats closer, until one is large enough for a thumb; the next takes the one it is on."""
    one = await open_page(stadium.path, size=PHONE)
    await expect(one.page.locator(".live-badge[data-state=live]")).to_be_visible(timeout=SEEN)
    await one.page.locator(".map-canvas").scroll_into_view_if_needed()
    fingers, chosen = await _fingers(one.page), one.page.locator(".basket .seats li")
    await fingers.tap((100.0, 90.0))
    assert await chosen.count() == 0
    for at in range(12):  # where the taps bring a seat under the thumb is the map's own matter
        if await chosen.count():
            break
        await fingers.tap((100.0 + at * 7, 90.0 + (at % 3) * 5))
    await expect(chosen).to_have_count(1)
    await expect(chosen).to_contain_text("₺250")
    one.settled()
