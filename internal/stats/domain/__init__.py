"""What the statistics decide, with no I/O: what a fact changes, which section a seat is in, what is shown to whom."""

from internal.stats.domain.effects import (
    FACTS,
    TOLD,
    Blocking,
    Effect,
    blockings_of,
    effects_of,
    of_blocked,
    of_order,
    of_sale,
    of_sold_order,
    without_holds,
)
from internal.stats.domain.hall import Hall
from internal.stats.domain.tally import COUNTED, Tally

__all__ = [
    "COUNTED",
    "FACTS",
    "TOLD",
    "Blocking",
    "Effect",
    "Hall",
    "Tally",
    "blockings_of",
    "effects_of",
    "of_blocked",
    "of_order",
    "of_sale",
    "of_sold_order",
    "without_holds",
]
