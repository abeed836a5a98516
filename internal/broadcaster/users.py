"""What is shown to one person alone, by their token: `live.user.<user>` is listened to while they are here."""

from __future__ import annotations

from datetime import UTC, datetime
from time import time
from typing import Any

import msgspec

from internal.broadcaster.config import Config
from internal.broadcaster.frames import Reader, refusal
from internal.broadcaster.lines import Lines
from internal.broadcaster.people import Held, Person
from internal.broadcaster.tasks import Tasks
from internal.platform.bus import Bus
from internal.platform.faults import Fault, Kind
from internal.platform.ids import is_id
from internal.platform.tokens import Principal, TokenExpired, Verifier
from proto.bookings import BOOKING, BookingStands
from proto.inventory import HoldCreated, HoldExpired, HoldRefreshed, HoldReleased, ListHolds
from proto.live import LiveUser
from proto.sockets import CLOSED_FOR_TOKEN

__all__ = ["Users"]

_FORGOTTEN = 60.0  # seconds after its end that a hold is remembered: the news of it may be late


class Users:
    """The people who watch."""

    def __init__(
        self, people: dict[str, Person], lines: Lines, bus: Bus, verifier: Verifier, config: Config, tasks: Tasks
    ) -> None:
        self.people = people
        self._lines = lines
        self._bus = bus
        self._verifier = verifier
        self._warn_at = config.warn_at()
        self._tasks = tasks
        self._who: dict[Reader, Principal] = {}
        self._subscriptions: dict[str, Any] = {}

    # -- readers -----------------------------------------------------------------------------------------------------

    def join(self, reader: Reader, token: str, showtimes: list[str]) -> None:
        """Show them what is theirs, if the token is good."""
        self._tasks.begin(self._join(reader, token, showtimes))

    async def _join(self, reader: Reader, token: str, showtimes: list[str]) -> None:
        try:
            principal = await self._verifier.verify_async(token)
        except Fault as fault:
            reader.show(refusal(fault.code, fault.detail))
            if fault.kind is Kind.UNAUTHENTICATED:
                reader.outlet.close(CLOSED_FOR_TOKEN)
            return
        if reader.outlet.over:
            return
        self.leave(reader)
        self._who[reader] = principal
        person = self.people.get(principal.user_id)
        if person is None:
            person = self.people[principal.user_id] = Person(principal.user_id)
            self._tasks.begin(self._listen(person))
        person.readers.join(reader)
        self._lines.look(person)
        self.look(reader, showtimes)

    def look(self, reader: Reader, showtimes: list[str]) -> None:
        """They watch these showtimes, in which they may have holds from before."""
        principal = self._who.get(reader)
        wanted = [one for one in showtimes if is_id("showtime", one)]
        if principal is not None and wanted:
            self._tasks.begin(self._ask(self.people[principal.user_id], wanted))

    def leave(self, reader: Reader) -> None:
        """They left, or their token ended."""
        principal = self._who.pop(reader, None)
        if principal is not None:
            self.people[principal.user_id].readers.leave(reader)

    # -- what is theirs ----------------------------------------------------------------------------------------------

    async def _listen(self, person: Person) -> None:
        async def seen(news: LiveUser) -> None:
            if news.topic == BOOKING:
                self._lines.stands(person, msgspec.convert(news.data, BookingStands))
            else:
                _learn(person, news)

        subscription = await self._bus.watch(LiveUser, person.user_id, seen)
        self._subscriptions[person.user_id] = subscription

    async def _ask(self, person: Person, showtimes: list[str]) -> None:
        try:
            found = await self._bus.request(ListHolds(user_id=person.user_id, showtime_ids=showtimes), timeout=5.0)
        except Fault:  # the page has its own countdown; what happens from now on is heard of
            return
        for hold in found.holds:
            person.holds_now(Held(hold.hold_id, hold.showtime_id, hold.expires_at, set(hold.seat_ids)))

    async def tend_once(self) -> int:
        """Warn of what ends, send away whose token has ended, and forget who is not here."""
        for reader, principal in list(self._who.items()):
            if principal.expires_at <= time():
                self.leave(reader)
                reader.show(refusal(TokenExpired.code, TokenExpired.title))
        now = datetime.now(UTC)
        for person in list(self.people.values()):
            if len(person.readers):
                person.warn(now, self._warn_at, _FORGOTTEN)
            elif (subscription := self._subscriptions.pop(person.user_id, None)) is not None:
                del self.people[person.user_id]
                await subscription.unsubscribe()
        return 0


def _learn(person: Person, news: LiveUser) -> None:
    """What happened to one of their holds."""
    match news.topic:
        case HoldCreated.subject | HoldRefreshed.subject:
            hold = msgspec.convert(news.data, _Hold)
            person.holds_now(Held(hold.hold_id, hold.showtime_id, hold.expires_at, set(hold.seat_ids)))
        case HoldReleased.subject:
            released = msgspec.convert(news.data, HoldReleased)
            person.gave_back(released.hold_id, released.seat_ids)
        case HoldExpired.subject:
            over = msgspec.convert(news.data, HoldExpired)
            person.expired(over.hold_id, over.showtime_id, over.seat_ids)


class _Hold(msgspec.Struct, rename="camel"):
    hold_id: str
    showtime_id: str
    expires_at: datetime
    seat_ids: list[str] = []
