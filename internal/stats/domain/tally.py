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


class Tally:
    """Place -> changes, in the order of the columns that they go to."""

    def __init__(self) -> None:
        self.counts: defaultdict[Place, list[int]] = defaultdict(lambda: [0] * len(COUNTED))
        self.revenue: defaultdict[tuple[str, int, str, str], list[int]] = defaultdict(lambda: [0, 0])
        self.sales: defaultdict[tuple[str, int, str, datetime, str], list[int]] = defaultdict(lambda: [0, 0, 0])
        self.funnel: defaultdict[tuple[str, int, str, datetime], list[int]] = defaultdict(lambda: [0, 0, 0, 0])

    def add(self, effects: Iterable[Effect], generation: int, hall: Hall) -> None:
        """These too, in this generation; all are of a showtime in this hall."""
        for effect in effects:
            for section, seats in self._sections(effect, hall).items():
                row = self.counts[effect.showtime_id, generation, section]
                row[_HELD] += effect.held * seats
                row[_SOLD] += effect.sold * seats
                row[_BOUGHT] += effect.bought * seats
                row[_UNSOLD] += effect.unsold * seats
                if effect.once:
                    row[_AT[effect.once]] += 1
                self._by_minute(effect, generation, section, seats)
            if effect.currency:
                self._money(effect, generation, hall)

    def _sections(self, effect: Effect, hall: Hall) -> dict[str, int]:
        """Each section with its number of seats, and the whole."""
        found = {_WHOLE: len(effect.seat_ids)}
        for seat in effect.seat_ids:
            if section := hall.section_of(seat):
                found[section] = found.get(section, 0) + 1
        return found

    def _by_minute(self, effect: Effect, generation: int, section: str, seats: int) -> None:
        column = _OF_HOLDS.get(effect.once)
        if column is None and not effect.bought and not effect.unsold:
            return
        row = self.funnel[effect.showtime_id, generation, section, _minute(effect.at)]
        row[0] += effect.bought * seats
        row[1] += effect.unsold * seats
        if column is not None:
            row[column] += 1

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
