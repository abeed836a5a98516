"""The contracts: what every service may say, and nothing about who listens.

One module for each publisher. Events are facts in the past tense on JetStream; requests are questions and commands on
`rpc.<service>.<verb>`, each with one typed answer; live pictures go by core NATS and may be missed.
Fields may be added with a default, never renamed, removed, retyped or made required: `proto.compatibility` reads the
frozen `proto/released/` and says what would break. A reader ignores what it does not know, so nothing here forbids
unknown fields.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from pkgutil import iter_modules
from typing import Annotated, Any, ClassVar, Generic, TypeVar, get_args

import msgspec

__all__ = [
    "EVENTS",
    "NO_CURRENCY",
    "PICTURES",
    "REQUESTS",
    "Answer",
    "Currency",
    "Event",
    "Moment",
    "Money",
    "Part",
    "Picture",
    "Request",
    "SeatId",
    "event",
    "everything",
    "picture",
    "rpc",
]

# `$(?!\n)`: Python's `$` also matches before a last newline, ECMAScript's does not; both read this one alike.
SeatId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._:-]{1,64}$(?!\n)", description="A seat of a layout")]
Moment = Annotated[datetime, msgspec.Meta(tz=True, description="UTC, ISO 8601 with Z")]
Money = Annotated[int, msgspec.Meta(description="Minor units of the currency beside it")]
NO_CURRENCY = "XXX"  # ISO 4217's own code for none: of what was never made, nothing else is known
Currency = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}$(?!\n)", description="ISO 4217")]


class Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A piece of a message; camelCase on the wire, and what is not set is not sent."""


class Event(Part, frozen=True, kw_only=True):
    """A fact that its owner committed. Its id and time travel in the headers, so that a fact is the same told twice."""

    subject: ClassVar[str]


class Answer(Part, frozen=True, kw_only=True):
    """What a request is answered with; trouble comes as a fault instead."""


A_co = TypeVar("A_co", bound=Answer, covariant=True)


class Request(Part, Generic[A_co], frozen=True, kw_only=True):
    """A question or a command; a command may arrive twice and has one effect."""

    subject: ClassVar[str]
    answers: ClassVar[type[Answer]]
    address: ClassVar[tuple[str, ...]] = ()

    def to(self) -> str:
        """Whom to ask: the subject, and for what exists many times over the names of the one that is meant."""
        return ".".join([self.subject, *(getattr(self, name) for name in self.address)])


class Picture(Part, frozen=True, kw_only=True):
    """What people watch live: newest wins, a gap shows in the version, nothing depends on its arrival."""

    subject: ClassVar[str]
    address: ClassVar[str]

    def to(self) -> str:
        """The subject of this one: `live.seats.showtime_…`."""
        return f"{self.subject}.{getattr(self, self.address)}"


E = TypeVar("E", bound=Event)
R = TypeVar("R", bound=Request[Any])
P = TypeVar("P", bound=Picture)

EVENTS: dict[str, type[Event]] = {}
REQUESTS: dict[str, type[Request[Any]]] = {}
PICTURES: dict[str, type[Picture]] = {}


def event(subject: str) -> Callable[[type[E]], type[E]]:
    """`@event("inventory.hold.created")`: this struct is what that subject carries."""

    def declare(struct: type[E]) -> type[E]:
        struct.subject = subject
        _enter(EVENTS, subject, struct)
        return struct

    return declare


def rpc(subject: str, *, address: tuple[str, ...] = ()) -> Callable[[type[R]], type[R]]:
    """`@rpc("rpc.inventory.claim") class Claim(Request[Claimed])`: the base names the answer, once and checked.

    With an address the subject ends in the values of those fields: a request that many kinds of peers answer, of which
    one is meant.
    """

    def declare(struct: type[R]) -> type[R]:
        (answer,) = get_args(struct.__orig_bases__[0])  # type: ignore[attr-defined]  # every generic subclass has it
        struct.subject, struct.answers, struct.address = subject, answer, address
        _enter(REQUESTS, subject, struct)
        return struct

    return declare


def picture(subject: str, *, address: str) -> Callable[[type[P]], type[P]]:
    """`@picture("live.seats", address="showtime_id")`: the subject ends in the value of that field."""

    def declare(struct: type[P]) -> type[P]:
        struct.subject, struct.address = subject, address
        _enter(PICTURES, subject, struct)
        return struct

    return declare


def everything() -> None:
    """Fill the registries: read every module of contracts."""
    for module in iter_modules(__path__):
        if module.name not in {"generate", "compatibility"}:
            import_module(f"{__name__}.{module.name}")


def _enter(registry: dict[str, Any], subject: str, struct: type[msgspec.Struct]) -> None:
    if subject in registry:
        raise ValueError(f"{subject} is declared by {registry[subject].__name__} and {struct.__name__}")
    registry[subject] = struct
