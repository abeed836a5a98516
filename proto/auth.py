"""Who is who: users, and the keys that their tokens are checked with. No password or token is ever told here."""

from __future__ import annotations

from proto import Answer, Event, Part, Request, event, rpc

__all__ = [
    "FindPeople",
    "GetKeys",
    "Jwk",
    "Keys",
    "KeysRotated",
    "People",
    "Person",
    "UserDeleted",
    "UserRegistered",
    "UserUpdated",
]


@event("auth.user.registered")
class UserRegistered(Event, frozen=True, kw_only=True):
    """Somebody has an account, or a guest one."""

    user_id: str
    email: str | None = None
    name: str = ""
    guest: bool = False


@event("auth.user.updated")
class UserUpdated(Event, frozen=True, kw_only=True):
    """An account changed; all that may be told is."""

    user_id: str
    email: str | None = None
    name: str = ""
    guest: bool = False


@event("auth.user.deleted")
class UserDeleted(Event, frozen=True, kw_only=True):
    """An account is gone."""

    user_id: str


@event("auth.keys.rotated")
class KeysRotated(Event, frozen=True, kw_only=True):
    """Tokens are signed with this key from now on; ask for the keys again."""

    kid: str


class Jwk(Part, frozen=True, kw_only=True):
    """A public RSA key as RFC 7517 writes it."""

    kty: str
    kid: str
    use: str
    alg: str
    n: str
    e: str


class Keys(Answer, frozen=True, kw_only=True):
    """Every key that a token in use may be signed with, the newest first."""

    keys: list[Jwk]


@rpc("rpc.auth.keys")
class GetKeys(Request[Keys], frozen=True, kw_only=True):
    """Which keys are tokens checked with?"""


class Person(Part, frozen=True, kw_only=True):
    """Somebody with an account, as those know them who work with them."""

    user_id: str
    name: str
    email: str


class People(Answer, frozen=True, kw_only=True):
    """Those who were found; guests are nobody here."""

    people: list[Person]


@rpc("rpc.auth.find_people")
class FindPeople(Request[People], frozen=True, kw_only=True):
    """Who has one of these ids, or this e-mail? Whoever asks sees to it that only colleagues are told."""

    user_ids: list[str] = []
    email: str | None = None
