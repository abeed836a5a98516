"""`aisle reconcile` as an operator uses it, beside services that run."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from internal.cli.__main__ import application
from internal.platform.reconcile import Reconciler
from internal.platform.service import Parts, Platform, Service
from proto.reconcile import Difference
from tests.conftest import Addresses
from tests.running import running


async def test_what_differs_is_printed_and_repaired_on_demand(
    tmp_path: Path, servers: Addresses, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends with 1 while something differs, and says who could not be asked."""
    wrong = ["A-1"]

    async def look(repair: bool) -> Sequence[Difference]:
        found = [Difference(thing=one, found="held", expected="sold", repaired=repair) for one in wrong]
        if repair:
            wrong.clear()
        return found

    async def quiet(_: bool) -> Sequence[Difference]:
        return []

    def build(_: Platform) -> Parts:
        return Parts(reconcilers=[Reconciler("shop-seats", look, step=quiet)])

    async def aisle(*words: str) -> tuple[int, str]:
        result = await asyncio.to_thread(CliRunner().invoke, application(), ["reconcile", *words])
        return result.exit_code, result.output

    async with running([Service("shop", build)], servers, tmp_path) as system:
        monkeypatch.setenv("AISLE_NATS_URL", system.bus.settings.url)
        differs = "shop-seats: 1 differs\n  A-1: held, should be sold\n"
        assert await aisle("--service", "shop") == (1, differs)
        code, text = await aisle("--service", "shop", "--repair", "--json")
        assert (code, json.loads(text)[0]["differences"][0]["repaired"]) == (0, True)
        assert await aisle("--service", "shop") == (0, "shop-seats: nothing differs\n")
        code, text = await aisle()
        assert (code, "inventory: nobody answers just now: is it running?" in text) == (1, True)
