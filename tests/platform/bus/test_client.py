"""The short way from the socket: the same messages, in the same order, wherever the bytes are cut."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nats.aio.msg import Msg

from internal.platform.bus.client import Client, headers_of

OURS, OTHERS = 7, 8


class Socketless(Client):
    """Writes down what it was given, by which way."""

    def __init__(self) -> None:
        super().__init__()
        self.short: list[tuple[str, str, bytes, Any]] = []
        self.long: list[tuple[int, bytes]] = []
        self.pings = 0
        self.takes[OURS] = self._take

    def _take(self, message: Msg) -> None:
        self.short.append((message.subject, message.reply, message.data, message.headers))
        self.long.append((OURS, message.data))

    async def _process_msg(self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes) -> None:
        if sid == OURS and reply:
            await super()._process_msg(sid, subject, reply, data, headers)
        else:
            self.long.append((sid, data))

    async def _process_ping(self) -> None:
        self.pings += 1


def frame(number: int, sid: int = OURS, reply: str = "$JS.ACK.A.b.1.2.3.4.5", body: bytes = b"") -> bytes:
    head = f"NATS/1.0\r\nNats-Msg-Id: m{number}\r\nAisle-Time: 2026-03-01T10:00:00Z\r\n\r\n".encode()
    body = body or b"{%d}" % number
    return b"HMSG a.b %d %s %d %d\r\n%b%b\r\n" % (sid, reply.encode(), len(head), len(head) + len(body), head, body)


def status(text: bytes) -> bytes:
    head = b"NATS/1.0 %b\r\n\r\n" % text
    return b"HMSG _INBOX.x %d %d %d\r\n%b\r\n" % (OURS, len(head), len(head), head)


SAID = b"".join([
    frame(1),
    frame(2, body=b"HMSG a.b 7 r 12 12\r\n\r\nPING\r\n"),
    b"PING\r\n",
    frame(3),
    frame(4, sid=OTHERS),
    b"MSG _INBOX.y 8 2\r\nok\r\n",
    frame(5),
    b"MSG a.b 7 $JS.ACK.A.b.1.2.3.4.5 5\r\nplain\r\n",
    frame(6),
    frame(7),
    status(b"408 Request Timeout"),
    b"+OK\r\n",
])  # fmt: skip


@given(cuts=st.lists(st.integers(0, len(SAID))))
async def test_wherever_it_is_cut(cuts: list[int]) -> None:
    """Each message of the durable once and in order, everything else to whom it belongs, nothing left over."""
    client, begin = Socketless(), 0
    for end in [*sorted(cuts), len(SAID)]:
        await client._ps.parse(SAID[begin:end])
        begin = end
    ids = [headers and headers["Nats-Msg-Id"] for _, _, _, headers in client.short]
    assert ids == ["m1", "m2", "m3", "m5", None, "m6", "m7"]
    assert {(subject, reply) for subject, reply, _, _ in client.short} == {("a.b", "$JS.ACK.A.b.1.2.3.4.5")}
    told = [b"{1}", b"HMSG a.b 7 r 12 12\r\n\r\nPING\r\n", b"{3}", b"{4}", b"ok", b"{5}", b"plain", b"{6}", b"{7}", b""]
    assert [data for _, data in client.long] == told
    assert client.pings == 1
    assert not client._ps.buf


async def test_nothing_is_taken_that_nobody_asked_for() -> None:
    """A subscription that has gone its own way again has nothing handed over."""
    client = Socketless()
    client.takes.clear()
    await client._ps.parse(SAID)
    assert client.short == []


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (b"", None),
        (b"NATS/1.0\r\na: b\r\nc:d\r\ne: f: g \r\nx:\r\n\r\n", {"a": "b", "c": "d", "e": "f: g", "x": ""}),
        ("NATS/1.0\r\na: ü\r\n\r\n".encode(), {"a": "ü"}),
        (b"NATS/1.0\r\na: \xff\r\nb: c\r\n\r\n", {"a": "\ufffd", "b": "c"}),
    ],
)
def test_headers(lines: bytes, expected: dict[str, str] | None) -> None:
    """Name and value, as nats-py reads them."""
    assert headers_of(lines) == expected
    if lines:
        assert Client._parse_header_lines(lines[len(b"NATS/1.0\r\n") :]) == expected
