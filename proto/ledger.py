"""What the ledger tells, where its chain ends; and what it is asked, whether the trail is still what was written."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from proto import Answer, Event, Part, Request, event, rpc

__all__ = ["BrokenRow", "ChainAnchored", "Verified", "Verify"]


@event("ledger.chain.anchored")
class ChainAnchored(Event, frozen=True, kw_only=True):
    """The audit trail ends here, and with this hash, which stands for all rows before it."""

    position: int
    hash: Annotated[str, Meta(description="SHA-256, in hexadecimal")]


class BrokenRow(Part, frozen=True, kw_only=True):
    """The first row that is not what was written there, and how it shows."""

    position: int
    reason: str
    event_id: str = ""


class Verified(Answer, frozen=True, kw_only=True):
    """How far the trail was read, and what was found; read on from `last` until `complete`."""

    rows: int
    last: int
    complete: bool
    broken: BrokenRow | None = None
    anchors: int = 0  # that the rows were compared with: all that the stream keeps, once the trail is read to its end


@rpc("rpc.ledger.verify")
class Verify(Request[Verified], frozen=True, kw_only=True):
    """Read the trail from the row behind `after`, so many rows at most, and calculate its hashes again."""

    after: int = 0
    limit: int = 20_000
