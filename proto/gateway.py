"""What the gateway tells: what people did to the system by its operators' pages."""

from __future__ import annotations

from typing import Literal

from proto import Event, event

__all__ = ["Act", "OperatorActed"]

Act = Literal["replay_letter", "retry_saga", "abandon_saga", "settle_refund", "reconcile"]


@event("gateway.operator.acted")
class OperatorActed(Event, frozen=True, kw_only=True):
    """Somebody who runs the system told it to do this. Told before it is begun, so that nothing is done untold.

    `about` is the saga, the refund, the dead letter's number or the service; `note` is what the person said of it.
    """

    act: Act
    about: str
    note: str = ""
