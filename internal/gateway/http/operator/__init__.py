"""What those who run the system see and do: for administrators alone. The words are those of the command line."""

from __future__ import annotations

from internal.gateway.http.operator import letters, overview, refunds, sagas
from internal.gateway.operating import Operating
from internal.platform.http import RouteHandler

__all__ = ["routes"]


def routes(operating: Operating) -> list[RouteHandler]:
    """All of them."""
    return [
        *overview.routes(operating),
        *letters.routes(operating),
        *sagas.routes(operating),
        *refunds.routes(operating),
    ]
