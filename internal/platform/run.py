"""Running services: one process, one task group, and cancellation as the only stop.

SIGTERM cancels. Then, from the inside out: HTTP stops taking connections and finishes its answers; endpoints, consumers
and loops finish what they began; the connections close. Start order does not matter: whatever is missing is awaited
with back-off, and `/health` says what that is. A bug that ends any of these tasks ends the process, and whoever
supervises it starts a new one.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextvars import Context, copy_context
from dataclasses import replace
from typing import Any

import uvloop
from structlog.typing import FilteringBoundLogger

from internal.platform import health
from internal.platform.bus import BatchConsumer, Bus, Consumer, Endpoint, consume, consume_batches, serve
from internal.platform.completing import completed
from internal.platform.config import BadConfig, Settings, given, masked, read
from internal.platform.connecting import connected
from internal.platform.context import actor
from internal.platform.files import allow_many_files
from internal.platform.http.app import application
from internal.platform.http.fast import Roads
from internal.platform.http.front import front
from internal.platform.http.gate import Gate, GateSettings
from internal.platform.http.limits import Limiter
from internal.platform.http.server import serve as serve_http
from internal.platform.idempotency import fingerprint_secret
from internal.platform.ids import new_id
from internal.platform.loops import Loop
from internal.platform.postgres import Database
from internal.platform.redis import Lane
from internal.platform.roster import signed_in
from internal.platform.service import Parts, Platform, Service
from internal.platform.telemetry import Sources, TelemetrySettings, Telling, bridge, logger

__all__ = ["main", "run"]

_KEYS_EVERY = 60.0  # seconds between looks at auth's keys; a new key is published long before it signs
_VERSION = "0.1.0"


class ProcessSettings(Settings, frozen=True, kw_only=True):
    """Where this process listens, and where the servers are."""

    redis_url: str
    http_host: str = "127.0.0.1"
    http_port: int = 8080
    listen_fd: int = -1  # a socket that the supervisor opened, so that a new worker keeps the queue of the old one
    worker: int = 0  # its number among those that share a port


def main(*services: Service) -> None:
    """The whole of a `cmd/<name>/__main__.py`."""
    environment = dict(os.environ)
    try:
        log = logger(read(TelemetrySettings, environment), services[0].name if len(services) == 1 else "aisle")
        bridge(log)
        allow_many_files()
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_until_told(services, environment, log))
    except BadConfig as bad:
        sys.exit(f"aisle: {bad}")


async def _until_told(services: Sequence[Service], environment: Mapping[str, str], log: FilteringBoundLogger) -> None:
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        await run(services, environment, log)
    except asyncio.CancelledError:
        log.info("stopped")


async def run(
    services: Sequence[Service],
    environment: Mapping[str, str],
    log: FilteringBoundLogger,
    listening: socket.socket | None = None,
) -> None:
    """Run these services until cancelled."""
    settings = read(ProcessSettings, environment)
    gate_settings = read(GateSettings, environment)
    replica = new_id("replica")
    telling = Telling(read(TelemetrySettings, environment), replica, settings.http_host, log)
    log.info("configured", given=given(environment), process=masked(settings), gate=masked(gate_settings))
    connections = connected(services, settings.redis_url, environment, log, replica, telling.instruments)
    async with connections as (platform, databases, keys):
        built = [_built(service, platform, databases) for service in services]
        names = [service.name for service in services]
        loops = [Loop("keys", keys.run_once, _KEYS_EVERY), *(loop for parts in built for loop in parts.loops)]
        metrics = telling.watch(_sources(settings.worker, platform, databases, loops, built))
        probes = {name: _answers(database) for name, database in databases.items()}
        needs = {name: _met(need) for parts in built for name, need in parts.needs.items()}
        servers = _ready(platform.redis), _ready(platform.bus)
        checks = health.routes(probes, *servers, needs)
        roll = health.present(replica, names, health.everything(probes, *servers, needs))
        gate = Gate(platform.verifier, Limiter(platform.redis), gate_settings, fingerprint_secret(environment))
        framework = application(
            [*checks, *metrics, *(route for parts in built for route in parts.routes)], gate, log, version=_VERSION
        )
        roads = telling.watching(
            Roads(
                [route for parts in built for route in parts.fast],
                sockets={route.path.encode(): route for parts in built for route in parts.sockets},
            )
        )
        gc.collect()
        gc.freeze()  # what was made so far lives as long as the process; the collector need not look at it again
        async with signed_in(platform.redis, replica, names) as signing, asyncio.TaskGroup() as group:
            group.create_task(signing.run(log))
            for task, acting in _work(platform, loops, dict(zip(names, built, strict=True)), [roll]):
                group.create_task(task, context=acting)
            for task in telling.tasks():
                group.create_task(task)
            log.info("serving", services=names)
            app = telling.around(front(framework))  # type: ignore[arg-type]  # Litestar's own types for ASGI
            await serve_http(app, listening or _listen(settings), roads)


def _built(service: Service, platform: Platform, databases: Mapping[str, Database]) -> Parts:
    own = replace(platform, own_database=databases.get(service.name), log=platform.log.bind(service=service.name))
    return completed(service.name, service.build(own), own)


def _sources(
    worker: int, platform: Platform, databases: Mapping[str, Database], loops: Sequence[Loop], built: Sequence[Parts]
) -> Sources:
    return Sources(
        worker=str(worker),
        lane=platform.redis,
        bus=platform.bus,
        databases=databases,
        loops=loops,
        consumers=[consumer for parts in built for consumer in parts.consumers],
        endpoints=[endpoint for parts in built for endpoint in parts.endpoints],
        figures=[figure for parts in built for figure in parts.figures],
    )


def _work(
    platform: Platform, loops: Sequence[Loop], built: Mapping[str, Parts], own: Sequence[Endpoint[Any]]
) -> list[tuple[Any, Context]]:
    """What is to run, each in a context that names whose doing it is where nobody asked for it."""
    bus, log = platform.bus, platform.log
    whose = {id(loop): _acting(name) for name, parts in built.items() for loop in parts.loops}
    tasks: list[tuple[Any, Context]] = [(loop.run(log), whose.get(id(loop)) or copy_context()) for loop in loops]
    tasks += [
        (_consumed(bus, consumer), _acting(name)) for name, parts in built.items() for consumer in parts.consumers
    ]
    endpoints = [*own, *(endpoint for parts in built.values() for endpoint in parts.endpoints)]
    tasks.append((serve(bus, endpoints), copy_context()))  # who asks says on whose behalf
    return tasks


def _consumed(bus: Bus, consumer: Consumer[Any] | BatchConsumer) -> Coroutine[Any, Any, None]:
    return consume_batches(bus, consumer) if isinstance(consumer, BatchConsumer) else consume(bus, consumer)


def _acting(service: str) -> Context:
    own = copy_context()
    own.run(actor.set, service)
    return own


def _answers(database: Database) -> health.Check:
    async def check() -> bool:
        await database.probe()
        return True

    return check


def _met(need: Callable[[], bool]) -> health.Check:
    async def check() -> bool:
        return need()

    return check


def _ready(server: Bus | Lane) -> health.Check:
    async def check() -> bool:
        return server.ready

    return check


def _listen(settings: ProcessSettings) -> socket.socket:
    if settings.listen_fd >= 0:
        return socket.socket(fileno=settings.listen_fd)
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listening.bind((settings.http_host, settings.http_port))
    return listening
