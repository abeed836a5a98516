"""Builds what has to do with tickets: one value, whose parts the service adds to its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from internal.orders.checkins import Checkins
from internal.orders.http import checkins as door
from internal.orders.http import tickets as pages
from internal.orders.ticket_config import TicketSettings
from internal.orders.ticket_keys import TicketKeys
from internal.orders.tickets import Tickets
from internal.platform.config import read
from internal.platform.http import RouteHandler
from internal.platform.loops import Loop
from internal.platform.postgres import Database
from internal.platform.roles import Roles

__all__ = ["Ticketing", "ticketing"]


@dataclass(frozen=True)
class Ticketing:
    """`tickets` is for the commands: issue, revoke, restore. `needs` shows in /health."""

    tickets: Tickets
    checkins: Checkins
    routes: Sequence[RouteHandler]
    loops: Sequence[Loop]
    needs: Mapping[str, Callable[[], bool]]


def ticketing(
    database: Database, roles: Roles, environment: Mapping[str, str], clock: Callable[[], datetime]
) -> Ticketing:
    """Tickets and doors, out of what the process offers."""
    settings = read(TicketSettings, environment)
    keys = TicketKeys(database, settings, clock)
    tickets = Tickets(database, roles, keys, clock)
    checkins = Checkins(database, roles, keys, settings, clock)
    return Ticketing(
        tickets=tickets,
        checkins=checkins,
        routes=[*pages.routes(tickets, keys), *door.routes(checkins)],
        # a key that another replica made is known a minute later, and signs a week later
        loops=[Loop("orders-ticket-keys", keys.run_once, interval=60.0)],
        needs={"orders.ticket-keys": lambda: keys.ready},
    )
