"""A process that may die: the money path as `main` runs it, with its crossings counted; or the bank.

It is forked from a warm process that has imported everything, and told by a pipe when to count and where to die.
"""

from __future__ import annotations

import asyncio
import os
import traceback
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import structlog
import uvloop

from internal.checkout.service import SERVICE as CHECKOUT
from internal.inventory.service import SERVICE as INVENTORY
from internal.orders.service import SERVICE as ORDERS
from internal.payments.service import SERVICE as PAYMENTS
from internal.platform.run import run
from internal.platform.service import Service
from internal.pos.service import SERVICE as POS
from tests.chaos.crossings import Crossings, patched

__all__ = ["BANK", "DISARMED", "MONEY_PATH", "main"]

MONEY_PATH = (INVENTORY, CHECKOUT, ORDERS, PAYMENTS)
BANK = (POS,)
DISARMED = "disarmed"


def main(names: Sequence[str], environment: Mapping[str, str], log: Path, pipe: Connection) -> None:
    """The whole life of the child."""
    crossings = Crossings(pipe.send)
    patched(crossings)
    services = [one for one in (*MONEY_PATH, *BANK) if one.name in names]
    with log.open("a") as written:
        told = structlog.wrap_logger(
            structlog.PrintLogger(written),
            processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()],
            wrapper_class=structlog.make_filtering_bound_logger(30),
        )
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(_run(services, environment, told, pipe, crossings))
        except BaseException:
            traceback.print_exc(file=written)
            raise


async def _run(
    services: Sequence[Service], environment: Mapping[str, str], log: Any, pipe: Connection, crossings: Crossings
) -> None:
    def told() -> None:
        try:
            deadly = pipe.recv()
            crossings.arm(deadly)
            if deadly is None:
                pipe.send(DISARMED)
        except EOFError:  # the test is over, or dead
            os._exit(0)

    asyncio.get_running_loop().add_reader(pipe.fileno(), told)
    await run(services, environment, log)
