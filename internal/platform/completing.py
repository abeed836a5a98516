"""What the platform adds to each service: its database's relay and pruning, its reconcilers as loops, figures and an
answer to `aisle reconcile`, and for each of its consumers an answer to `aisle dlq replay`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from internal.platform import idempotency, inbox, outbox, outbox_reconciler, reconcile
from internal.platform.bus import Bus, replaying
from internal.platform.postgres import Database
from internal.platform.service import Parts, Platform

__all__ = ["completed"]

_SAMPLE = 20  # published events of each database that are looked for on their streams


def completed(service: str, parts: Parts, platform: Platform) -> Parts:
    """The parts as they run. `platform` is the service's own, with its database if it has one."""
    if platform.own_database is not None:
        parts = _with_database(parts, platform.own_database, platform.bus)
    endpoints = [*parts.endpoints, *(replaying(platform.bus, consumer) for consumer in parts.consumers)]
    if parts.reconcilers:
        endpoints.append(reconcile.answering(service, parts.reconcilers, platform.log))
    return replace(
        parts,
        endpoints=endpoints,
        loops=[*parts.loops, *(reconcile.looping(one, platform.log) for one in parts.reconcilers)],
        figures=[*parts.figures, *reconcile.figures(parts.reconcilers)],
    )


def _with_database(parts: Parts, database: Database, bus: Bus) -> Parts:
    sent: outbox.Sent = deque(maxlen=_SAMPLE)
    relay = outbox.relay(database, bus.publish_batch, sent)
    return replace(
        parts,
        loops=[*parts.loops, relay, inbox.pruning(database), idempotency.pruning(database)],
        reconcilers=[*parts.reconcilers, outbox_reconciler.reconciler(database, bus, relay, sent)],
    )
