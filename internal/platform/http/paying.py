"""What every form that pays says of it: where the buyer is sent back to, and what the provider alone understands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

from msgspec import Meta

from internal.platform.config import BadConfig, Front, Settings, read
from internal.platform.faults import Fault, Kind

__all__ = ["ADDRESS", "Method", "Paying", "ReturnElsewhere", "ReturnUrl", "require_plain"]

# As it stands in a Location header: ASCII, no control characters, a host that a browser takes, nobody's password.
# Whatever else a path has is percent-encoded by who sends it.
ADDRESS = (
    r"https?://([A-Za-z0-9_][A-Za-z0-9_.-]{0,252}|\[[0-9A-Fa-f:.]{2,45}\])"  # no `[` but of an IPv6 address
    r"(:[0-9]{1,5})?([/?#][!-~]*)?"
)
# Or a path of this house. Browsers read `//` and `/\\` as the beginning of somebody else's address.
ReturnUrl = Annotated[str, Meta(max_length=2_000, pattern=rf"^({ADDRESS}|/([!-.0-\[\]-~][!-~]*)?)$(?!\n)")]
Method = Annotated[dict[str, Any], Meta(max_length=20)]

_LEVELS = 8  # a card has two, and no provider's own form more than four

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_PORTS = {"http": 80, "https": 443}


class ReturnElsewhere(Fault, kind=Kind.INVALID):
    """A buyer is sent back to this house, or to a site that its operator has named, and nowhere else."""


class PayingSettings(Settings, frozen=True, kw_only=True):
    """`AISLE_PAYING_...`: what every service that takes a payment says of it."""

    prefix = "AISLE_PAYING_"

    provider: str = ""  # who takes the money where nobody is named
    public_url: str = ""  # https://tickets.example: where buyers see this house; on a laptop any port of it
    return_origins: str = ""  # sites that sell for it, besides itself: https://shop.example,https://fair.example


class Paying:
    """What the operator says of payments, for every form that takes one.

    Where a buyer may be sent back to is a list, because the bank's page sends them there from an address that is ours:
    whoever could name any site would have ours vouch for it. The Host header is no help, for the asker writes it.
    """

    def __init__(self, settings: PayingSettings, front: Front) -> None:
        self.provider = settings.provider
        self._home = (settings.public_url or front.url).rstrip("/")
        self._laptop = not settings.public_url
        named = [self._home, *(one.strip() for one in settings.return_origins.split(",") if one.strip())]
        self._origins = {_origin(one) for one in named}
        if wrong := [one for one in named if _origin(one)[0] not in _PORTS or not _origin(one)[1]]:
            raise BadConfig(f"AISLE_PAYING_...: {', '.join(wrong)} is no site such as https://tickets.example")

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Paying:
        """As the environment says."""
        return cls(read(PayingSettings, environment), read(Front, environment))

    def back(self, asked: str | None) -> str:
        """The whole address to which the buyer is sent back, or `ReturnElsewhere`; "" where none was asked for."""
        if not asked:
            return ""
        if asked.startswith("/"):
            return self._home + asked
        scheme, host, port = _origin(asked)
        if (scheme, host, port) not in self._origins and not (self._laptop and host in _LOOPBACK):
            raise ReturnElsewhere(path="$.payment.returnUrl")
        return asked


def _origin(url: str) -> tuple[str, str, int]:
    """What browsers call the same site: scheme, host, port."""
    try:
        parts = urlsplit(url)
        return parts.scheme, (parts.hostname or "").lower(), parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:  # a port above 65535, or no IPv6 address between the brackets
        return "", "", 0


def require_plain(method: dict[str, Any] | None) -> None:
    """Nothing, or ValueError, before a database's log quotes the card around what it cannot keep."""
    level: list[Any] = [method]
    for _ in range(_LEVELS):
        if any(isinstance(one, str) and "\0" in one for one in level):
            raise ValueError("A method of payment has no NUL characters.")
        level = [inner for one in level for inner in _inside(one)]
        if not level:
            return
    raise ValueError("A method of payment is not so deep.")


def _inside(one: Any) -> list[Any]:
    if isinstance(one, dict):
        return [*one.keys(), *one.values()]
    return one if isinstance(one, list) else []
