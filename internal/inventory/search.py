"""One search for seats: what was asked, and the states as they would be if the groups found so far were taken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from internal.inventory.plan import ALL, ORDINARY, Plan

__all__ = ["FREE", "Group", "Run", "Search", "Wanted"]

FREE = 0x2E  # "." in the string of states

Group = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the party needs. `accessible` of its `size` places are for wheelchairs; None means no preference."""

    size: int
    tiers: frozenset[str] | None = None
    sections: frozenset[str] | None = None
    accessible: int = 0


class Run(NamedTuple):
    """Seats side by side that may be given, `first` to `end - 1`; free ones around them reach `left` to `right - 1`."""

    first: int
    end: int
    left: int
    right: int


@lru_cache(maxsize=64)
def _side_by_side(least: int) -> re.Pattern[bytes]:
    return re.compile(rb"\.{%d,}" % least)


class Search:
    """Asked for runs of free seats; told what is taken."""

    def __init__(self, plan: Plan, states: bytes, wanted: Wanted, spread: int) -> None:
        self.plan = plan
        self.wanted = wanted
        self.spread = spread
        self.live = bytearray(states)
        self.admit(frozenset({ORDINARY}))

    def admit(self, kinds: frozenset[int]) -> None:
        """From here on seats of these kinds may be given."""
        self.masks = self.plan.masks(self.wanted.tiers, self.wanted.sections, kinds)

    def take(self, group: Group) -> Group:
        """Count these places as gone."""
        for place in group:
            self.live[place] = 0
        return group

    def allows(self, section: str, tier: str) -> bool:
        """Whether the party may be put there."""
        wanted = self.wanted
        return (wanted.sections is None or section in wanted.sections) and (
            wanted.tiers is None or tier in wanted.tiers
        )

    def rows_with(self, least: int) -> Iterator[int]:
        """Rows of so many free seats side by side, the nearest first. Most of a full hall is passed over here."""
        pattern = b"." * least
        find = self.live.find
        for _, row, first, end in self.plan.windows(1).order:
            if find(pattern, first, end) >= 0 and self.masks[row]:
                yield row

    def runs(self, row: int, least: int) -> Iterator[Run]:
        """What this row has of at least so many seats side by side."""
        mask = self.masks[row]
        if not mask:
            return
        start, stop = self.plan.rows[row][:2]
        seats = self.live[start:stop]
        pattern = _side_by_side(least)
        if mask == ALL:
            for found in pattern.finditer(seats):
                first, end = found.span()
                yield Run(first + start, end + start, first + start, end + start)
            return
        allowed = (int.from_bytes(seats, "big") & mask).to_bytes(len(seats), "big")
        for found in pattern.finditer(allowed):
            left, right = first, end = found.span()
            while left and seats[left - 1] == FREE:
                left -= 1
            while right < len(seats) and seats[right] == FREE:
                right += 1
            yield Run(first + start, end + start, left + start, right + start)
