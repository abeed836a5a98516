"""What the operator may choose of live pictures: `AISLE_BROADCASTER_...`; sockets as such are `AISLE_SOCKETS_...`."""

from __future__ import annotations

from typing import ClassVar

from internal.platform.config import Settings

__all__ = ["Config"]


class Config(Settings, frozen=True, kw_only=True):
    """Times are in seconds."""

    prefix: ClassVar[str] = "AISLE_BROADCASTER_"

    subscriptions: int = 20  # showtimes and events of one reader: a page shows one, an organiser's wall a dozen
    ping_every: float = 20.0  # below the 30 to 60 after which balancers forget a silent connection
    unanswered: int = 2  # PINGs, and whoever left them is gone
    check_every: float = 1.0  # looks at the version of showtimes of which nothing was heard: 5 us each
    terms_every: float = 60.0  # asks the catalog again how a showtime stands that is watched: what changes is heard of
    queue_every: float = 2.0  # seconds between two words about a place in line: as often as anybody looks at a clock
    open_every: float = 5.0  # tries to have a showtime opened that is not, while somebody watches it
    linger: float = 5.0  # a room without readers stays: most who leave are about to come back
    remembered: int = 600  # changes of a showtime kept for who comes back: 30 s of one every 50 ms
    warnings: str = "30,10"  # before a hold ends: time to pay a card at hand, and time to give up
    event_showtimes: int = 100  # that one reader of an event is shown: the longest run of a play in a season

    def warn_at(self) -> list[int]:
        """Seconds before a hold ends, the earliest warning first."""
        return sorted((int(one) for one in self.warnings.split(",") if one.strip()), reverse=True)
