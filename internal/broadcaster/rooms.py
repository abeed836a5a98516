"""The room of one showtime: who watches it, the picture they have, and what happened last, for who comes back.

Nothing here waits. Every reader in a room has the room's own version, so one frame of bytes does for all of them.
"""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime
from typing import NamedTuple

from internal.broadcaster.domain import Mirror, updates
from internal.broadcaster.frames import Audience, Frame, Reader
from proto.live import LiveSeats, LiveStats
from proto.sockets import SeatsChanged, ShowtimeStands, Stats

__all__ = ["Room"]

_FRESH = 20  # changes after which a snapshot is made anew for who comes: to send them behind an old one is cheaper


class _Passed(NamedTuple):
    before: int
    after: int
    frame: Frame


class Room:
    """One showtime."""

    def __init__(self, showtime_id: str, remembered: int) -> None:
        self.showtime_id = showtime_id
        self.event_id = ""  # once the catalog has told
        self.readers = Audience()
        self.of_event = Audience()  # those who want each seat by itself
        self.mirror: Mirror | None = None
        self.behind = True  # something was not heard: read the map again
        self.stirred = False  # something was heard since the last check
        self.empty_since: float | None = None
        self.refusal: Frame | None = None  # why there is nothing to see
        self.terms: ShowtimeStands | None = None  # once the catalog has told
        self.is_new = False  # put on sale while its event was watched: all that is taken, was taken since
        self.ask_at = 0.0  # the catalog for its terms
        self._stands: Frame | None = None
        self._waiting: dict[Reader, int | None] = {}
        self._passed: deque[_Passed] = deque(maxlen=remembered)
        self._snapshot: Frame | None = None
        self._snapshot_version = 0
        self._stats: Frame | None = None

    @property
    def version(self) -> int:
        """Of the picture that readers have."""
        return -1 if self.mirror is None else self.mirror.version

    @property
    def empty(self) -> bool:
        """Whether nobody watches."""
        return not (len(self.readers) or len(self.of_event) or self._waiting)

    # -- readers -----------------------------------------------------------------------------------------------------

    def join(self, reader: Reader, since: int | None) -> None:
        """Show what it lacks, now or once the map was read, and everything from then on."""
        self.empty_since = None
        if self.mirror is None:
            self._waiting[reader] = since
        else:
            self._greet(reader, since)

    def leave(self, reader: Reader) -> None:
        """It watches no more."""
        self._waiting.pop(reader, None)
        self.readers.leave(reader)

    def refuse(self, frame: Frame) -> list[Reader]:
        """There is nothing to see: those who waited for it."""
        self.refusal = frame if self.mirror is None else None
        waiting, self._waiting = list(self._waiting), {}
        for reader in waiting:
            self._show(reader, [frame])
        return waiting

    def turn_away(self, reader: Reader, refusal: Frame) -> None:
        """As those before were."""
        self._show(reader, [refusal])

    def _greet(self, reader: Reader, since: int | None) -> None:
        self.readers.join(reader)
        frames = None if since is None else self._since(since)
        if frames is None:
            frames = self._picture()
            reader.outlet.spare(sum(len(frame.socket) for frame in frames))
        self._show(reader, frames)

    def _show(self, reader: Reader, frames: list[Frame]) -> None:
        """These, and what else is to be known of it."""
        for frame in (*frames, self._stands, self._stats):
            if frame is not None:
                reader.show(frame)

    def _since(self, version: int) -> list[Frame] | None:
        """What happened after this version, if all of it is remembered."""
        assert self.mirror is not None
        if version == self.mirror.version:  # a word that it is heard, and up to date
            still = SeatsChanged(showtime_id=self.showtime_id, version=version, from_version=version)
            return [Frame(still, version)]
        missed = [passed for passed in self._passed if passed.after > version]
        if version > self.mirror.version or not missed or missed[0].before > version:
            return None
        return [passed.frame for passed in missed]

    def _picture(self) -> list[Frame]:
        """A snapshot, and what changed since it was made."""
        assert self.mirror is not None
        since = [passed.frame for passed in self._passed if passed.after > self._snapshot_version]
        if self._snapshot is None or len(since) > _FRESH:
            self._snapshot, self._snapshot_version = Frame(self.mirror.snapshot(), self.version), self.version
            since = []
        return [self._snapshot, *since]

    # -- what happens ------------------------------------------------------------------------------------------------

    def follow(self, picture: LiveSeats) -> None:
        """Something changed, they say. If something else did in between, `behind` says that the map must be read."""
        self.stirred = True
        if self.mirror is None or picture.from_version > self.mirror.version:
            self.behind = True
        elif picture.version > self.mirror.version:
            self._tell(self.mirror.follow(picture))

    def renew(self, fresh: Mirror, asked_at: int) -> None:
        """The map was read; `asked_at` is the version that we had when we asked."""
        self.refusal, old = None, self.mirror
        if old is None:
            self.mirror = fresh
            if self.is_new:
                self._seat_by_seat(Mirror(self.showtime_id, 0, fresh.layout_hash, {}).become(fresh))
            waiting, self._waiting = self._waiting, {}
            for reader, since in waiting.items():
                self._greet(reader, since)
        elif fresh.version < asked_at or fresh.layout_hash != old.layout_hash:  # Redis forgot, and was told anew
            self._replace(fresh)
        elif fresh.version > old.version:
            self._tell(old.become(fresh))

    def stand(self, terms: ShowtimeStands) -> None:
        """So the catalog says: told where it is news. What is called off changes no more, whatever comes late."""
        if terms == self.terms or (self.terms is not None and self.terms.status == "canceled"):
            return
        self.event_id, self.terms, self._stands = terms.event_id, terms, Frame(terms)
        self.readers.show(self._stands)
        self.of_event.show(self._stands)

    def show_stats(self, counts: LiveStats) -> None:
        """The counts, now and for who comes."""
        self._stats = Frame(
            Stats(
                event_id=counts.event_id,
                showtime_id=counts.showtime_id,
                version=counts.version,
                capacity=counts.capacity,
                available=counts.available,
                held=counts.held,
                sold=counts.sold,
                blocked=counts.blocked,
                canceled=counts.canceled,
                sections=counts.sections,
            )
        )
        self.readers.show(self._stats)

    def _replace(self, fresh: Mirror) -> None:
        """Nothing that readers have is true any more."""
        assert self.mirror is not None
        self._seat_by_seat(self.mirror.become(fresh))
        self.mirror = fresh
        self._passed.clear()
        self._snapshot = None
        for frame in self._picture():
            self.readers.show(frame)

    def _tell(self, changed: SeatsChanged) -> None:
        frame = Frame(changed, changed.version)
        self._passed.append(_Passed(changed.from_version, changed.version, frame))
        self.readers.show(frame)
        self._seat_by_seat(changed)

    def _seat_by_seat(self, changed: SeatsChanged) -> None:
        if len(self.of_event):
            for update in updates(self.event_id, changed, datetime.now(UTC)):
                self.of_event.show(Frame(update))
