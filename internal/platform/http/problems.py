"""A fault as the caller over HTTP sees it: `application/problem+json`, RFC 9457, with a stable `code`.

Litestar's plugin for this swaps title and detail and leaves a 500 plain, so the mapping is ours.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
from litestar.exceptions import HTTPException, ValidationException

from internal.platform.faults import Fault, Kind, Limited, Malformed, Unavailable

__all__ = ["MEDIA_TYPE", "Problem", "fault_of", "problem_body", "retry_after"]

MEDIA_TYPE = "application/problem+json"

_encode = msgspec.json.Encoder().encode
_PATH = re.compile(r" - at `(\$[^`]*)`$")


class Problem(msgspec.Struct, kw_only=True, omit_defaults=True, rename="camel"):
    """What went wrong, in the form of RFC 9457; `code` is stable, `title` and `detail` are for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    path: str | None = None
    request_id: str | None = None


class NoSuchRoute(Fault, kind=Kind.NOT_FOUND):
    """There is nothing at this address."""


class MethodNotAllowed(Fault, kind=Kind.NOT_ALLOWED):
    """This address does not take this method."""


class TooLarge(Fault, kind=Kind.TOO_LARGE):
    """The request is larger than this route takes."""


class CallerLeft(Fault, kind=Kind.INVALID):
    """The caller hung up before the whole request was here."""


class HeadTooLarge(Fault, kind=Kind.HEAD_TOO_LARGE):
    """The request's first line and headers are larger than any request needs."""


class NotHttp(Fault, kind=Kind.INVALID):
    """This is not a request of HTTP/1.1."""


class UnsupportedMedia(Fault, kind=Kind.UNSUPPORTED):
    """This route takes JSON."""


_BY_STATUS: dict[int, type[Fault]] = {
    404: NoSuchRoute,
    405: MethodNotAllowed,
    413: TooLarge,
    415: UnsupportedMedia,
    429: Limited,
    503: Unavailable,
}


def problem_body(fault: Fault, request_id: str | None) -> bytes:
    """The body of the answer."""
    body: dict[str, Any] = {
        "type": f"urn:aisle:problem:{fault.code}",
        "title": fault.title,
        "status": fault.kind.value,
        "detail": fault.detail,
        "code": fault.code,
    }
    if request_id:
        body["requestId"] = request_id
    body.update(fault.extra)
    return _encode(body)


def retry_after(fault: Fault) -> str | None:
    """Seconds for the Retry-After header, of a fault that passes by itself."""
    seconds = fault.extra.get("retryAfter")
    if seconds is None and fault.kind is Kind.UNAVAILABLE:
        return "1"
    return None if seconds is None else str(seconds)


def fault_of(error: Exception) -> Fault | None:
    """The fault that says the same as the framework's exception, or None for what nobody expected."""
    if isinstance(error, Fault):
        return error
    # RecursionError is the decoder's, for "[[[[..." of some thousands; nothing of ours recurses
    if isinstance(error, msgspec.ValidationError | msgspec.DecodeError | RecursionError):
        return malformed(str(error))
    if isinstance(error, ValidationException):
        return _of_validation(error)
    if isinstance(error, HTTPException):
        known = _BY_STATUS.get(error.status_code)
        if known is not None:
            return known()
        return malformed(_cause_of(error)) if 400 <= error.status_code < 500 else None  # noqa: PLR2004 - HTTP's own
    return None


def malformed(text: str) -> Malformed:
    """The decoder's words, with the path of the field taken out for the caller's program."""
    found = _PATH.search(text)
    return Malformed(text[: found.start()], path=found.group(1)) if found else Malformed(text, path="$")


def _of_validation(error: ValidationException) -> Malformed:
    extra = error.extra
    if isinstance(extra, list) and extra and isinstance(extra[0], dict):
        first = extra[0]
        message, key = str(first.get("message", "not valid")), str(first.get("key", ""))
        path = "$" if key in {"", "data"} else "$." + key.removeprefix("data.")
        return Malformed(message, path=path, source=first.get("source", "body"))
    return malformed(_cause_of(error))


def _cause_of(error: HTTPException) -> str:
    cause = error.__cause__
    if isinstance(cause, msgspec.ValidationError | msgspec.DecodeError):
        return str(cause)
    return error.detail or "The request could not be read."
