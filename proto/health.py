"""Which processes are there, what each of them runs, and what it can reach: asked of all at once."""

from __future__ import annotations

from proto import Answer, Moment, Request, rpc

__all__ = ["CallRoll", "Present"]


class Present(Answer, frozen=True, kw_only=True):
    """A process that is there. `parts` is what it needs, each `up` or `down`, as its `/health` has it."""

    replica: str
    services: list[str]
    parts: dict[str, str]
    started_at: Moment


@rpc("rpc.health.roll")
class CallRoll(Request[Present], frozen=True, kw_only=True):
    """Who is there? Every process answers for itself, so the asker listens for a while."""
