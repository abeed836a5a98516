"""What every form that pays says of it: where the buyer is sent back to, and what the provider alone understands."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

__all__ = ["ADDRESS", "Method", "ReturnUrl", "require_plain"]

# As it stands in a Location header: ASCII, no control characters, a host that a browser takes, nobody's password.
# Whatever else a path has is percent-encoded by who sends it.
ADDRESS = (
    r"https?://([A-Za-z0-9_][A-Za-z0-9_.-]{0,252}|\[[0-9A-Fa-f:.]{2,45}\])"  # no `[` but of an IPv6 address
    r"(:[0-9]{1,5})?([/?#][!-~]*)?"
)
ReturnUrl = Annotated[str, Meta(max_length=2_000, pattern=rf"^{ADDRESS}$(?!\n)")]
Method = Annotated[dict[str, Any], Meta(max_length=20)]

_LEVELS = 8  # a card has two, and no provider's own form more than four


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
