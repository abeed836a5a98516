"""Calls without TLS, against a server that a test holds by its sockets."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from internal.platform.plain_http import PlainTransport, trusted

_LIMITS = httpx.Limits(max_connections=4, max_keepalive_connections=2)
_ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


class Server:
    """Says what it is told to say, for each request in one read; nothing means that it hangs up."""

    def __init__(self, *answers: bytes | None) -> None:
        self.answers = list(answers)
        self.heard: list[bytes] = []
        self.connections = 0
        self.open = 0
        self.most = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        self.most = max(self.most, self.open)
        while self.answers and (heard := await reader.read(1_000_000)):
            self.heard.append(heard)
            answer = self.answers.pop(0)
            if answer is None:
                break
            writer.write(answer)
        self.open -= 1
        writer.close()


@asynccontextmanager
async def calling(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    async with listening, httpx.AsyncClient(base_url=url, mounts={"http://": PlainTransport(_LIMITS)}) as client:
        yield client


async def test_one_write_and_one_connection() -> None:
    """Headers and body arrive together, and the connection is used again."""
    server = Server(_ANSWER, _ANSWER, _ANSWER)
    async with calling(server) as client:
        for _ in range(3):
            assert (await client.post("/x", json={"a": 1})).text == "ok"
    assert server.connections == 1
    assert [one.endswith(b'{"a":1}') for one in server.heard] == [True] * 3


async def test_an_answer_in_pieces() -> None:
    """A body of many reads comes whole."""
    body = b"x" * 3_000_000
    server = Server(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))
    async with calling(server) as client:
        assert (await client.get("/x")).content == body


async def test_who_hangs_up_has_not_answered() -> None:
    """A connection that ends without an answer is an error of the protocol; the next call has another."""
    server = Server(None, _ANSWER, _ANSWER)
    async with calling(server) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.post("/x", json={})
        assert (await client.post("/x", json={})).text == "ok"
    assert server.connections == 2


async def test_who_is_silent_is_not_waited_for() -> None:
    """The read's timeout is httpx's own."""
    async with calling(Server(b"", _ANSWER)) as client:
        with pytest.raises(httpx.ReadTimeout):
            await client.post("/x", json={}, timeout=0.05)


async def test_nobody_there() -> None:
    """A refused connection has sent nothing, and says so."""
    async with httpx.AsyncClient(mounts={"http://": PlainTransport(_LIMITS)}) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get("http://127.0.0.1:1/x")


def test_who_shows_no_certificate_of_somebody_we_trust_is_not_believed() -> None:
    """One context for all calls, and it looks at the name and at who vouches for it."""
    assert trusted() is trusted()
    assert trusted().verify_mode is ssl.CERT_REQUIRED
    assert trusted().check_hostname
    assert trusted().get_ca_certs()


async def test_ten_at_once_over_four_connections() -> None:
    """Who finds none free waits, and all are answered."""
    server = Server(*[_ANSWER] * 10)
    async with calling(server) as client:
        said = await asyncio.gather(*(client.get("/x") for _ in range(10)))
    assert {one.text for one in said} == {"ok"}
    assert server.most <= 4
