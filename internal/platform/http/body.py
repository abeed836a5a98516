"""A request whose body is what the route says, and not something that could be read as that.

Litestar decodes JSON into plain values and then converts them as leniently as it converts a query: `"100"` passes for
100, `"true"` for true, `"null"` for null. In a body that is a mistake worth telling; and one strict decoding straight
into the struct is also the cheaper way.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import msgspec
from litestar import Request
from litestar.exceptions import InternalServerException

from internal.platform.faults import Malformed
from internal.platform.http.problems import CallerLeft

__all__ = ["FieldTwice", "StrictRequest"]

_LARGEST = (
    256 * 1024
)  # bytes that are read again for this: 2 ms; a layout has 12 MB, and only its owner's checks to pass


class FieldTwice(Malformed):
    """A field is given twice; which of the two is meant cannot be known."""


class StrictRequest(Request[Any, Any, Any]):
    """Litestar's request, but for `json()`; what it returns is taken as it is, because it has its type already."""

    async def body(self) -> bytes:
        """All of it; that the caller hung up before is no failure of ours, as Litestar has it."""
        try:
            return await super().body()
        except InternalServerException as error:
            raise CallerLeft from error

    async def json(self) -> Any:
        """The body as the route's `data`, or msgspec's word on why not."""
        declared, body = self.route_handler.parsed_data_field, await self.body()
        try:
            read = _decoder(Any if declared is None else declared.annotation).decode(body)
            if len(body) <= _LARGEST:
                _require_each_once(body)
        except UnicodeDecodeError as error:  # msgspec has no fault of its own for a text that is none
            raise Malformed("The body is not UTF-8.", path="$") from error
        return read


def _require_each_once(body: bytes) -> None:
    """Nothing, or a fault. What the route does not know the decoder has skipped, and is read here first."""
    try:
        json.loads(body, object_pairs_hook=_each_once)
    except UnicodeDecodeError:
        raise
    except ValueError as error:  # the one thing left that is JSON and that Python does not read
        raise Malformed("A number in this has more digits than anybody reads.", path="$") from error


def _each_once(pairs: list[tuple[str, Any]]) -> None:
    """The decoder takes the last of two, somebody else's check before us perhaps the first. Costs 3 us a small body."""
    seen = set()
    for name, _ in pairs:
        if name in seen:
            raise FieldTwice(f"The field `{name}` is given twice.", path="$")
        seen.add(name)


@lru_cache(maxsize=512)  # more than the routes of all services
def _decoder(form: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(form)
