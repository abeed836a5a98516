"""The one connection of a process to NATS: made in the background, for ever, and its state told to /health.

While it is down nothing is buffered: who publishes or asks hears `Unavailable` at once and decides what to do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import msgspec
import nats
import nats.errors
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from structlog.typing import FilteringBoundLogger

from internal.platform.bus.ask import ask, ask_each
from internal.platform.bus.client import Client
from internal.platform.bus.envelope import Message, encode
from internal.platform.bus.frames import shown
from internal.platform.bus.propagation import Passing, Propagation
from internal.platform.bus.publish import Publisher
from internal.platform.bus.streams import BusSettings, Streams
from internal.platform.faults import Unavailable
from internal.platform.stopping import still_wanted
from proto import Answer, Picture, Request

__all__ = ["Bus"]

A = TypeVar("A", bound=Answer)
P = TypeVar("P", bound=Picture)

_RECONNECT_WAIT = 0.5  # seconds between tries: nothing for a server, and soon enough for whoever waits for it
_CONNECT_TIMEOUT = 2  # seconds; a server that needs longer to greet is not well
_PUBLISH_PATIENCE = 5.0  # seconds for a batch: the slowest fsync seen was 0.3 s, a leader election takes 2-4 s
_DRAIN_TIMEOUT = 5  # seconds, within the 10 that Kubernetes' default grace leaves after the others have stopped
_LONGEST_PAUSE = 5.0


class Bus:
    """Ask, publish, show and listen. `lost` is called when the client has closed for good: end the process then."""

    def __init__(
        self,
        settings: BusSettings,
        *,
        name: str,
        log: FilteringBoundLogger,
        lost: Callable[[], None],
        propagation: Propagation | None = None,
    ) -> None:
        self.settings = settings
        self.log = log
        self.propagation: Propagation = propagation or Passing()
        self.streams = Streams(settings, log)
        self._name = name
        self._lost = lost
        self._client = Client()
        self._publisher: Publisher | None = None
        self._connected = asyncio.Event()
        self._opening: asyncio.Task[None] | None = None
        self._closing = False

    @property
    def ready(self) -> bool:
        """Whether a message could be sent just now."""
        return self._connected.is_set() and self._client.is_connected

    @property
    def stored(self) -> int:
        """Facts that NATS has confirmed."""
        return self._publisher.stored if self._publisher else 0

    @property
    def duplicates(self) -> int:
        """How many of those it had already."""
        return self._publisher.duplicates if self._publisher else 0

    def start(self) -> None:
        """Begin to connect, and return at once."""
        self._opening = asyncio.get_running_loop().create_task(self._open(), name="bus: connecting")

    async def connected(self) -> Client:
        """The client, once there is a connection; waits as long as it takes."""
        await self._connected.wait()
        return self._client

    def client(self) -> Client:
        """The client, if there is a connection now."""
        if not self.ready:
            raise Unavailable("NATS is not reachable just now; nothing was sent, try again shortly.")
        return self._client

    async def request(self, request: Request[A], *, timeout: float = 2.0) -> A:  # noqa: ASYNC109 - it travels to the peer too
        """The peer's answer, or its fault raised here."""
        return await ask(self.client(), request, timeout, self.propagation.outgoing())

    async def request_each(self, request: Request[A], *, within: float) -> list[A]:
        """The answers of all peers who gave one in so many seconds."""
        return await ask_each(self.client(), request, within, self.propagation.outgoing())

    async def publish_batch(self, messages: Sequence[Message]) -> None:
        """Returns when every message is stored exactly once; after any fault, send the same ones again."""
        self.client()
        assert self._publisher is not None
        await self._publisher.publish(messages)

    async def show(self, picture: Picture) -> None:
        """Send a live picture to whoever watches; nobody may."""
        await self.client().publish(picture.to(), encode(picture))

    async def show_all(self, pictures: Sequence[tuple[str, str]]) -> None:
        """Many of them, as subjects and JSON, in one write: nats-py's own publish costs 25 us for each."""
        client = self.client()
        if pictures:
            await client._send_command(shown(pictures))  # noqa: SLF001 - it has no public way to send ready bytes
            await client._flush_pending()  # noqa: SLF001

    async def listen(self, subject: str, handle: Callable[[Msg], Awaitable[None]], *, queue: str = "") -> Subscription:
        """Core NATS, across reconnects. `handle` is awaited one message after another: it must not wait."""
        return await (await self.connected()).subscribe(subject, queue=queue, cb=handle)

    async def watch(self, picture: type[P], address: str, handle: Callable[[P], Awaitable[None]]) -> Subscription:
        """The pictures of one address, as long as the process lives; what cannot be read is no picture."""
        read = msgspec.json.Decoder(picture).decode

        async def seen(message: Msg) -> None:
            try:
                shown = read(message.data)
            except msgspec.DecodeError as error:
                self.log.warning("not a picture", subject=message.subject, error=str(error))
            else:
                await handle(shown)

        return await self.listen(f"{picture.subject}.{address}", seen)

    async def close(self) -> None:
        """Let what is under way finish, and leave; does so in any state of the connection."""
        self._closing = True
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)
        self._connected.clear()
        try:
            async with asyncio.timeout(_DRAIN_TIMEOUT + 1):
                if self._client.is_connected:
                    await self._client.drain()
        except (nats.errors.Error, TimeoutError, OSError) as error:  # it began to reconnect just now, for instance
            self.log.info("left NATS without draining", error=repr(error))
        if not self._client.is_closed:
            await self._client.close()

    async def _open(self) -> None:
        pause = _RECONNECT_WAIT
        while True:
            try:
                await self._connect()
            except Exception as error:
                still_wanted()
                self.log.warning("cannot connect to NATS", error=repr(error), again_in=pause)
                await self._client.close()
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
                self._client = Client()
            else:
                return

    async def _connect(self) -> None:
        await self._client.connect(
            servers=self.settings.url.split(","),
            name=self._name,
            user_credentials=self.settings.credentials or None,
            connect_timeout=_CONNECT_TIMEOUT,
            reconnect_time_wait=_RECONNECT_WAIT,  # type: ignore[arg-type]  # said to be an int, and slept
            max_reconnect_attempts=-1,
            drain_timeout=_DRAIN_TIMEOUT,
            error_cb=self._on_error,
            disconnected_cb=self._on_disconnected,
            reconnected_cb=self._on_reconnected,
            closed_cb=self._on_closed,
        )
        self._publisher = Publisher(self._client, self.streams, patience=_PUBLISH_PATIENCE)
        await self._publisher.open()
        self._connected.set()
        self.log.info(
            "connected to NATS", server=str(self._client.connected_url and self._client.connected_url.hostname)
        )

    async def _on_error(self, error: Exception) -> None:
        quiet = isinstance(error, (OSError, nats.errors.UnexpectedEOF, nats.errors.StaleConnectionError))
        (self.log.debug if quiet else self.log.warning)("NATS", error=repr(error))

    async def _on_disconnected(self) -> None:
        self._connected.clear()
        if self._publisher is not None:
            self._publisher.interrupted()
        if not self._closing:
            self.log.warning("the connection to NATS broke")

    async def _on_reconnected(self) -> None:
        self.streams.forget()
        self._connected.set()
        self.log.info("connected to NATS again")

    async def _on_closed(self) -> None:
        """With changed credentials the client gives up for good, whatever it was told: a new process reads new ones."""
        if not self._closing and self._publisher is not None:
            self.log.error("the client of NATS has closed for good")
            self._lost()
