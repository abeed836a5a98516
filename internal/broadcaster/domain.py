"""The picture of a showtime as its readers have it, and what makes one version of it the next: pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from internal.platform.faults import Fault, Kind
from proto.live import LiveSeats
from proto.seatkeys import BLOCKED, CLAIMED, HELD, SOLD
from proto.sockets import SeatsChanged, SeatsSnapshot, SeatUpdate

__all__ = ["Mirror", "NothingToWatch", "TooManySubscriptions", "updates"]

# A seat that is being paid for is held, as far as anybody else is concerned.
_WORDS = {ord(HELD): "held", ord(CLAIMED): "held", ord(SOLD): "sold", ord(BLOCKED): "blocked"}
_FREE = "released"


class NothingToWatch(Fault, kind=Kind.NOT_FOUND):
    """There is no such showtime, or nothing of it is on sale."""


class TooManySubscriptions(Fault, kind=Kind.LIMITED):
    """You watch as many showtimes and events as one connection may; give one up first."""


@dataclass
class Mirror:
    """What is not free at a version."""

    showtime_id: str
    version: int
    layout_hash: str
    taken: dict[str, str]

    @classmethod
    def of_map(cls, showtime_id: str, version: int, layout_hash: str, places: Sequence[str], states: bytes) -> Mirror:
        """As Redis has it: one byte for each place."""
        word = _WORDS.get
        taken = {place: found for place, byte in zip(places, states, strict=True) if (found := word(byte))}
        return cls(showtime_id, version, layout_hash, taken)

    def snapshot(self) -> SeatsSnapshot:
        """All of it."""
        lists: dict[str, list[str]] = {"held": [], "sold": [], "blocked": []}
        for seat, word in self.taken.items():
            lists[word].append(seat)
        return SeatsSnapshot(showtime_id=self.showtime_id, version=self.version, **lists)

    def follow(self, picture: LiveSeats) -> SeatsChanged:
        """Go on to this picture, which begins at our version or before; what we had already is not told again."""
        lists: dict[str, list[str]] = {_FREE: [seat for seat in picture.released if seat in self.taken]}
        for word in ("held", "sold", "blocked"):
            lists[word] = [seat for seat in getattr(picture, word) if self.taken.get(seat) != word]
            self.taken.update(dict.fromkeys(lists[word], word))
        for seat in lists[_FREE]:
            del self.taken[seat]
        return self._at(picture.version, lists)

    def become(self, newer: Mirror) -> SeatsChanged:
        """Go on to what was read anew, when something between was not heard."""
        lists: dict[str, list[str]] = {"held": [], _FREE: [], "sold": [], "blocked": []}
        for seat, word in newer.taken.items():
            if self.taken.get(seat) != word:
                lists[word].append(seat)
        lists[_FREE] += [seat for seat in self.taken if seat not in newer.taken]
        self.taken = newer.taken
        return self._at(newer.version, lists)

    def _at(self, version: int, lists: dict[str, list[str]]) -> SeatsChanged:
        before, self.version = self.version, version
        return SeatsChanged(showtime_id=self.showtime_id, version=version, from_version=before, **lists)


def updates(event_id: str, changed: SeatsChanged, now: datetime) -> Iterator[SeatUpdate]:
    """The same change seat by seat, as readers of an event want it."""
    for status, seats in (
        ("available", changed.released),
        ("held", changed.held),
        ("sold", changed.sold),
        ("blocked", changed.blocked),
    ):
        for seat in seats:
            yield SeatUpdate(
                event_id=event_id,
                showtime_id=changed.showtime_id,
                seat_number=seat,
                status=status,  # type: ignore[arg-type]  # one of the four
                timestamp=now,
            )
