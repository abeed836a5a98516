"""What the ledger is asked: whether the audit trail is still what was written."""

from __future__ import annotations

from proto import Answer, Part, Request, rpc

__all__ = ["BrokenRow", "Verified", "Verify"]


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


@rpc("rpc.ledger.verify")
class Verify(Request[Verified], frozen=True, kw_only=True):
    """Read the trail from the row behind `after`, so many rows at most, and calculate its hashes again."""

    after: int = 0
    limit: int = 20_000
