"""What can go wrong in a way the caller can understand.

A fault is named for the situation (`SeatTaken`), its docstring is the sentence the caller reads, its kind says what
class of trouble it is. Everything that is not a `Fault` is a bug or a broken server: its text never reaches a caller.
The mappings to HTTP (`platform.http.problems`) and to NATS (`platform.bus`) exist once, and read `kind`.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Any, ClassVar

__all__ = [
    "Drop",
    "Fault",
    "Forbidden",
    "Internal",
    "Kind",
    "Limited",
    "Malformed",
    "RetryLater",
    "Unauthenticated",
    "Unavailable",
    "fault_from_wire",
]


class Kind(Enum):
    """The classes of trouble, each with the HTTP status that says the same."""

    INVALID = 400
    UNAUTHENTICATED = 401
    UNPAID = 402
    FORBIDDEN = 403
    NOT_FOUND = 404
    NOT_ALLOWED = 405
    CONFLICT = 409
    GONE = 410
    STALE = 412
    TOO_LARGE = 413
    UNSUPPORTED = 415
    UNPROCESSABLE = 422
    LIMITED = 429
    HEAD_TOO_LARGE = 431
    INTERNAL = 500
    UNAVAILABLE = 503
    TIMEOUT = 504


_known: dict[str, type[Fault]] = {}


class Fault(Exception):  # noqa: N818 - it is a fault, and reads better so
    """Something went wrong."""

    kind: ClassVar[Kind] = Kind.INTERNAL
    code: ClassVar[str] = "internal"
    title: ClassVar[str] = "Something went wrong."

    def __init_subclass__(cls, *, kind: Kind | None = None) -> None:
        """`class SeatTaken(Fault, kind=Kind.CONFLICT)` gets the code `seat_taken` and its docstring as its title."""
        if kind is not None:
            cls.kind = kind
        cls.code = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()
        cls.title = " ".join((cls.__doc__ or cls.code).split("\n\n", maxsplit=1)[0].split())
        _known[cls.code] = cls

    def __init__(self, detail: str | None = None, /, **extra: Any) -> None:
        """`detail` says more about this one occurrence; `extra` are members for the caller's program to read."""
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.extra = extra


def fault_from_wire(code: str, kind: str, detail: str, extra: dict[str, Any]) -> Fault:
    """The fault that a peer raised: of the same class where this process knows it, else one with its code and kind."""
    known = _known.get(code)
    if known is not None:
        return known(detail, **extra)
    fault = Fault(detail, **extra)
    fault.code, fault.kind, fault.title = code, Kind[kind], detail  # type: ignore[misc]  # this one occurrence speaks for its peer
    return fault


class Unauthenticated(Fault, kind=Kind.UNAUTHENTICATED):
    """A valid access token is needed."""


class Forbidden(Fault, kind=Kind.FORBIDDEN):
    """This is not yours to see or change."""


class Malformed(Fault, kind=Kind.INVALID):
    """The request is not of the form that this route takes."""


class Limited(Fault, kind=Kind.LIMITED):
    """Too many requests; try again after the time in Retry-After."""


class Unavailable(Fault, kind=Kind.UNAVAILABLE):
    """Something this needs is not reachable just now; nothing was changed, try again shortly."""


class Internal(Fault, kind=Kind.INTERNAL):
    """Something went wrong on our side; it was written down under this request's id."""


class RetryLater(Exception):  # noqa: N818 - a verdict, not an error
    """A consumer's verdict: not now; deliver this message again after `delay` seconds."""

    def __init__(self, delay: float, reason: str = "") -> None:
        super().__init__(reason or f"retry in {delay} s")
        self.delay = delay


class Drop(Exception):  # noqa: N818 - a verdict, not an error
    """A consumer's verdict: this can never be handled; park it in the dead letters with the reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
