"""The changes of a whole batch summed up, so that one statement writes those of many facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from internal.stats.domain.effects import Effect
from internal.stats.domain.hall import Hall

__all__ = ["COUNTED", "Tally"]

COUNTED = ("held", "sold", "bought", "unsold", "holds", "holds_sold", "orders", "refunds")
_HELD, _SOLD, _BOUGHT, _UNSOLD, *_ = range(len(COUNTED))
_AT = {name: number for number, name in enumerate(COUNTED)}
_OF_HOLDS = {"holds": 2, "holds_sold": 3}  # their columns in the funnel, behind bought and unsold
_WHOLE = ""

Place = tuple[str, int, str]  # showtime, generation, section
Change = tuple[int, int, int, int, str]  # held, sold, bought, unsold, once


class Tally:
    """Place -> changes, in the order of the columns that they go to."""

    def __init__(self) -> None:
        self.counts: defaultdict[Place, list[int]] = defaultdict(lambda: [0] * len(COUNTED))
        self.revenue: defaultdict[tuple[str, int, str, str], list[int]] = defaultdict(lambda: [0, 0])
        self.sales: defaultdict[tuple[str, int, str, datetime, str], list[int]] = defaultdict(lambda: [0, 0, 0])
        self.funnel: defaultdict[tuple[str, int, str, datetime], list[int]] = defaultdict(lambda: [0, 0, 0, 0])

    def add(self, effects: Iterable[Effect], generation: int, hall: Hall) -> None:
        """These too, in this generation; all are of a showtime in this hall.

        A batch has many that are alike: they are counted, and summed up at its end.
        """
        section_of = hall.sections.__getitem__
        alike: defaultdict[tuple[str, datetime, Change], defaultdict[str, list[int]]] = defaultdict(
            lambda: defaultdict(lambda: [0, 0])
        )
        for effect in effects:
            found = alike[effect.showtime_id, _minute(effect.at), effect.change]
            sections = [section_of(seat) for seat in effect.seat_ids]
            for section in {_WHOLE, *sections}:
                row = found[section]
                row[0] += sections.count(section) if section else len(sections)
                row[1] += 1
            if effect.currency:
                self._money(effect, generation, hall)
        for (showtime_id, minute, change), found in alike.items():
            for section, (seats, times) in found.items():
                self._sum((showtime_id, generation, section), minute, change, seats, times)

    def _sum(self, place: Place, minute: datetime, change: Change, seats: int, times: int) -> None:
        held, sold, bought, unsold, once = change
        row = self.counts[place]
        row[_HELD] += held * seats
        row[_SOLD] += sold * seats
        row[_BOUGHT] += bought * seats
        row[_UNSOLD] += unsold * seats
        if once:
            row[_AT[once]] += times
        column = _OF_HOLDS.get(once)
        if column is not None or bought or unsold:
            row = self.funnel[(*place, minute)]
            row[0] += bought * seats
            row[1] += unsold * seats
            if column is not None:
                row[column] += times

    def _money(self, effect: Effect, generation: int, hall: Hall) -> None:
        refund = effect.once == "refunds"
        orders = set()
        for seat, price in zip(effect.seat_ids, effect.prices, strict=False):
            for section in {_WHOLE, hall.section_of(seat)}:
                self.revenue[effect.showtime_id, generation, section, effect.currency][refund] += price
                if not refund:
                    key = effect.showtime_id, generation, section, _minute(effect.at), effect.currency
                    row = self.sales[key]
                    row[0] += 1
                    row[1] += section not in orders
                    row[2] += price
                    orders.add(section)


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
