"""What others ask: subject -> handler."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from internal.checkout.handlers import Checkouts
from internal.platform.bus import Endpoint
from proto.checkout import GetCheckout, StartCheckout

__all__ = ["endpoints"]


def endpoints(checkouts: Checkouts) -> Sequence[Endpoint[Any]]:
    """The answers of checkout."""
    return [Endpoint(StartCheckout, checkouts.start), Endpoint(GetCheckout, checkouts.facts)]
