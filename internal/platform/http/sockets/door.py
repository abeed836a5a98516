"""Who may open a connection that stays, and how many are there."""

from __future__ import annotations

from collections import Counter
from urllib.parse import urlsplit

from internal.platform.config import Settings
from internal.platform.http.front import Scope
from internal.platform.http.gate import address_of, counted_as

__all__ = ["TOO_MANY", "Door", "SocketSettings", "bearer_of"]

TOO_MANY = 4429


class SocketSettings(Settings, frozen=True, kw_only=True):
    """`AISLE_SOCKETS_...`: who may open one, and how much of it."""

    prefix = "AISLE_SOCKETS_"

    origins: str = ""  # pages of other hosts that may: `https://tickets.example,https://...`
    per_address: int = 100  # connections at once: an office behind one address, and no more than a process can bear
    largest: int = 4096  # bytes of a message: a token has 750, all else less than 200
    burst: int = 40  # messages at once: twenty subscriptions, given up and taken again
    per_second: float = 4.0  # messages in the long run
    buffered: int = 256 * 1024  # bytes that a reader may leave unread: half a minute of a busy showtime
    farewell: float = 3.0  # seconds over which a process that ends sends its readers away


class Door:
    """Who may come in, and how many are there."""

    def __init__(self, settings: SocketSettings, proxies: int) -> None:
        self.settings = settings
        self._proxies = proxies
        self._origins = {origin.strip().lower() for origin in settings.origins.split(",") if origin.strip()}
        self._there: Counter[str] = Counter()
        self.open = 0
        self.closed: Counter[int] = Counter()

    def welcome(self, scope: Scope) -> bool:
        """Whether this page may: browsers let any page open a socket to anywhere, and say from which it comes."""
        headers = dict(scope["headers"])
        origin = headers.get(b"origin", b"").decode("latin-1").lower()
        own = headers.get(b"host", b"").decode("latin-1").lower()
        return not origin or origin in self._origins or urlsplit(origin).netloc == own

    def enter(self, scope: Scope) -> str | None:
        """The caller's address as it is counted; None if it has too many connections already."""
        address = counted_as(address_of(scope, self._proxies))
        if self._there[address] >= self.settings.per_address:
            self.closed[TOO_MANY] += 1
            return None
        self._there[address] += 1
        self.open += 1
        return address

    def leave(self, address: str) -> None:
        """One connection less."""
        self.open -= 1
        self._there[address] -= 1
        if not self._there[address]:
            del self._there[address]


def bearer_of(scope: Scope) -> str:
    """The token in the Authorization header; browsers cannot send one with a socket, programs can."""
    for name, value in scope["headers"]:
        if name == b"authorization" and value[:7].lower() == b"bearer ":
            return bytes(value[7:]).strip().decode("latin-1")
    return ""
