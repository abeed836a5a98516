"""The anchors of the chain: where it ended and with which hash, told to the stream and to the log.

A chain only vouches for itself: who can write to the database can calculate all of its hashes anew. What was told
outside cannot be told again, and each anchor stands for all rows up to it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

from structlog.typing import FilteringBoundLogger

from internal.ledger.domain import Broken, first_denied
from internal.ledger.store import trail
from internal.platform import outbox
from internal.platform.bus import Bus, history
from internal.platform.postgres import Database
from proto.ledger import ChainAnchored

__all__ = ["Anchors", "anchored_in"]

_EVER = datetime(2000, 1, 1, tzinfo=UTC)  # before there was any: all that the stream keeps


class Anchors:
    """Tells where the chain ends, and compares it with what was told. `told` gives all anchors that are kept."""

    def __init__(
        self, database: Database, told: Callable[[], AsyncIterator[ChainAnchored]], log: FilteringBoundLogger
    ) -> None:
        self._database = database
        self._told = told
        self._log = log

    async def run_once(self) -> int:
        """Tell where the chain ends, if it has another end since; whichever replica comes first."""
        async with self._database.transaction() as tx:
            head = await trail.new_end(tx)
            if head is None:
                return 0
            told = ChainAnchored(position=head.position, hash=head.hash.hex())
            await outbox.add(tx, told, key=f"{told.position} {told.hash}")
        self._log.info("audit chain anchored", position=told.position, hash=told.hash)
        return 1

    async def compared(self) -> tuple[int, Broken | None]:
        """How many anchors there are, and the first that the chain denies. The anchors first: the chain grows."""
        told = [(one.position, one.hash) async for one in self._told()]
        async with self._database.read() as tx:
            hashes = await trail.hashes_at(tx, [position for position, _ in told])
        return len(told), first_denied(told, hashes)


def anchored_in(bus: Bus) -> Callable[[], AsyncIterator[ChainAnchored]]:
    """Those of the stream."""

    async def told() -> AsyncIterator[ChainAnchored]:
        async for event in history(bus, [ChainAnchored], _EVER):
            assert isinstance(event, ChainAnchored)
            yield event

    return told
