"""The client of NATS, with a short way for the messages of durables.

nats-py takes 20 us for each: headers letter by letter, a queue, a task. An on-sale tells 15,000 facts a second, which
several services follow in the process that answers those who buy. Here what has arrived is cut up in one go and handed
over at once; whatever else comes (answers, signs of life, the end of a pull) goes nats-py's own way, in its order.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from nats.aio.client import Client as NatsClient
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.protocol.parser import AWAITING_CONTROL_LINE, Parser

__all__ = ["Client", "headers_of"]

Take = Callable[[Msg], None]

_MESSAGE = re.compile(rb"HMSG (\S+) (\d+) (\S+) (\d+) (\d+)\r\n")  # with a reply subject: where it is acknowledged
_VERSION = b"NATS/1.0\r\n"  # a status stands in the same line, and is no message
_END = 2  # bytes behind each body


class Client(NatsClient):
    """`short_way(subscription, take)`: its messages are handed to `take` as soon as their bytes are there."""

    def __init__(self) -> None:
        super().__init__()
        self._ps = _Parser(self)
        self.takes: dict[int, Take] = {}

    def short_way(self, subscription: Subscription, take: Take) -> None:
        """From now on, and beyond a reconnect, until `long_way`. What has no reply subject is not for `take`."""
        self.takes[subscription._id] = take  # noqa: SLF001 - the number by which NATS calls it

    def long_way(self, subscription: Subscription) -> None:
        """No more."""
        self.takes.pop(subscription._id, None)  # noqa: SLF001

    async def _process_msg(self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes) -> None:
        """What nats-py's parser found, because it came behind something of another kind."""
        take = self.takes.get(sid)
        if take is None or not reply or not (headers or _VERSION).startswith(_VERSION):
            await super()._process_msg(sid, subject, reply, data, headers)
        else:
            take(Msg(self, subject.decode(), reply.decode(), data, headers_of(headers)))


class _Parser(Parser):
    """Takes the messages of durables out of what arrives, as long as they lie at its front."""

    nc: Client

    async def parse(self, data: bytes = b"") -> None:
        if self.state == AWAITING_CONTROL_LINE and self.nc.takes:
            data, self.buf = bytes(self.buf) + data, bytearray()
            done, torn = self._taken(data)
            data = data[done:]
            if torn:
                self.buf += data
                return
        await super().parse(data)

    def _taken(self, data: bytes) -> tuple[int, bool]:
        """How far they go, and whether another begins there whose end has not come yet."""
        done, client = 0, self.nc
        while found := _MESSAGE.match(data, done):
            subject, sid, reply, head, size = found.groups()
            take, begin = client.takes.get(int(sid)), found.end()
            body, end = begin + int(head), begin + int(size)
            if take is None or not data.startswith(_VERSION[: len(data) - begin], begin):
                break
            if end + _END > len(data):
                return done, True
            take(Msg(client, subject.decode(), reply.decode(), data[body:end], headers_of(data[begin:body])))
            done = end + _END
        return done, False


def headers_of(lines: bytes) -> dict[str, str] | None:
    """Name -> value; what is not UTF-8, nats-py reads as well as it can be read."""
    if not lines:
        return None
    headers: dict[str, str] = {}
    try:
        for line in lines[len(_VERSION) : -2 * _END].decode().split("\r\n"):
            name, _, value = line.partition(":")
            headers[name] = value.strip(" \t")
    except UnicodeDecodeError:
        return NatsClient._parse_header_lines(lines[len(_VERSION) :])  # noqa: SLF001
    return headers
