"""What others ask: subject -> handler."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from internal.checkout.desk import Desk
from internal.checkout.handlers import Checkouts
from internal.platform.bus import Endpoint
from proto.checkout import AbandonSaga, GetCheckout, GetSaga, ListSagas, RetrySaga, StartCheckout

__all__ = ["endpoints"]


def endpoints(checkouts: Checkouts, desk: Desk) -> Sequence[Endpoint[Any]]:
    """The answers of checkout."""
    return [
        Endpoint(StartCheckout, checkouts.start),
        Endpoint(GetCheckout, checkouts.facts),
        Endpoint(ListSagas, desk.sagas),
        Endpoint(GetSaga, desk.saga),
        Endpoint(RetrySaga, desk.retry),
        Endpoint(AbandonSaga, desk.abandon),
    ]
