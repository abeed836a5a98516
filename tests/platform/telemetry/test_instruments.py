from __future__ import annotations

import asyncio
import sys
from time import perf_counter

from internal.embedded import Nats
from internal.platform.bus import Bus
from internal.platform.http.front import Message, Receive, Scope, Send
from internal.platform.postgres import Database
from internal.platform.redis import Lane
from internal.platform.telemetry.instruments import instruments
from internal.platform.telemetry.requests import Requests
from internal.platform.telemetry.settings import TelemetrySettings


def test_off_is_the_plain_thing_itself() -> None:
    """Without a collector's address nothing is wrapped: the parts are the plain classes, the edge is what it was."""
    chosen = instruments(TelemetrySettings(), "replica_a")
    assert (chosen.lane, chosen.bus, chosen.database) == (Lane, Bus, Database)
    assert chosen.edge(_answer) is _answer


async def test_off_loads_nothing_of_opentelemetry(nats: Nats, redis_url: str, database: str) -> None:
    """A process that has served requests, and told its metrics, has neither its tracing nor its exporter."""
    arguments = ["-m", "tests.platform.telemetry.plain_process", nats.url, redis_url, database]
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    assert output.decode().strip() == "[]"


async def test_a_count_is_a_few_integers() -> None:
    """Counting a request costs little enough for every request: far under what the cheapest client's counter does."""
    requests = Requests()
    watched = requests.watched(_answer)
    scope = {"type": "http", "method": "GET", "path_template": "/x"}
    plain, counted = await _best(_answer, scope), await _best(watched, scope)
    assert counted - plain < 20e-6  # seconds; seen 1.0e-6, with room for a machine that is busy
    (count,) = requests.by_route.values()
    assert sum(count.buckets) == count.statuses[2] == 5 * 2_000


async def _best(app: object, scope: Scope) -> float:
    times = []
    for _ in range(5):
        began = perf_counter()
        for _ in range(2_000):
            await app(scope, _receive, _send)  # type: ignore[operator]
        times.append((perf_counter() - began) / 2_000)
    return min(times)


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def _receive() -> Message:
    return {"type": "http.request", "body": b""}


async def _send(message: Message) -> None:
    return
