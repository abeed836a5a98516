"""What the routes of all services take alike: bodies, pages, and the characters of a text."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request
from litestar.datastructures import State
from litestar.params import QueryParameter
from msgspec import UNSET

from internal.platform.faults import Malformed

__all__ = ["LINE", "TEXT", "Body", "Cursor", "PageLimit", "Web", "changes_of"]

Web = Request[object, object, State]
PageLimit = Annotated[int, QueryParameter(ge=1, le=200)]
Cursor = Annotated[str | None, QueryParameter(max_length=200)]

# `$(?!\n)`: Python's `$` also matches before a last newline, ECMAScript's does not; both read this one alike.
LINE = r"^[^\x00-\x1f\x7f]*$(?!\n)"
TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$(?!\n)"  # with tabs and line breaks


class Body(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What callers send; a field that nobody reads is a mistake worth telling."""


def changes_of(form: Body) -> dict[str, Any]:
    """The fields that were sent; at least one."""
    changes = {name: value for name, value in msgspec.structs.asdict(form).items() if value is not UNSET}
    if not changes:
        raise Malformed("There is nothing to change in this.", path="$")
    return changes
