"""The process that dies: the services of the money path as `main` runs them, with their crossings counted.

It is forked from a warm process that has imported everything, and told by a pipe when to count and where to die.
"""

from __future__ import annotations

import asyncio
import os
import traceback
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import structlog
import uvloop

from internal.checkout.service import SERVICE as CHECKOUT
from internal.inventory.service import SERVICE as INVENTORY
from internal.orders.service import SERVICE as ORDERS
from internal.payments import asking, handlers, loops
from internal.payments.service import SERVICE as PAYMENTS
from internal.platform.bus import Consumer
from internal.platform.run import run
from tests.chaos.crossings import Crossings, patched

__all__ = ["DISARMED", "MORTAL", "main"]

MORTAL = (INVENTORY, CHECKOUT, ORDERS, PAYMENTS)
DISARMED = "disarmed"
_LEASE = 2.0  # seconds instead of 10 to 18, of those that are no settings: the bank next door answers in milliseconds


def main(environment: Mapping[str, str], log: Path, pipe: Connection) -> None:
    """The whole life of the child."""
    crossings = Crossings(pipe.send)
    patched(crossings)
    _hurried()
    with log.open("a") as written:
        told = structlog.wrap_logger(
            structlog.PrintLogger(written),
            processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()],
            wrapper_class=structlog.make_filtering_bound_logger(30),
        )
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(_run(environment, told, pipe, crossings))
        except BaseException:
            traceback.print_exc(file=written)
            raise


async def _run(environment: Mapping[str, str], log: Any, pipe: Connection, crossings: Crossings) -> None:
    def told() -> None:
        try:
            deadly = pipe.recv()
            crossings.arm(deadly)
            if deadly is None:
                pipe.send(DISARMED)
        except EOFError:  # the test is over, or dead
            os._exit(0)

    asyncio.get_running_loop().add_reader(pipe.fileno(), told)
    await run(MORTAL, environment, log)


def _hurried() -> None:
    """What the dead one had is taken up sooner than its neighbours' worst answers would allow in production."""
    for module in (asking, handlers, loops):
        module.LEASE = _LEASE  # type: ignore[attr-defined]
    loops._AGAIN = _LEASE
    declared = Consumer.__post_init__

    def hurried(self: Consumer[Any]) -> None:
        declared(self)
        self.ack_wait = _LEASE

    Consumer.__post_init__ = hurried  # type: ignore[method-assign]
