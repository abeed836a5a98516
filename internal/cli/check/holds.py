"""What Redis says: holds that last as long as they were promised and no longer, and nothing that Postgres denies."""

from __future__ import annotations

from collections.abc import Iterator

from internal.cli.check.facts import Facts
from internal.cli.check.verdict import Finding

__all__ = ["agreed", "in_time"]

_FREED_WITHIN = 1_000  # ms after its end: the design's promise


def in_time(facts: Facts) -> Iterator[Finding]:
    """A live hold has all of its seats; an expired one is gone within a second."""
    for hold in facts.holds:
        if hold.late_ms > _FREED_WITHIN:
            yield Finding(hold.hold_id, "is over, and its seats are not free")
        elif hold.lost and hold.late_ms < 0:
            yield Finding(hold.hold_id, f"was cut short: {', '.join(hold.lost[:5])} of {hold.showtime_id}")


def agreed(facts: Facts) -> Iterator[Finding]:
    """What the reconcilers see and would repair."""
    for reconciler, one in facts.differences:
        yield Finding(f"{reconciler}: {one.thing}", f"is {one.found}, and should be {one.expected}")
