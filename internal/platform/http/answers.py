"""Answers that many routes give alike: JSON with an ETag, and pages behind a cursor."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from hashlib import blake2b
from typing import Any, Generic, TypeVar

import msgspec
from litestar import Request, Response

from internal.platform.faults import Malformed

__all__ = ["Page", "cursor_of", "etag_of", "json_answer", "matches", "position_of", "takes_gzip"]

T = TypeVar("T")
_encode = msgspec.json.Encoder(decimal_format="number").encode


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True, rename="camel"):
    """One page; `nextCursor` asks for the next, and is null on the last."""

    items: list[T]
    next_cursor: str | None = None


def cursor_of(*position: str | int) -> str:
    """Where the next page begins, in a form that nobody takes for an interface."""
    return urlsafe_b64encode(msgspec.json.encode(position)).decode().rstrip("=")


def position_of(cursor: str | None, form: type[T]) -> T | None:
    """The position that `cursor_of` wrote, or `Malformed`."""
    if cursor is None:
        return None
    try:
        return msgspec.json.decode(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=form)
    except (msgspec.MsgspecError, NotBase64, ValueError, UnicodeError) as error:
        raise Malformed("This cursor was not given by this system.", path="$.cursor") from error


def etag_of(body: bytes) -> str:
    """A strong validator of these bytes."""
    return f'"{blake2b(body, digest_size=12).hexdigest()}"'


def matches(request: Request[Any, Any, Any], etag: str) -> bool:
    """Whether the caller has this version already (If-None-Match)."""
    sent = request.headers.get("if-none-match")
    if sent is None:
        return False
    return sent.strip() == "*" or etag in {tag.strip().removeprefix("W/") for tag in sent.split(",")}


def takes_gzip(request: Request[Any, Any, Any]) -> bool:
    """Whether the caller reads gzip (Accept-Encoding)."""
    for offer in request.headers.get("accept-encoding", "").lower().split(","):
        name, _, quality = offer.partition(";")
        if name.strip() in ("gzip", "*"):
            return quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def json_answer(
    request: Request[Any, Any, Any], content: Any, *, etag: str | None = None, cache: str = "no-cache"
) -> Response[bytes]:
    """The content as JSON with an ETag, or 304 when the caller has it already."""
    body = content if isinstance(content, bytes) else _encode(content)
    tag = etag or etag_of(body)
    headers = {"etag": tag, "cache-control": cache}
    if matches(request, tag):
        return Response(b"", status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)
