"""Builds the broadcaster: the only wiring."""

from __future__ import annotations

from internal.broadcaster.config import Config
from internal.broadcaster.events import Events
from internal.broadcaster.frames import Audience
from internal.broadcaster.heart import Heart
from internal.broadcaster.readers import SocketReader, Watching
from internal.broadcaster.showtimes import Showtimes
from internal.broadcaster.tasks import Tasks
from internal.broadcaster.users import Users
from internal.platform.config import read
from internal.platform.http import Door, Socket, SocketRoute, SocketSettings
from internal.platform.http.gate import GateSettings
from internal.platform.loops import Loop
from internal.platform.redis import MAPS, Maps
from internal.platform.service import Parts, Platform, Service
from internal.platform.telemetry import Figure

__all__ = ["SERVICE"]

_BEAT = 0.5  # seconds between looks at whose PING is due


def build(platform: Platform) -> Parts:
    """Everything by explicit arguments."""
    config, environment = read(Config, platform.environment), platform.environment
    door = Door(read(SocketSettings, environment), read(GateSettings, environment).proxies)
    tasks = Tasks(platform.log)
    showtimes = Showtimes(Maps(platform.redis), platform.bus, config, tasks)
    watching = Watching(showtimes, Events(showtimes, platform.bus, config, tasks), Users(), config)
    heart = Heart(config)

    def opened(socket: Socket) -> SocketReader:
        reader = SocketReader(socket, watching)
        heart.watch(reader)
        return reader

    return Parts(
        sockets=[SocketRoute("/ws", door, opened)],
        loops=[
            Loop("broadcaster-check", showtimes.check_once, config.check_every),
            Loop("broadcaster-heart", heart.beat_once, _BEAT),
        ],
        figures=[
            Figure("broadcaster_connections", "Sockets and streams that are open.", lambda: door.open, kind="gauge"),
            Figure("broadcaster_rooms", "Showtimes that are watched here.", lambda: len(showtimes.rooms), kind="gauge"),
            Figure("broadcaster_frames", "Frames that were written.", lambda: Audience.shown),
            Figure("broadcaster_read_again", "Maps read anew after a gap.", lambda: showtimes.read_again),
        ],
    )


SERVICE = Service("broadcaster", build, scripts=(MAPS,))
