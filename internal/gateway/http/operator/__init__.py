"""What those who run the system see and do: for administrators alone. The words are those of the command line."""

from __future__ import annotations

from internal.gateway.http.operator import letters, overview, refunds, sagas
from internal.gateway.http.operator.acting import Acts
from internal.platform.http import RouteHandler

__all__ = ["Acts", "routes"]


def routes(acts: Acts) -> list[RouteHandler]:
    """All of them."""
    return [
        *overview.routes(acts),
        *letters.routes(acts),
        *sagas.routes(acts),
        *refunds.routes(acts),
    ]
