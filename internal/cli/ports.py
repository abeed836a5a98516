"""The sockets that the workers inherit: one each, all on one port.

Linux spreads new connections over the sockets of a port (SO_REUSEPORT), so that no worker waits on another. They belong
to the supervisor: a worker that dies leaves its queue of connections to the one that takes its place.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from internal.cli.trouble import BadSetting, PortInUse

__all__ = ["listening"]

_HOST = "127.0.0.1"  # a laptop's demo has known passwords: it is nobody else's business


@contextmanager
def listening(port: int, count: int) -> Iterator[list[socket.socket]]:
    """`count` sockets bound to the port. They refuse connections until somebody calls `listen()`."""
    with ExitStack() as stack:
        # First one that shares with no one: sockets with SO_REUSEPORT would join another installation's in silence.
        _bound(port, alone=True).close()
        yield [stack.enter_context(_bound(port)) for _ in range(count)]


def _bound(port: int, *, alone: bool = False) -> socket.socket:
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if not alone:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        bound.bind((_HOST, port))
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(f"port {port} is in use; choose another with --port or AISLE_PORT") from error
        raise BadSetting(f"port {port}: {error.strerror}") from error
    return bound
