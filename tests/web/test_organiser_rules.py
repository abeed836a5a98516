"""The organiser's rules in JavaScript agree with those that decide."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from internal.payments.providers.stripe.words import to_stripe
from internal.seatmap.layout import Layout, encode
from internal.seatmap.soundness import flaws
from internal.seatmap.theatre import demo_theatre
from tests.web.conftest import Opener

_JS = "/assets/js/organiser"
Change = Callable[[dict[str, Any]], object]


def _row(layout: dict[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = layout["sections"][0]["rows"][2]
    return row


# what can be wrong with a drawing, each alone
WRONG: dict[str, Change] = {
    "nothing": lambda _: None,
    "no seats": lambda one: one.update(sections=[], areas=[]),
    "no name": lambda one: one.update(name=""),
    "tier twice": lambda one: one["tiers"].append(one["tiers"][0]),
    "tier with brackets": lambda one: one["tiers"].append({"name": "[x]"}),
    "tier with a blank": lambda one: one["tiers"].append({"name": " x"}),
    "odd colour": lambda one: one["tiers"][0].update(color="#12"),
    "unknown tier": lambda one: _row(one)["seats"][0].update(tier="None such"),
    "seat twice": lambda one: _row(one)["seats"][0].update(id=_row(one)["seats"][1]["id"]),
    "seat without a number": lambda one: _row(one)["seats"][0].update(label=""),
    "seat with an odd id": lambda one: _row(one)["seats"][0].update(id="a b"),
    "seat far out": lambda one: _row(one)["seats"][0].update(x=2_000_000),
    "row twice": lambda one: one["sections"][0]["rows"].append(_row(one)),
    "empty row": lambda one: _row(one).update(seats=[]),
    "empty section": lambda one: one["sections"][0].update(rows=[]),
    "section twice": lambda one: one["areas"][0].update(id=one["sections"][0]["id"]),
    "lonely companion": lambda one: _row(one)["seats"][5].update(flags=["companion"]),
    "companion beside a wheelchair": lambda one: (
        _row(one)["seats"][5].update(flags=["companion"]),
        _row(one)["seats"][6].update(flags=["accessible"]),
    ),
    "both at once": lambda one: _row(one)["seats"][5].update(flags=["accessible", "companion"]),
    "no capacity": lambda one: one["areas"][0].update(capacity=0),
    "too many": lambda one: one["areas"][0].update(capacity=60_000),
    "area in no tier": lambda one: one["areas"][0].update(tier="None such"),
}


async def test_a_drawing_is_refused_here_as_it_is_there(open_page: Opener) -> None:
    """What the editor calls sound the seatmap takes, and what it does not, it refuses."""
    one = await open_page("/organiser")
    for what, change in WRONG.items():
        layout = json.loads(encode(demo_theatre()))
        change(layout)
        found = await one.page.evaluate(
            f"async one => (await import('{_JS}/editor/check.js')).flaws({{shapes: [], ...one}}).length", layout
        )
        assert bool(found) == bool(flaws(msgspec.convert(layout, Layout))), what


async def test_a_section_is_read_as_it_was_arranged(open_page: Opener) -> None:
    """Rows, gaps, curve and angle come back out of the seats, so that a saved drawing can go on being changed."""
    one = await open_page("/organiser")
    terms = {"rows": 6, "seats": 15, "seatGap": 24, "rowGap": 32, "curve": 70, "angle": 30, "x": 100, "y": -50}
    for change in ({}, {"curve": 0}, {"angle": 0, "curve": -40}, {"rows": 1}, {"seats": 4, "angle": -90}):
        wanted = {**terms, **change}
        found = await one.page.evaluate(
            f"""async terms => {{
              const m = await import('{_JS}/editor/rows.js');
              return m.termsOf(m.arranged({{id: 's', label: 'S', rows: []}}, terms, 'Standard'));
            }}""",
            {**wanted, "numbering": "left", "start": 1, "firstRow": "A"},
        )
        for name, value in wanted.items():
            if name == "rowGap" and wanted["rows"] == 1:
                continue  # one row says nothing of it
            assert found[name] == pytest.approx(value, abs=0.6), (change, name)


@pytest.mark.parametrize("zone", ["Europe/Istanbul", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "UTC"])
async def test_times_are_those_of_the_clock_at_the_venue(open_page: Opener, zone: str) -> None:
    """Also on the days when the clocks change."""
    one = await open_page("/organiser")
    for day in ("2027-01-31", "2027-03-14", "2027-03-28", "2027-07-01", "2027-10-31", "2027-11-07"):
        wall = f"{day}T20:30"
        found = await one.page.evaluate(
            f"async ([wall, zone]) => {{ const m = await import('{_JS}/zone.js');"
            " const at = m.moment(wall, zone); return [at, m.wallClock(at, zone)]; }",
            [wall, zone],
        )
        expected = datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        assert (datetime.fromisoformat(found[0]), found[1]) == (expected, wall)


# what Stripe is to be told of five whole ones: hundredths of most, of some nothing smaller, of few thousandths
FIVE = {
    **dict.fromkeys(["TRY", "EUR", "HUF", "COP", "IDR", "PKR", "RSD", "ISK", "UGX"], 500),
    **dict.fromkeys(["JPY", "KRW", "CLP", "XOF", "MGA"], 5),
    **dict.fromkeys(["KWD", "TND"], 5_000),
}


async def test_a_price_is_charged_as_it_was_typed(open_page: Opener) -> None:
    """Whatever digits a browser likes to show of a currency: five are five to who types, who reads and who charges."""
    one = await open_page("/organiser")
    typed: dict[str, list[Any]] = await one.page.evaluate(
        """async (currencies) => {
            const { minorUnits, money } = await import('/assets/js/core/money.js');
            const five = (name) => minorUnits('5', name);
            return Object.fromEntries(currencies.map((name) => [name, [five(name), money(five(name), name)]]));
        }""",
        list(FIVE),
    )
    assert {name: to_stripe(units, name) for name, (units, _) in typed.items()} == FIVE
    assert [shown for _, shown in typed.values() if re.sub(r"[^0-9.,]", "", shown) != "5"] == []
