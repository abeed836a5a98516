"""What the operator may choose about holding seats: `AISLE_INVENTORY_...`."""

from __future__ import annotations

from typing import ClassVar

from internal.platform.config import Settings

__all__ = ["Config"]


class Config(Settings, frozen=True, kw_only=True):
    """Times are in seconds unless the name says otherwise."""

    prefix: ClassVar[str] = "AISLE_INVENTORY_"

    refreshes: int = 2  # times a hold may be given its time anew: fifteen minutes in all at five each
    seats_at_once: int = 50  # of one request; a group of more speaks with the box office
    # One hold a second for each buyer and 30 at once: more than any person clicks, and little for a bot.
    holds_burst: int = 30
    holds_interval_ms: int = 1_000
    settle_after: float = 30.0  # until somebody looks after a claim that was begun; above every timeout of Postgres
    sweep_every: float = 0.25
    sweep_batch: int = 500  # holds freed in one script: about 5 ms in which nobody else is served
    # A batch costs JetStream an fsync and this process 0.3 ms whatever is in it; people see changes every 50 ms anyway.
    relay_every: float = 0.05
    relay_batch: int = 100  # entries of one shard at a time, each of what one script told: 1 to 500 facts
    picture_every: float = 0.05
    # Looks for showtimes that another process heard of, so that the fast road knows their halls: a buyer who is there
    # before it takes the long road once.
    learn_every: float = 2.0
    reconcile_every: float = 30.0
    longest_extension: float = 1_800.0  # more time for a hold whose buyer is at the bank's page
    kept_after_start: float = 86_400.0  # how long after its start a showtime's seats stay in Redis
