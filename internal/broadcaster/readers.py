"""Somebody who watches by a WebSocket: what they may ask for, and what is done about it."""

from __future__ import annotations

import msgspec

from internal.broadcaster.config import Config
from internal.broadcaster.domain import TooManySubscriptions
from internal.broadcaster.events import Events
from internal.broadcaster.frames import Frame, refusal
from internal.broadcaster.showtimes import Showtimes
from internal.broadcaster.users import Users
from internal.platform.faults import Fault, Malformed
from internal.platform.http import Socket
from proto.sockets import Pong, Subscribe, SubscribeEvent, SubscribeUser, Unsubscribe

__all__ = ["SocketReader", "Watching"]

_decode = msgspec.json.Decoder(Subscribe | Unsubscribe | SubscribeUser | SubscribeEvent | Pong).decode


class Watching:
    """All that can be watched, for the readers."""

    def __init__(self, showtimes: Showtimes, events: Events, users: Users, config: Config) -> None:
        self.showtimes = showtimes
        self.events = events
        self.users = users
        self.config = config


class SocketReader:
    """One of them."""

    streams = False

    def __init__(self, outlet: Socket, watching: Watching) -> None:
        self.outlet = outlet
        self.unanswered = 0
        self.user_id = ""
        self._watching = watching
        self._showtimes: set[str] = set()
        self._events: set[str] = set()

    def show(self, frame: Frame) -> None:
        """See `Reader`."""
        self.outlet.send(frame.socket)

    def refused(self, showtime_id: str) -> None:
        """See `Reader`."""
        self._showtimes.discard(showtime_id)

    def heard(self, text: bytes) -> None:
        """Do what they ask, or say why not."""
        self.unanswered = 0
        try:
            self._do(_decode(text))
        except msgspec.MsgspecError as error:
            self.show(refusal(Malformed.code, f"This is not a message that is understood here: {error}"))
        except Fault as fault:
            self.show(refusal(fault.code, fault.detail))

    def _do(self, asked: Subscribe | Unsubscribe | SubscribeUser | SubscribeEvent | Pong) -> None:
        match asked:
            case Subscribe():
                self._subscribe(asked)
            case Unsubscribe():
                self._unsubscribe(asked)
            case SubscribeEvent():
                self._count(asked.event_id, self._events)
                self._watching.events.join(self, asked.event_id)
            case SubscribeUser():
                self._watching.users.join(self, asked.token or self.outlet.token, list(self._showtimes))
            case Pong():
                pass

    def _subscribe(self, asked: Subscribe) -> None:
        """Asked again, it is shown again: that is how a reader with a doubt repairs its picture."""
        self._watching.showtimes.leave(self, asked.showtime_id)
        self._count(asked.showtime_id, self._showtimes)
        try:
            self._watching.showtimes.join(self, asked.showtime_id, asked.since_version)
        except Fault as fault:
            self._showtimes.discard(asked.showtime_id)
            self.show(refusal(fault.code, fault.detail, showtime_id=asked.showtime_id))
        else:
            self._watching.users.look(self, [asked.showtime_id])

    def _unsubscribe(self, asked: Unsubscribe) -> None:
        if asked.showtime_id in self._showtimes:
            self._showtimes.discard(asked.showtime_id)
            self._watching.showtimes.leave(self, asked.showtime_id)
        if asked.event_id in self._events:
            self._events.discard(asked.event_id)
            self._watching.events.leave(self, asked.event_id)

    def _count(self, what: str, among: set[str]) -> None:
        if what not in among and len(self._showtimes) + len(self._events) >= self._watching.config.subscriptions:
            raise TooManySubscriptions
        among.add(what)

    def left(self) -> None:
        """The connection is over."""
        for showtime_id in self._showtimes:
            self._watching.showtimes.leave(self, showtime_id)
        for event_id in self._events:
            self._watching.events.leave(self, event_id)
        self._watching.users.leave(self)
