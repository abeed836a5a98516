"""What is measured, by name, in the order in which it is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bench.lines import Table
from bench.play import Settings
from bench.scenarios.checkouts import checkout
from bench.scenarios.contended import contended
from bench.scenarios.expiry import expiry
from bench.scenarios.following import following
from bench.scenarios.hold import hold
from bench.scenarios.pages import event, snapshot
from bench.scenarios.process import process
from bench.scenarios.sizes import showtimes, venue
from bench.scenarios.sockets import sockets

__all__ = ["SCENARIOS"]

Say = Callable[[str], None]

SCENARIOS: dict[str, Callable[[Settings, Say], Awaitable[Table | None]]] = {
    "hold": hold,
    "contended": contended,
    "venue": venue,
    "showtimes": showtimes,
    "snapshot": snapshot,
    "event": event,
    "process": process,
    "expiry": expiry,
    "checkout": checkout,
    "sockets": sockets,
    "following": following,
}
