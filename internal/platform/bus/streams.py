"""The streams: one for each publisher, the dead letters, and the work queue of bookings.

Whoever comes first makes a stream, whoever comes later compares and puts right what differs; so no service waits for
another, and a NATS that was emptied has its streams back with the first message.
A stream is not the record (NATS acknowledges before it syncs): outboxes and Postgres are.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import nats.errors
from nats.js import JetStreamContext, api
from nats.js.errors import APIError, BadRequestError, NotFoundError
from structlog.typing import FilteringBoundLogger

from internal.platform.config import Settings

__all__ = ["DLQ", "WORK_QUEUES", "BusSettings", "Streams", "declared", "is_kept", "stream_of"]

DLQ = "DLQ"
WORK_QUEUES = frozenset({"BOOKINGS"})  # each message is for one worker and gone when it is done


class BusSettings(Settings, frozen=True, kw_only=True):
    """Where NATS is, and how it keeps what it is given."""

    prefix = "AISLE_NATS_"

    url: str = "nats://127.0.0.1:4222"  # several with commas between
    credentials: str = ""  # path of a .creds file
    replicas: int = 1  # 3 in a cluster, across failure domains
    duplicate_window: int = 120  # seconds in which NATS itself drops a repeated id; the inbox catches what comes later
    ack_wait: float = 10.0  # seconds without a sign of life from who has a message until another replica gets it
    keep_days: int = 14  # a consumer may be away over a holiday; after that it starts again from Postgres


@lru_cache(maxsize=1024)
def stream_of(subject: str) -> str:
    """The stream that stores this subject: `inventory.hold.created` -> `INVENTORY`."""
    owner, dot, rest = subject.partition(".")
    if not (owner and dot and rest) or any(character.isspace() or character in "*>" for character in subject):
        raise ValueError(f"not a subject of a stream: {subject!r}")
    return owner.upper()


def is_kept(subject: str) -> bool:
    """Whether its stream keeps what was handled; a work queue does not."""
    return stream_of(subject) not in WORK_QUEUES


def declared(name: str, settings: BusSettings) -> api.StreamConfig:
    """The stream as it should be."""
    return api.StreamConfig(
        name=name,
        subjects=[f"{name.lower()}.>"],
        storage=api.StorageType.FILE,
        retention=api.RetentionPolicy.WORK_QUEUE if name in WORK_QUEUES else api.RetentionPolicy.LIMITS,
        num_replicas=settings.replicas,
        duplicate_window=settings.duplicate_window,
        # Dead letters wait for a person, and work for a worker, however long that takes.
        max_age=0 if name == DLQ or name in WORK_QUEUES else settings.keep_days * 86_400,
        allow_atomic=True,
        allow_direct=True,
    )


class Streams:
    """Sees to it that the streams this process needs are there, and are as declared."""

    def __init__(self, settings: BusSettings, log: FilteringBoundLogger) -> None:
        self._settings = settings
        self._log = log
        self._seen: set[str] = set()

    def forget(self) -> None:
        """After a reconnect it may be another server, or one restored from yesterday."""
        self._seen.clear()

    def known(self, name: str) -> bool:
        """Whether it was seen to since this connection was made."""
        return name in self._seen

    async def ensure(self, js: JetStreamContext, name: str) -> None:
        """Made, or put right where it differs."""
        wanted = declared(name, self._settings)
        try:
            found = (await js.stream_info(name)).config
        except NotFoundError:
            await self._create(js, wanted)
        else:
            await self._put_right(js, wanted, found)
        self._seen.add(name)

    async def _create(self, js: JetStreamContext, wanted: api.StreamConfig) -> None:
        try:
            await js.add_stream(wanted)
            self._log.info("stream created", stream=wanted.name)
        except BadRequestError:  # another process was faster, with settings of its own
            assert wanted.name is not None
            await self._put_right(js, wanted, (await js.stream_info(wanted.name)).config)

    async def _put_right(self, js: JetStreamContext, wanted: api.StreamConfig, found: api.StreamConfig) -> None:
        drift = {
            field: (getattr(found, field), getattr(wanted, field))
            for field in ("subjects", "num_replicas", "duplicate_window", "max_age", "allow_atomic", "allow_direct")
            if _plain(getattr(found, field)) != _plain(getattr(wanted, field))
        }
        if not drift:
            return
        try:
            await js.update_stream(found.evolve(**{field: to for field, (_, to) in drift.items()}))
            self._log.info("stream put right", stream=wanted.name, drift=drift)
        except (APIError, nats.errors.Error) as error:  # what is there still works better than no service at all
            self._log.error("stream differs from its declaration", stream=wanted.name, drift=drift, error=repr(error))


def _plain(value: Any) -> Any:
    return value or 0  # the server leaves out what is zero, false or empty
