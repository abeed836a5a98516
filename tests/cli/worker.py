"""A worker as small as can be: it answers on the socket that it inherits, and remembers in its service's database."""

from __future__ import annotations

import os
import socket
import sys
from typing import Any

import psycopg
import uvicorn


async def app(scope: Any, receive: Any, send: Any) -> None:
    body = _answer(scope["path"]).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


def _answer(path: str) -> str:
    if path == "/mark":
        with psycopg.connect(os.environ["AISLE_DEMO_DATABASE_URL"]) as connection:
            connection.execute("insert into marks default values")
            row = connection.execute("select count(*) from marks").fetchone()
        assert row is not None
        return str(row[0])
    return f"{os.getpid()} {os.environ['AISLE_WORKER']}"


if __name__ == "__main__":
    if os.environ.get("TEST_WORKER_FAILS"):
        sys.exit("SeatsMissing: the worker cannot start")
    listening = socket.socket(fileno=int(os.environ["AISLE_LISTEN_FD"]))
    config = uvicorn.Config(app, lifespan="off", log_level="warning", timeout_graceful_shutdown=1)
    uvicorn.Server(config).run(sockets=[listening])
