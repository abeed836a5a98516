"""The documents behind the pages `/docs` and `/docs/events`."""

from __future__ import annotations

from litestar import Response, get

from internal.gateway.handlers import Documents
from internal.platform.http import RouteHandler, json_answer
from internal.platform.http.app import document_of
from internal.platform.http.forms import Web

__all__ = ["routes"]


def routes(documents: Documents) -> list[RouteHandler]:
    """Both."""

    @get("/docs/openapi.json", include_in_schema=False)
    async def interface(request: Web) -> Response[bytes]:
        return json_answer(request, await documents.interface(document_of(request)))

    @get("/docs/asyncapi.json", include_in_schema=False)
    async def events(request: Web) -> Response[bytes]:
        return json_answer(request, documents.events)

    return [interface, events]
