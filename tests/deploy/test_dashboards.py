from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import structlog

from internal.platform.bus import Bus, BusSettings
from internal.platform.postgres import Database
from internal.platform.redis import Lane
from internal.platform.telemetry.collector import Collector, Sources

DEPLOY = Path(__file__).parents[2] / "deploy"
DASHBOARD = DEPLOY / "grafana" / "dashboards" / "aisle.json"
RULES = DEPLOY / "prometheus" / "rules.yml"
ENDINGS = ("_total", "_bucket", "_sum", "_count")


async def names() -> set[str]:
    """Every family that a process tells, by the name under which it is asked for."""
    log = structlog.get_logger()
    bus = Bus(BusSettings(), name="test", log=log, lost=lambda: None)
    databases = {"test": Database("postgresql://x@127.0.0.1:9/x", "test", log)}
    lane = Lane("redis://127.0.0.1:9", [], log)
    families = Collector(Sources(worker="0", lane=lane, bus=bus, databases=databases)).collect()
    return {
        family.name + ending
        for family in families
        for ending in {"counter": ENDINGS[:1], "histogram": ENDINGS[1:]}.get(family.type, ("",))
    }


@pytest.mark.parametrize("text", [DASHBOARD.read_text(), RULES.read_text()], ids=["dashboard", "alarms"])
async def test_they_ask_for_what_is_told(text: str) -> None:
    """No panel and no alarm is empty because a name was mistyped or has changed."""
    asked = set(re.findall(r"\baisle_[a-z_]+", text))
    assert asked
    assert asked <= await names()


def test_the_dashboard_is_whole() -> None:
    """Each panel has a number of its own, a place, and something that it shows."""
    panels = json.loads(DASHBOARD.read_text())["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len({(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}) == len(panels)
    assert all(panel["targets"] for panel in panels)
