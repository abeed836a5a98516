"""What others ask: subject -> handler."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from internal.platform.bus import Endpoint
from internal.stats.handlers import Rebuilding
from proto.stats import GetRebuild, Rebuild

__all__ = ["endpoints"]


def endpoints(rebuilding: Rebuilding) -> Sequence[Endpoint[Any]]:
    """The answers of the statistics."""
    return [Endpoint(Rebuild, rebuilding.ask), Endpoint(GetRebuild, rebuilding.look)]
