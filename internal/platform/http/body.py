"""A request whose body is what the route says, and not something that could be read as that.

Litestar decodes JSON into plain values and then converts them as leniently as it converts a query: `"100"` passes for
100, `"true"` for true, `"null"` for null. In a body that is a mistake worth telling; and one strict decoding straight
into the struct is also the cheaper way.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec
from litestar import Request

__all__ = ["StrictRequest"]


class StrictRequest(Request[Any, Any, Any]):
    """Litestar's request, but for `json()`; what it returns is taken as it is, because it has its type already."""

    async def json(self) -> Any:
        """The body as the route's `data`, or msgspec's word on why not."""
        declared = self.route_handler.parsed_data_field
        return _decoder(Any if declared is None else declared.annotation).decode(await self.body())


@lru_cache(maxsize=512)  # more than the routes of all services
def _decoder(form: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(form)
