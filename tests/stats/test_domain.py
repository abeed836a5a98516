"""What is counted is the same in whatever order facts come, and however often."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from internal.stats.domain import (
    COUNTED,
    TOLD,
    Hall,
    Tally,
    blockings_of,
    effects_of,
    of_blocked,
    of_order,
    of_sale,
    of_sold_order,
)
from internal.stats.domain.figures import Counts, shown
from proto.orders import OrderCompleted, OrderRefunded
from proto.seatkeys import FREE, HELD, SOLD
from tests.stats.story import LAYOUT, Fact, Story, sections

STEPS = st.lists(st.integers(0, 10_000), max_size=60)
SHUFFLING = st.integers(0, 2**32).map(Random)


class Counted:
    """The tables, in memory."""

    def __init__(self, hall: Hall) -> None:
        self.hall = hall
        self.seen: set[str] = set()
        self.tally = Tally()
        self.blocked: dict[str, tuple[datetime, bool]] = {}

    def take(self, effects: list[Any], blockings: list[Any]) -> None:
        self.tally.add([one for one in effects if one.id not in self.seen], 1, self.hall)
        self.seen |= {one.id for one in effects}
        for one in blockings:
            if one.seat_id not in self.blocked or self.blocked[one.seat_id][0] <= one.at:
                self.blocked[one.seat_id] = (one.at, one.blocked)

    def hear(self, fact: Fact, story: Story) -> None:
        if isinstance(fact.event, OrderCompleted | OrderRefunded):
            self.take(of_order(fact.event, story.sales[fact.event.order_id], fact.at), [])
        subject, read = fact.event.subject, TOLD.get(fact.event.subject)
        if read is not None:
            told = read(msgspec.json.encode(fact.event))
            self.take(effects_of(subject, told, fact.id, fact.at), blockings_of(subject, told, fact.at))

    def row(self, showtime_id: str, section: str) -> dict[str, int]:
        found = dict(zip(COUNTED, self.tally.counts.get((showtime_id, 1, section), [0] * len(COUNTED)), strict=True))
        found["gross"], found["refunded"] = self.tally.revenue.get((showtime_id, 1, section, "EUR"), [0, 0])
        blocked = [seat for seat, (_, is_so) in self.blocked.items() if is_so]
        found["blocked"] = sum(not section or self.hall.section_of(seat) == section for seat in blocked)
        return found

    def of(self, story: Story) -> dict[str, dict[str, int]]:
        return {section: self.row(story.showtime_id, section) for section in story.expected()}


def story_of(steps: list[int]) -> Story:
    story = Story(Random(len(steps)))
    for step in steps:
        story.step(step)
    return story


@given(steps=STEPS, random=SHUFFLING)
def test_any_order(steps: list[int], random: Random) -> None:
    """Facts in any order, some of them several times, end in what the seats say."""
    story = story_of(steps)
    told = story.facts + random.choices(story.facts, k=len(story.facts)) if story.facts else []
    random.shuffle(told)
    counted = Counted(story.hall)
    for fact in told:
        counted.hear(fact, story)
    assert counted.of(story) == story.expected()


@given(steps=STEPS, random=SHUFFLING, forgotten=st.floats(0, 1))
def test_what_was_forgotten(steps: list[int], random: Random, forgotten: float) -> None:
    """What the streams have forgotten and the owners tell counts once, whichever part that is, told before or after."""
    story = story_of(steps)
    kept = story.facts[int(len(story.facts) * forgotten) :]
    counted = Counted(story.hall)
    now = datetime.now(UTC)
    tellings: list[Any] = [lambda fact=fact: counted.hear(fact, story) for fact in kept]
    tellings += [
        lambda one=one: counted.take(of_sold_order(one, story.showtime_id, now), []) for one in story.sold_orders()
    ]
    tellings += [lambda one=one: counted.take(of_sale(one), []) for one in story.sales.values()]
    tellings += [lambda one=one: counted.take([], [of_blocked(one, story.showtime_id)]) for one in story.blocked()]
    random.shuffle(tellings)
    for tell in tellings:
        tell()
    lasting = ("sold", "blocked", "orders", "refunds", "gross", "refunded")
    found, expected = counted.of(story), story.expected()
    assert {s: [row[name] for name in lasting] for s, row in found.items()} == {
        s: [row[name] for name in lasting] for s, row in expected.items()
    }


@given(steps=STEPS)
def test_minutes_add_up(steps: list[int]) -> None:
    """The minutes of a section are all that was sold in it."""
    story = story_of(steps)
    counted = Counted(story.hall)
    for fact in story.facts:
        counted.hear(fact, story)
    for section, row in story.expected().items():
        minutes = [value for key, value in counted.tally.sales.items() if key[2] == section]
        assert sum(amount for _, _, amount in minutes) == row["gross"]
        assert sum(orders for _, orders, _ in minutes) == row["orders"]
        funnel = [value for key, value in counted.tally.funnel.items() if key[2] == section]
        assert [sum(column) for column in zip(*funnel, strict=True)] in (
            [[row[name] for name in ("bought", "unsold", "holds", "holds_sold")]] if funnel else [[]]
        )


def test_hall() -> None:
    """Places are in their sections, in the map's order; a place that is nowhere counts for the whole alone."""
    hall = Hall(LAYOUT, sections())
    assert [hall.section_of(seat) for seat in ("A1", "C6", "floor:4", "Z9", "floor")] == [
        "stalls",
        "balcony",
        "floor",
        "",
        "",
    ]
    assert [(part.section_id, part.capacity) for part in hall.parts] == [("stalls", 12), ("balcony", 6), ("floor", 4)]
    states = (HELD * 2 + FREE * 10 + SOLD * 6 + HELD + FREE * 3).encode()
    assert hall.seen(states, HELD) == {"stalls": 2, "balcony": 0, "floor": 1}
    assert hall.seen(states, HELD, SOLD) == {"stalls": 2, "balcony": 6, "floor": 1}


def test_a_section_that_goes_on() -> None:
    """A section whose second part comes on the next page is one section."""
    pages = [*sections(), sections()[0]]
    assert [part.capacity for part in Hall("pages", pages).parts] == [24, 6, 4]


@pytest.mark.parametrize(
    ("counts", "canceled", "available"),
    [
        (Counts(section_id="", capacity=10, held=2, sold=3, blocked=1), False, 4),
        (Counts(section_id="", capacity=10, held=2, sold=3, blocked=1), True, 0),
        (Counts(section_id="", capacity=10, held=-2, sold=3), False, 7),
        (Counts(section_id="", capacity=10, sold=12), False, 0),
    ],
)
def test_available(counts: Counts, canceled: bool, available: int) -> None:
    """Free is what is left; never less than nothing, and nothing of what will not take place."""
    seen = shown(counts, canceled=canceled)
    assert seen.available == available
    assert min(seen.held, seen.sold, seen.blocked) >= 0
