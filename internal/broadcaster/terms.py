"""How the showtimes stand that are watched here, by the catalog: asked when a room opens, then heard in passing.

What was not heard is asked for: after NATS was away, and now and then, because nobody counts these facts.
"""

from __future__ import annotations

from time import monotonic
from typing import Literal

from internal.broadcaster.config import Config
from internal.broadcaster.rooms import Room
from internal.broadcaster.tasks import Tasks
from internal.platform.bus import Bus
from internal.platform.faults import Fault
from proto import Event
from proto.catalog import GetShowtime, ShowtimeCanceled, ShowtimeFacts, ShowtimePublished, ShowtimeUpdated
from proto.sockets import ShowtimeStands

__all__ = ["Terms"]

_AGAIN = 5.0  # seconds until the catalog is asked again that did not answer
_AT_ONCE = 50  # rooms that ask in one round: after a pause of NATS a process has a thousand to ask for


class Terms:
    """Tells rooms how their showtimes stand."""

    def __init__(self, rooms: dict[str, Room], bus: Bus, config: Config, tasks: Tasks) -> None:
        self._rooms = rooms
        self._bus = bus
        self._every = config.terms_every
        self._tasks = tasks

    async def ask(self, room: Room) -> None:
        """How does it stand now? Without an answer it is asked again."""
        asked = room.ask_at = monotonic() + _AGAIN
        try:
            facts = await self._bus.request(GetShowtime(showtime_id=room.showtime_id))
        except Fault:  # seats are shown without their terms
            return
        if room.ask_at != asked:  # something was heard meanwhile, and this may be older
            return
        room.ask_at = monotonic() + self._every
        room.event_id = facts.event_id
        if facts.status != "draft":
            room.stand(_standing(facts, facts.status))

    async def tend_once(self) -> int:
        """Ask for those whose time has come."""
        now = monotonic()
        due = [room for room in self._rooms.values() if room.ask_at <= now and room.mirror is not None]
        for room in due[:_AT_ONCE]:
            self._tasks.begin(self.ask(room))
        return 0

    def doubt(self) -> None:
        """Something may not have been heard."""
        for room in self._rooms.values():
            room.ask_at = 0.0

    def heard(self, event: Event) -> None:
        """A fact of the catalog."""
        if (room := self._rooms.get(getattr(event, "showtime_id", ""))) is None:
            return
        room.ask_at = 0.0
        match event:
            case ShowtimePublished():
                room.stand(_standing(event, "published"))
            case ShowtimeUpdated() if room.terms is not None:  # else perhaps a draft's, of which nothing is shown
                room.stand(_standing(event, "published"))
            case ShowtimeCanceled():
                off = ShowtimeStands(
                    showtime_id=event.showtime_id, event_id=event.event_id, status="canceled", reason=event.reason
                )
                room.stand(off)


def _standing(
    facts: ShowtimeFacts | ShowtimePublished | ShowtimeUpdated, status: Literal["published", "canceled"]
) -> ShowtimeStands:
    return ShowtimeStands(
        showtime_id=facts.showtime_id,
        event_id=facts.event_id,
        status=status,
        starts_at=facts.starts_at,
        time_zone=facts.time_zone,
        on_sale_from=facts.on_sale_from,
        on_sale_until=facts.on_sale_until,
        seats_per_buyer=facts.seats_per_buyer,
        hold_seconds=facts.hold_seconds,
        currency=facts.currency,
        tiers=facts.tiers,
    )
