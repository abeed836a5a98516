"""The public's pages, for a second: at on-sale thousands ask for the same event page, and one of them pays for it.

Why a second of it is right: the answer itself says `max-age`, so every browser and proxy on the way keeps it for longer
than we do, and nothing is decided by it: who may hold what, inventory decides by its own facts. Publishing, cancelling
or changing a thing drops it here after the commit; another process notices within the second.
"""

from __future__ import annotations

from typing import NamedTuple

from internal.platform.recent import Recent

__all__ = ["Sent", "Shelf"]


class Sent(NamedTuple):
    """An answer, encoded once for all who get it."""

    body: bytes
    etag: str


class Shelf:
    """The public's pages that were read within the last second."""

    def __init__(self) -> None:
        self.events: Recent[str, Sent] = Recent()
        self.active: Recent[tuple[str | None, int, str | None], Sent] = Recent()

    def changed(self, event_id: str) -> None:
        """Something of this event is not as it was."""
        self.events.drop(event_id)
        self.active.clear()
