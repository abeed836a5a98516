"""`aisle sagas` as an operator uses it, against a checkout that runs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from internal.cli.__main__ import application
from internal.cli.folder import opened as folder_opened
from internal.cli.trouble import BadSetting
from internal.platform.faults import Fault, Unavailable
from proto import inventory
from tests.checkout.conftest import Stage, ends, staged
from tests.conftest import Addresses


@dataclass
class Desk:
    """An installation, and the operator beside it."""

    stage: Stage
    data: Path

    async def aisle(self, *words: str) -> Result:
        """The command, run as its own loop would be."""
        given = ["sagas", *words, "--data", str(self.data)]
        return await asyncio.to_thread(CliRunner().invoke, application(), given)

    async def said(self, *words: str) -> list[str]:
        result = await self.aisle(*words)
        assert result.exit_code == 0, (result.output, result.exception)
        return result.output.splitlines()


@pytest.fixture
async def desk(servers: Addresses, tmp_path: Path) -> AsyncIterator[Desk]:
    async with staged(servers, tmp_path) as stage:
        nats = stage.system.bus.client().connected_url
        assert nats is not None
        with folder_opened(tmp_path / "data", room=0) as data, data.telling({"AISLE_NATS_URL": nats.geturl()}):
            yield Desk(stage, data.path)


async def test_an_operator_finds_tries_and_gives_up(desk: Desk) -> None:
    """The list names what hangs and why; show has each step; retry and abandon say how it stands afterwards."""
    stage, ada = desk.stage, desk.stage.system.person()
    stage.broken[inventory.Claim] = Unavailable()  # no bug: that would be logged into the output
    answer = await stage.buys(ada, stage.world.hold(ada.id, "A1"))
    checkout_id = answer.json()["checkoutId"]
    heading, line, count = await desk.said("list")
    assert heading.split() == ["saga", "name", "status", "step", "since", "tries", "error"]
    assert line.split()[:4] == [checkout_id, "checkout", "running", "claim"]
    assert "unavailable" in line
    assert count == "1 live sagas"
    assert (await desk.said("list", "stuck"))[-1] == "0 stuck sagas"
    shown = await desk.said("show", checkout_id)
    assert ["name", "checkout"] in [one.split() for one in shown]
    assert any(one.startswith("claim") and "unavailable" in one for one in shown)
    assert not any("card" in one for one in shown)
    told = json.loads("\n".join(await desk.said("retry", checkout_id, "--json")))
    assert (told["sagaId"], told["status"]) == (checkout_id, "running")
    assert any("undoing" in one for one in await desk.said("abandon", checkout_id, "--reason", "enough"))
    assert (await ends(ada, answer, "failed"))["code"] == "abandoned"
    assert (await desk.said("list", "failed"))[1].split()[:3] == [checkout_id, "checkout", "failed"]


async def test_what_is_wrong_is_one_line(desk: Desk) -> None:
    """An unknown saga and an unknown list are told as such."""
    unknown = await desk.aisle("show", "checkout_1")
    assert isinstance(unknown.exception, Fault)
    assert unknown.exception.code == "saga_unknown"
    assert isinstance((await desk.aisle("list", "broken")).exception, BadSetting)
