"""One NATS, one Valkey and one Postgres for the whole run, however many workers share it.

They come from AISLE_NATS_URL, AISLE_REDIS_URL and AISLE_DATABASE_URL when all three are given, from containers when
AISLE_TEST_CONTAINERS=1, else from the wheels. With xdist the controller starts them and tells its workers; without it,
the first test that asks does. A test that kills a server starts one of its own with `internal.embedded`.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
import structlog

from internal.embedded import embedded
from tests.databases import drop_templates

# How long an example takes says something of the machine's other work, not of the code.
hypothesis.settings.register_profile("aisle", deadline=None)
hypothesis.settings.load_profile("aisle")

_SHARED = "aisle_servers"


@dataclass(frozen=True)
class Addresses:
    """Where the servers of this run listen; the database is the administrator's."""

    nats_url: str
    redis_url: str
    database_url: str


class SharedServers:
    """The servers of this process and of the workers it started; stopped when pytest ends."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()  # its own, not set as current: the tests' loop is pytest-asyncio's matter
        self._context: AbstractAsyncContextManager[Addresses] | None = None
        self._addresses: Addresses | None = None

    def addresses(self) -> Addresses:
        if self._addresses is None:
            self._context = _servers()
            self._addresses = self._loop.run_until_complete(self._context.__aenter__())
        return self._addresses

    def stop(self) -> None:
        if self._context is not None:
            self._loop.run_until_complete(self._context.__aexit__(None, None, None))
        self._loop.close()


@asynccontextmanager
async def _servers() -> AsyncIterator[Addresses]:
    given = [os.environ.get(f"AISLE_{name}_URL", "") for name in ("NATS", "REDIS", "DATABASE")]
    if all(given):
        yield Addresses(*given)
    elif os.environ.get("AISLE_TEST_CONTAINERS") == "1":
        from tests.containers import containers  # noqa: PLC0415 - needs Docker's client only where it is asked for

        with containers() as urls:
            yield Addresses(*urls)
    else:
        with tempfile.TemporaryDirectory(prefix="aisle-tests-") as folder:
            async with embedded(Path(folder), structlog.get_logger()) as servers:
                _unsynced(servers.database_url)
                yield Addresses(servers.nats_url, servers.redis_url, servers.database_url)


def _unsynced(database_url: str) -> None:
    """No test lets this machine lose its power, and who kills Postgres has one of their own: here no commit waits for
    the disk, which halves the time that a new database takes, and evens it out.
    """
    with psycopg.connect(database_url, autocommit=True) as admin:
        for setting in ("fsync", "full_page_writes"):
            admin.execute(f"alter system set {setting} = off")
        admin.execute("select pg_reload_conf()")


_shared = pytest.StashKey[SharedServers]()


def pytest_configure(config: pytest.Config) -> None:
    # Warnings and worse. Plain tracebacks: one of rich, with all locals, holds up the event loop for 0.1 s.
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(
        processors=[structlog.processors.add_log_level, plain], wrapper_class=structlog.make_filtering_bound_logger(30)
    )
    config.stash[_shared] = SharedServers()


def pytest_unconfigure(config: pytest.Config) -> None:
    drop_templates()
    config.stash[_shared].stop()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Xdist, in the controller, once for each worker."""
    node.workerinput[_SHARED] = asdict(node.config.stash[_shared].addresses())


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Xdist, in the controller; `--dist load`, its usual, is dealt by our own hand."""
    if config.getvalue("dist") != "load":
        return None
    from tests.dealing import Dealing  # noqa: PLC0415 - there is no xdist in a run that does not ask for it

    return Dealing(config, log)


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest) -> Addresses:
    told = getattr(request.config, "workerinput", {}).get(_SHARED)
    return Addresses(**told) if told else request.config.stash[_shared].addresses()


@pytest.fixture(scope="session")
def nats_url(servers: Addresses) -> str:
    return servers.nats_url


@pytest.fixture(scope="session")
def redis_url(servers: Addresses) -> str:
    return servers.redis_url


@pytest.fixture(scope="session")
def database_url(servers: Addresses) -> str:
    return servers.database_url
