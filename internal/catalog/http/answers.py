"""How the catalog answers: JSON with an ETag that is both the version, for If-Match, and the content, for caches."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Response

from internal.catalog.faults import ChangedMeanwhile
from internal.catalog.recent import Sent
from internal.platform.faults import Malformed
from internal.platform.http import position_of
from internal.platform.http.answers import etag_of
from internal.platform.http.forms import LINE
from internal.platform.ids import is_id

__all__ = [
    "PRIVATE",
    "PUBLIC",
    "dated_position",
    "expected_of",
    "made",
    "named_position",
    "sent",
    "wants_fresh",
]

# Longer than our own second, and short enough that who reads "canceled" in the news finds it here
PUBLIC = "public, max-age=2, stale-while-revalidate=10"
PRIVATE = "private, no-store"

_Line = Annotated[str, msgspec.Meta(pattern=LINE)]  # whatever a name may be
_encode = msgspec.json.Encoder().encode
_TAG = re.compile(r'\s*(?:W/)?"(\d{1,9})(?:-[0-9a-f]+)?"\s*')


def sent(content: Any, version: int | None = None) -> Sent:
    """The content's bytes, and their ETag."""
    body = _encode(content)
    tag = etag_of(body)
    return Sent(body, tag if version is None else f'"{version}-{tag[1:]}')


def made(content: Any, *, version: int | None = None, location: str | None = None, status: int = 200) -> Response[Any]:
    """The answer to a change; its ETag serves for the next one."""
    body, tag = sent(content, version)
    headers = {"etag": tag, "cache-control": PRIVATE}
    if location is not None:
        headers["location"] = location
    return Response(body, status_code=status, media_type="application/json", headers=headers)


def expected_of(if_match: str | None) -> int | None:
    """The version that the caller has seen; None where any will do."""
    if if_match is None or if_match.strip() == "*":
        return None
    found = _TAG.fullmatch(if_match)
    if found is None:
        raise ChangedMeanwhile
    return int(found[1])


def wants_fresh(cache_control: str | None) -> bool:
    """Whether the caller will not have what was read a second ago."""
    return cache_control is not None and "no-cache" in cache_control.lower()


def dated_position(cursor: str | None, kind: str) -> tuple[datetime, str] | None:
    """Where a page begins in a list by time."""
    found = position_of(cursor, tuple[datetime, str])
    if found is not None and (found[0].tzinfo is None or not is_id(kind, found[1])):
        raise Malformed("This cursor was not given by this list.", path="$.cursor")
    return found


def named_position(cursor: str | None) -> str:
    """Where a page begins in a list by one text."""
    found = position_of(cursor, tuple[_Line])
    return found[0] if found else ""
