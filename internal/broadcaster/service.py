"""Builds the broadcaster: the only wiring."""

from __future__ import annotations

from functools import partial

from internal.broadcaster import http
from internal.broadcaster.config import Config
from internal.broadcaster.counts import Counts
from internal.broadcaster.events import Events
from internal.broadcaster.facts import Facts
from internal.broadcaster.frames import Audience
from internal.broadcaster.heart import Heart
from internal.broadcaster.lines import Lines
from internal.broadcaster.orders import HEARD, Orders
from internal.broadcaster.people import Person
from internal.broadcaster.readers import SocketReader, Watching
from internal.broadcaster.rooms import Room
from internal.broadcaster.showtimes import Showtimes
from internal.broadcaster.tasks import Tasks
from internal.broadcaster.terms import Terms
from internal.broadcaster.users import Users
from internal.platform.config import read
from internal.platform.http import Door, Socket, SocketRoute, SocketSettings
from internal.platform.http.gate import GateSettings
from internal.platform.loops import Loop
from internal.platform.redis import MAPS, Maps
from internal.platform.service import Parts, Platform, Service
from internal.platform.telemetry import Figure
from proto.bookings import BookingRequested
from proto.sockets import CLOSE_CODES

__all__ = ["SERVICE"]

_BEAT = 0.5  # seconds between looks at whose PING is due


def build(platform: Platform) -> Parts:
    """Everything by explicit arguments."""
    config, environment = read(Config, platform.environment), platform.environment
    door = Door(read(SocketSettings, environment), read(GateSettings, environment).proxies)
    tasks = Tasks(platform.log)
    rooms: dict[str, Room] = {}
    terms = Terms(rooms, platform.bus, config, tasks)
    showtimes = Showtimes(rooms, terms, Maps(platform.redis), platform.bus, config, tasks)
    people: dict[str, Person] = {}
    lines = Lines(people, platform.bus, config, tasks)
    users = Users(people, lines, platform.bus, platform.verifier, config, tasks)
    counts = Counts(showtimes, platform.bus, tasks)
    orders = Orders(platform.bus, users, tasks)
    events = Events(showtimes, platform.bus, config, tasks)
    heard = {
        "catalog.showtime.>": (terms.heard, events.heard),
        BookingRequested.subject: (lines.heard,),
        **dict.fromkeys(HEARD, (orders.heard,)),
    }
    facts = Facts(platform.bus, heard, [terms.doubt, events.doubt, lines.doubt])
    watching = Watching(showtimes, events, users, config)
    heart = Heart(config)

    def opened(socket: Socket) -> SocketReader:
        reader = SocketReader(socket, watching)
        heart.watch(reader)
        return reader

    return Parts(
        routes=http.routes(showtimes),
        fast=http.fast_routes(showtimes, door, heart),
        sockets=[SocketRoute("/ws", door, opened)],
        loops=[
            Loop("broadcaster-check", showtimes.check_once, config.check_every),
            Loop("broadcaster-counts", counts.tend_once, config.check_every),
            Loop("broadcaster-heart", heart.beat_once, _BEAT),
            Loop("broadcaster-users", users.tend_once, _BEAT),
            Loop("broadcaster-facts", facts.listen_once, _BEAT),
            Loop("broadcaster-terms", terms.tend_once, config.check_every),
            Loop("broadcaster-lines", lines.tell_once, _BEAT),
            Loop("broadcaster-events", events.tend_once, config.terms_every),
        ],
        needs={"facts": lambda: facts.listening},
        figures=[
            Figure("broadcaster_connections", "Sockets and streams that are open.", lambda: door.open, kind="gauge"),
            Figure("broadcaster_rooms", "Showtimes that are watched here.", lambda: len(rooms), kind="gauge"),
            Figure("broadcaster_frames", "Frames that were written.", lambda: Audience.shown),
            *(
                Figure(
                    "broadcaster_closed",
                    "Connections that were closed by us, by their code.",
                    partial(door.closed.__getitem__, code),
                    labels={"code": str(code)},
                )
                for code in CLOSE_CODES
            ),
            Figure("broadcaster_read_again", "Maps read anew after a gap.", lambda: showtimes.read_again),
        ],
    )


SERVICE = Service("broadcaster", build, scripts=(MAPS,))
