"""Who waits for a booking, and their place in line: QUEUE.

Bookings tells, once a second for each showtime, whose number is the next (`LiveLine`); a place is the difference to
one's own number, and is worked out here, for those who are here. However fast a line is worked, nobody hears of it more
often than every `queue_every` seconds, and a process says no more than `_AT_ONCE` in a round: 10,000 who wait here hear
every 10 s, not at each of 10,000 steps. The end of one's waiting is told at once.

Both pictures may be lost. Whose turn should be over, or of whose line nothing is heard, is asked about.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from itertools import islice
from time import monotonic
from typing import Any

from internal.broadcaster.config import Config
from internal.broadcaster.people import Person
from internal.broadcaster.tasks import Tasks
from internal.platform.bus import Bus
from internal.platform.faults import Fault
from proto.bookings import BookingRequested, BookingStands, ListBookings
from proto.live import LiveLine
from proto.sockets import QueueStands

__all__ = ["Lines"]

_AT_ONCE = 500  # places worked out in a round of half a second: 10 ms
_SILENT = 5.0  # seconds without a word of a line, of which there should be one a second
_AGAIN = 5.0  # seconds until a booking, or a person of whom nothing was answered, is asked about again
_QUESTIONS = 50  # of these in a round: while bookings is away, a hundred a second
_NEVER = -1


@dataclass(eq=False)
class _Waiting:
    """Somebody's booking that waits."""

    person: Person
    booking_id: str
    showtime_id: str
    number: int = 0
    told: int = _NEVER  # the last place
    ask_at: float = 0.0
    is_over: bool = False


@dataclass
class _Line:
    """Of one showtime, as far as people here wait in it."""

    first: int = 0
    heard_at: float = field(default_factory=monotonic)
    waiting: set[_Waiting] = field(default_factory=set)
    subscription: Any = None


class Lines:
    """Listens to `live.line.<showtime>` while somebody here waits."""

    def __init__(self, people: dict[str, Person], bus: Bus, config: Config, tasks: Tasks) -> None:
        self._people = people
        self._bus = bus
        self._every = config.queue_every
        self._tasks = tasks
        self._waiting: dict[str, dict[str, _Waiting]] = {}  # by person, by booking
        self._lines: dict[str, _Line] = {}
        self._due: deque[tuple[float, _Waiting]] = deque()
        self._questions: dict[str, tuple[float, Person]] = {}  # by person: when to ask about them, the oldest first

    # -- what is heard -----------------------------------------------------------------------------------------------

    def heard(self, event: BookingRequested) -> None:
        """Somebody asked for a seat; if they are here, they want to know their place."""
        if (person := self._people.get(event.user_id)) is not None:
            self.look(person)

    def look(self, person: Person) -> None:
        """They are here now, or something of theirs may have passed unheard."""
        self._tasks.begin(self._ask(person))

    def doubt(self) -> None:
        """Something may have passed unheard of anybody."""
        for person in self._people.values():
            self._wonder(person, monotonic())

    def _wonder(self, person: Person, at: float) -> None:
        """Ask about them then, or when they were to be asked about anyway."""
        self._questions.setdefault(person.user_id, (at, person))

    async def _ask(self, person: Person) -> None:
        known = list(self._waiting.get(person.user_id, ()))
        try:
            found = await self._bus.request(ListBookings(user_id=person.user_id, booking_ids=known))
        except Fault:
            self._wonder(person, monotonic() + _AGAIN)
            return
        for one in found.bookings:
            self.stands(person, one)

    def stands(self, person: Person, one: BookingStands) -> None:
        """A booking of theirs, as bookings says or answers."""
        waiting = self._waiting.get(person.user_id, {}).get(one.booking_id)
        if waiting is not None and (one.status != "accepted" or waiting.person is not person):
            self._forget(waiting)
            waiting = None
        if one.status != "accepted":
            told = QueueStands(booking_id=one.booking_id, showtime_id=one.showtime_id, status=one.status, code=one.code)
            person.booking(told)
        elif person.may_wait(one.booking_id):  # else an answer that comes late
            waiting = waiting or self._begin(person, one)
            waiting.number, waiting.told = one.number, _NEVER
            line = self._lines[one.showtime_id]
            line.first, line.heard_at = max(line.first, one.first), monotonic()
            self._tell(waiting, line)

    # -- what is told ------------------------------------------------------------------------------------------------

    async def tell_once(self) -> int:
        """The places of those who have not heard for a while."""
        now = monotonic()
        for user_id, (at, person) in list(islice(self._questions.items(), _QUESTIONS)):
            if at <= now:
                del self._questions[user_id]
                if len(person.readers):
                    self.look(person)
        for _ in range(_AT_ONCE):
            if not self._due or self._due[0][0] > now:
                break
            _, waiting = self._due.popleft()
            if waiting.is_over:
                continue
            if not len(waiting.person.readers):
                self._forget(waiting)
                continue
            self._turn(waiting, now)
            self._due.append((now + self._every, waiting))
        return 0

    def _turn(self, waiting: _Waiting, now: float) -> None:
        line = self._lines[waiting.showtime_id]
        if (waiting.number < line.first or now - line.heard_at > _SILENT) and waiting.ask_at <= now:
            waiting.ask_at = now + _AGAIN
            self._wonder(waiting.person, now)
        self._tell(waiting, line)

    def _tell(self, waiting: _Waiting, line: _Line) -> None:
        if 0 < waiting.number < line.first:  # it had its turn, and how that went is on the way
            return
        place = waiting.number - line.first + 1 if waiting.number else 0
        if place != waiting.told:
            waiting.told = place
            waiting.person.booking(
                QueueStands(
                    booking_id=waiting.booking_id, showtime_id=waiting.showtime_id, status="accepted", position=place
                )
            )

    # -- who waits ---------------------------------------------------------------------------------------------------

    def _begin(self, person: Person, one: BookingStands) -> _Waiting:
        waiting = _Waiting(person, one.booking_id, one.showtime_id)
        self._waiting.setdefault(person.user_id, {})[one.booking_id] = waiting
        self._due.append((monotonic() + self._every, waiting))
        line = self._lines.get(one.showtime_id)
        if line is None:
            line = self._lines[one.showtime_id] = _Line()
            self._tasks.begin(self._listen(one.showtime_id, line))
        line.waiting.add(waiting)
        return waiting

    def _forget(self, waiting: _Waiting) -> None:
        waiting.is_over = True
        own = self._waiting[waiting.person.user_id]
        del own[waiting.booking_id]
        if not own:
            del self._waiting[waiting.person.user_id]
        line = self._lines[waiting.showtime_id]
        line.waiting.discard(waiting)
        if not line.waiting:
            del self._lines[waiting.showtime_id]
            if line.subscription is not None:
                self._tasks.begin(line.subscription.unsubscribe())

    async def _listen(self, showtime_id: str, line: _Line) -> None:
        async def seen(picture: LiveLine) -> None:
            line.first, line.heard_at = max(line.first, picture.first), monotonic()

        subscription = await self._bus.watch(LiveLine, showtime_id, seen)
        if self._lines.get(showtime_id) is line:
            line.subscription = subscription
        else:
            await subscription.unsubscribe()
