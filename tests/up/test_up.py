"""The one command, from an empty folder to an empty folder."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path
from typing import Any

from tests.cli.launched import Launched, port_is_free
from tests.up.conftest import aisle_up
from tests.up.visitor import Visitor

_ONE = {"AISLE_WORKERS": "1"}


def test_a_second_up_is_where_the_first_one_was(tmp_path: Path) -> None:
    """The same events under the same ids, a hold still held, nothing left running in between, and a reset drops it."""
    data = tmp_path / "data"
    with aisle_up(data) as first:
        before, hold = _held(first.opened())
        assert first.told(signal.SIGTERM) == 0
        assert not first.left()
        assert port_is_free(first.port)
    began = time.monotonic()
    with aisle_up(data, first.port) as second:
        second.opened()
        sys.stdout.write(f"ready {time.monotonic() - began:.1f} s after a later start\n")
        assert any(line.startswith("demo: as you left it") for line in second.lines)
        assert _said(second) == _said(first)
        with Visitor(second.port, "customer@demo.aisle") as customer:
            assert customer.programme() == before
            assert customer.get(f"/api/holds/{hold}")["seatIds"] == ["stalls-C12", "stalls-C13"]
        assert second.told(signal.SIGTERM) == 0
        assert not second.left()
    with Launched(data, second.port, "internal.cli reset") as reset:
        assert reset.refused() == (0, "")
    assert not data.exists()


def test_two_run_side_by_side(tmp_path: Path) -> None:
    """Two folders and two ports are two box offices: neither knows the other's events, nor its tokens."""
    with aisle_up(tmp_path / "one", environment=_ONE) as one, aisle_up(tmp_path / "two", environment=_ONE) as two:
        before, hold = _held(one.opened())
        with Visitor(two.opened().port, "customer@demo.aisle") as other:
            events = other.programme()
            assert events.keys() == before.keys()
            assert {event["id"] for event in events.values()}.isdisjoint(event["id"] for event in before.values())
            assert other.ask("GET", f"/api/holds/{hold}").status_code == 410


def _held(up: Launched) -> tuple[dict[str, Any], str]:
    """The programme, and a hold of two seats at its first event."""
    with Visitor(up.port, "customer@demo.aisle") as customer:
        events = customer.programme()
        showtime = events["Hamlet"]["showtimes"][0]["id"]
        hold = customer.post(f"/api/showtimes/{showtime}/holds", {"seatIds": ["stalls-C12", "stalls-C13"]})
        return events, str(hold["holdId"])


def _said(up: Launched) -> list[str]:
    """Who there is and what to look at."""
    return [line for line in up.lines if "@demo.aisle" in line or "/api/" in line]
