"""Calls by HTTP without TLS, as between processes of one machine: httpx as ever, on sockets that cost half as much.

httpcore's own sockets go through anyio: a scope for each timeout, a write for the headers and one for the body, and a
poll of every idle connection for each request. Here a request is one write, and who has hung up has said so before.

`httpx.AsyncClient(verify=trusted(), mounts={"http://": PlainTransport(limits)})` leaves addresses with TLS as they
were, but for the certificates, which all clients of a process share.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable
from functools import cache
from typing import Any, cast

import httpcore
import httpx

__all__ = ["PlainTransport", "trusted"]


@cache
def trusted() -> ssl.SSLContext:
    """Whom we believe over TLS: read once, for it takes tens of milliseconds in which a process does nothing else."""
    return httpx.create_ssl_context()


class PlainTransport(httpx.AsyncHTTPTransport):
    """For addresses that begin with http://."""

    def __init__(self, limits: httpx.Limits) -> None:
        super().__init__(limits=limits, verify=False)  # there is nothing to verify, and what it makes is not used
        self._pool = httpcore.AsyncConnectionPool(
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            network_backend=_Sockets(),
        )


class _Socket(asyncio.Protocol, httpcore.AsyncNetworkStream):
    """What is written is sent when an answer is waited for: one write for headers and body."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._unsent: list[bytes] = []
        self._unread = bytearray()
        self._ended = False
        self._arrived = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but name

    def data_received(self, data: bytes) -> None:
        self._unread += data
        self._arrived.set()

    def connection_lost(self, _: Exception | None) -> None:
        self._ended = True
        self._arrived.set()

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109 - httpcore's
        self._unsent.append(buffer)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        """Nothing means that the other side has hung up."""
        assert self._transport is not None
        if self._unsent:
            self._transport.write(b"".join(self._unsent))
            self._unsent.clear()
        if not self._unread and not self._ended:
            self._arrived.clear()
            try:
                async with asyncio.timeout(timeout):
                    await self._arrived.wait()
            except TimeoutError:
                raise httpcore.ReadTimeout from None
        data = bytes(self._unread[:max_bytes])
        del self._unread[:max_bytes]
        return data

    async def aclose(self) -> None:
        assert self._transport is not None
        self._transport.close()

    def get_extra_info(self, info: str) -> Any:
        """Of an idle connection the pool asks whether there is something to read: then it is over."""
        return bool(self._unread) or self._ended if info == "is_readable" else None


class _Sockets(httpcore.AsyncNetworkBackend):
    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        here = None if local_address is None else (local_address, 0)
        try:
            async with asyncio.timeout(timeout):
                _, opened = await asyncio.get_running_loop().create_connection(_Socket, host, port, local_addr=here)
        except TimeoutError:
            raise httpcore.ConnectTimeout from None
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        return opened
