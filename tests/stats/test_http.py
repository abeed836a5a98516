"""What is shown, and to whom."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

import pytest

from internal.platform.ids import new_id
from proto.catalog import ShowtimeUpdated
from tests.stats.conftest import House
from tests.stats.story import Fact, Story
from tests.waiting import until

PUBLIC = {"capacity", "available", "held", "sold", "blocked", "eventId", "version", "showtimes", "sections"}

NOBODY = "0" * 32  # the end of an id that was never given


async def shown(house: House, *stories: Story) -> None:
    """The counts are right, and no older ones are kept."""
    for story in stories:
        await house.publish(story)
        story.now = datetime.now(UTC)  # so that its sales are of these minutes
        story.lives(120)
        await house.tell(story.facts)
    await house.agrees(*stories)


async def test_everybody(house: House) -> None:
    """Anybody sees how many seats there are, under both names, and nothing of money."""
    story = house.story(21)
    await shown(house, story)
    expected = story.expected()[""]
    for path in (f"/stats/event/{story.event_id}", f"/api/stats/event/{story.event_id}"):
        for who in (house.system.stranger(), house.system.person(), house.system.person(guest=True)):

            async def right(who: object = who, path: str = path) -> bool:
                body = (await who("GET", path)).json()  # type: ignore[operator]
                assert set(body) == PUBLIC
                return all(body[name] == expected[name] for name in ("held", "sold", "blocked"))

            await until(right, 5)
    body = (await house.system.stranger()("GET", f"/stats/event/{story.event_id}")).json()
    assert body["available"] == 22 - expected["held"] - expected["sold"] - expected["blocked"]
    assert {one["sectionId"]: one["capacity"] for one in body["sections"]} == {"stalls": 12, "balcony": 6, "floor": 4}
    assert [one["name"] for one in body["sections"]] == ["Stalls", "Balcony", "Floor"]


async def test_staff(house: House) -> None:
    """Who sells sees what came of it: money by currency, conversion, minutes; other organisers do not."""
    owner, organization = await house.staff()
    stranger, _ = await house.staff()
    story = house.story(22, organization_id=organization)
    await shown(house, story)
    path = f"/api/stats/event/{story.event_id}"
    assert "sales" not in (await stranger("GET", path)).json()
    for who in (owner, house.system.person(roles=("admin",))):
        sales = (await who("GET", path)).json()["sales"]
        expected = story.expected()[""]
        money = {"currency": "EUR", "gross": expected["gross"], "refunded": expected["refunded"]}
        assert sales["revenue"] == [money]
        assert (sales["orders"], sales["refunds"]) == (expected["orders"], expected["refunds"])
        conversion = sales["conversion"]
        assert (conversion["holds"], conversion["holdsSold"]) == (expected["holds"], expected["holds_sold"])
        over = expected["bought"] + expected["unsold"]
        assert conversion["rate"] == round(expected["bought"] / over, 4)
        assert sum(one["amount"] for one in sales["byMinute"]) == expected["gross"]
    balcony = story.expected()["balcony"]
    of_section = (await owner("GET", f"{path}/section/balcony")).json()
    assert (of_section["capacity"], of_section["sold"]) == (6, balcony["sold"])
    assert of_section["sales"]["revenue"][0]["gross"] == balcony["gross"]
    assert "sales" not in (await stranger("GET", f"{path}/section/balcony")).json()


async def test_showtimes_of_an_event(house: House) -> None:
    """An event is the sum of its showtimes, and one of them can be asked for."""
    one = house.story(23)
    two = house.story(24, event_id=one.event_id, organization_id=one.organization_id)
    await shown(house, one, two)
    who, path = house.system.stranger(), f"/api/stats/event/{one.event_id}"

    async def both() -> bool:
        body = (await who("GET", path)).json()
        return bool(body["sold"] == one.expected()[""]["sold"] + two.expected()[""]["sold"])

    await until(both, 5)
    body = (await who("GET", path)).json()
    assert (body["capacity"], len(body["showtimes"])) == (44, 2)
    alone = (await who("GET", f"{path}?showtimeId={two.showtime_id}")).json()
    assert (alone["capacity"], alone["sold"]) == (22, two.expected()[""]["sold"])
    stalls = (await who("GET", f"{path}/section/stalls?showtimeId={two.showtime_id}")).json()
    assert (stalls["capacity"], stalls["sold"]) == (12, two.expected()["stalls"]["sold"])


async def test_etag(house: House) -> None:
    """What has not changed is not sent again; what has, is: the entry in Redis goes with the commit."""
    story = house.story(25)
    await shown(house, story)
    who, path = house.system.stranger(), f"/api/stats/event/{story.event_id}"
    answer = await who("GET", path)

    async def settled() -> bool:
        nonlocal answer
        before, answer = answer, await who("GET", path)
        return answer.headers["etag"] == before.headers["etag"]

    await until(settled)
    again = await who("GET", path, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    before = len(story.facts)
    while story.expected()[""]["held"] == answer.json()["held"]:
        story.lives(1)
    await house.tell(story.facts[before:])
    await house.agrees(story)

    async def changed() -> bool:
        now = await who("GET", path, headers={"if-none-match": answer.headers["etag"]})
        return now.status_code == 200 and now.json()["held"] == story.expected()[""]["held"]

    await until(changed, 5)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("event/nonsense", 404),
        ("event/event_" + NOBODY, 404),
        ("event/showtime_" + NOBODY, 404),
        ("event/event_%00", 404),
        ("event/event_" + NOBODY + "/section/A", 404),
        ("event/{event}/section/cellar", 404),
        ("event/{event}/section/%00", 404),
        ("event/{event}?showtimeId=nonsense", 400),
        ("event/{event}?showtimeId=showtime_" + NOBODY, 404),
        ("event/{event}?minutes=0", 400),
        ("event/{event}?minutes=many", 400),
        ("event/" + "e" * 4_000, 404),
    ],
)
async def test_malformed(house: House, path: str, status: int) -> None:
    """What is not there is not found, what cannot be is refused, and nothing is an error of ours."""
    story = house.story(26)
    await house.publish(story)
    people = (house.system.stranger(), house.system.person(roles=("admin",)))
    for prefix, who in product(("/stats/", "/api/stats/"), people):
        answer = await who("GET", prefix + path.format(event=story.event_id))
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"


async def test_draft(house: House) -> None:
    """A showtime that was never on sale is nobody's business."""
    story = house.story(27)
    draft = ShowtimeUpdated(**story.terms())  # type: ignore[arg-type]
    await house.tell([Fact(draft, new_id("fact"), story.now)])

    async def heard() -> bool:
        return bool(await house.rows("select 1 from showtimes where showtime_id = %s", story.showtime_id))

    await until(heard)
    answer = await house.system.stranger()("GET", f"/api/stats/event/{story.event_id}")
    assert answer.status_code == 404
