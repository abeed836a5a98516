"""The way to the truth: one bounded pool for each service, transactions as `async with`, faults that say what to do.

The pool opens in the background, so a service starts while Postgres is still away. Connections are in autocommit mode:
a plain read costs one round trip, and only `transaction()` pays for BEGIN and COMMIT.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, ClassVar, TypeVar

import msgspec
import psycopg
import psycopg.conninfo
from psycopg import errors
from psycopg.errors import UniqueViolation
from psycopg.rows import TupleRow
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg_pool import AsyncConnectionPool
from structlog.typing import FilteringBoundLogger

from internal.platform.config import Settings
from internal.platform.faults import Kind, Unavailable
from internal.platform.rows import execute, many, maybe, one

__all__ = [
    "Database",
    "DatabaseSettings",
    "OutcomeUnknown",
    "Tx",
    "UniqueViolation",
    "execute",
    "many",
    "maybe",
    "one",
]

T = TypeVar("T")

_TRIES = 4  # of a transaction that lost a deadlock or a serialization race: a fourth loss in a row is a design fault


class OutcomeUnknown(Unavailable, kind=Kind.UNAVAILABLE):
    """The database went away while the change was being committed; it may or may not have been made, so ask again."""


class DatabaseSettings(Settings, frozen=True):
    """How much of Postgres one service takes. Timeouts are in seconds."""

    prefix: ClassVar[str] = "AISLE_DATABASE_"
    # 13 services with a database x 2 workers x 8 = 208, under the 500 connections of the embedded server
    pool_max: int = 8
    pool_min: int = 1
    # longer in the queue than this and the buyer has a better answer in "try again" than in waiting
    pool_timeout: float = 2.0
    # callers beyond this are refused at once: 8 connections serve about 3,000 short transactions a second
    pool_waiting: int = 500
    # no statement of a request takes longer; a migration sets its own
    statement_timeout: float = 5.0
    # below the statement's, so that a lock queue is told from a slow plan
    lock_timeout: float = 2.0
    # a transaction left open by a stuck process keeps its locks no longer than this
    idle_timeout: float = 30.0


class Tx(psycopg.AsyncConnection[TupleRow]):
    """One connection in one transaction, and what is to be told once that is committed."""

    news: set[str]
    afterwards: list[Callable[[], None]]

    def announce(self, topic: str) -> None:
        """After the commit, wake who listens to this topic in this process (`Database.listen`)."""
        self.news.add(topic)

    def then(self, act: Callable[[], None]) -> None:
        """After the commit, and only then, do this."""
        self.afterwards.append(act)


class Database:
    """One service's database."""

    def __init__(
        self, url: str, name: str, log: FilteringBoundLogger, settings: DatabaseSettings | None = None
    ) -> None:
        self.name = name
        self.url = url
        self._log = log
        self._settings = settings or DatabaseSettings()
        self._listeners: dict[str, list[Callable[[], None]]] = {}
        self._pool: AsyncConnectionPool[Tx] = AsyncConnectionPool(
            _conninfo(url, name, self._settings),
            connection_class=Tx,
            kwargs={"autocommit": True},
            min_size=self._settings.pool_min,
            max_size=self._settings.pool_max,
            timeout=self._settings.pool_timeout,
            max_waiting=self._settings.pool_waiting,
            max_idle=60.0,  # a rush's connections are given back after a minute of quiet
            # The pool doubles its pause after each failed attempt, up to this; at the default of 5 minutes a database
            # that is back is not noticed for minutes. When the attempt is given up, the next caller starts a new one.
            reconnect_timeout=1.0,
            configure=_configure,
            name=name,
            open=False,
        )

    async def open(self) -> None:
        """Start connecting in the background; Postgres need not be there yet."""
        await self._pool.open(wait=False)

    async def close(self) -> None:
        """Give the connections back."""
        await self._pool.close(timeout=self._settings.pool_timeout)

    def listen(self, topic: str, tell: Callable[[], None]) -> None:
        """Call `tell` after each commit in this process that announced the topic."""
        self._listeners.setdefault(topic, []).append(tell)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Tx]:
        """A connection for plain reads: each statement sees what was committed before it."""
        async with self._connection() as connection:
            yield connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """One connection, one transaction: committed at the end of the block, undone if it raises."""
        async with self._connection() as connection, self._telling(connection):
            finished = False
            try:
                async with connection.transaction():
                    yield connection
                    finished = True
            except psycopg.OperationalError as error:
                if finished and connection.closed:
                    raise OutcomeUnknown from error
                raise

    @asynccontextmanager
    async def statement(self) -> AsyncIterator[Tx]:
        """For a change of one statement, which Postgres commits by itself: one round trip instead of three.

        Whether it was made is unknown when it fails, so it is for what may be done again.
        """
        async with self._connection() as connection, self._telling(connection):
            yield connection

    @asynccontextmanager
    async def _telling(self, connection: Tx) -> AsyncIterator[None]:
        """What was announced is told after the block, unless that raises."""
        connection.news, connection.afterwards = set(), []
        yield
        for topic in connection.news:
            for tell in self._listeners.get(topic, ()):
                tell()
        for act in connection.afterwards:
            act()

    async def run(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        """`work` in a transaction, done again if a deadlock or a serializable race lost it: it touches nothing else."""
        for tried in range(1, _TRIES + 1):
            try:
                async with self.transaction() as tx:
                    return await work(tx)
            except Unavailable as fault:
                lost = isinstance(fault.__cause__, errors.SerializationFailure | errors.DeadlockDetected)
                if not lost or tried == _TRIES:
                    raise
                self._log.info("transaction lost a race", database=self.name, tried=tried, error=str(fault.__cause__))
                await asyncio.sleep(0.01 * tried)  # long enough for the winner's commit, about 1 ms
        raise AssertionError  # the loop above returns or raises

    async def probe(self) -> None:
        """Raise `Unavailable` unless Postgres answers."""
        async with self.read() as connection:
            await connection.execute("select 1")

    def stats(self) -> dict[str, int]:
        """Sizes and waits of the pool, for the metrics."""
        return self._pool.get_stats()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Tx]:
        try:
            connection = await self._live()
            try:
                yield connection
            finally:
                await self._pool.putconn(connection)
        except psycopg.OperationalError as error:
            self._log.warning("database unavailable", database=self.name, error=_one_line(error))
            raise Unavailable("The database is not reachable or too busy just now.") from error

    async def _live(self) -> Tx:
        """A connection that the server has not closed meanwhile.

        The pool's own check pauses for a second after each dead connection; after a restart all of them are.
        """
        while True:
            connection = await self._pool.getconn()
            if _alive(connection):
                return connection
            await self._pool.putconn(connection)  # which replaces it in the background


def _alive(connection: Tx) -> bool:
    """Whether the socket is still open, for a microsecond: an ended server has written a farewell, then end of file."""
    try:
        connection.pgconn.consume_input()
        connection.pgconn.consume_input()
    except psycopg.OperationalError:
        return False
    return not connection.closed


def _conninfo(url: str, name: str, settings: DatabaseSettings) -> str:
    given = psycopg.conninfo.conninfo_to_dict(url)
    options = " ".join([
        str(given.get("options") or ""),
        f"-c statement_timeout={settings.statement_timeout * 1000:.0f}",
        f"-c lock_timeout={settings.lock_timeout * 1000:.0f}",
        f"-c idle_in_transaction_session_timeout={settings.idle_timeout * 1000:.0f}",
        "-c timezone=UTC",
    ])  # fmt: skip
    chosen: dict[str, Any] = {
        "application_name": f"aisle-{name}",
        "connect_timeout": 3,
        "tcp_user_timeout": 10_000,  # ms until a silent peer counts as gone: a failover is over by then
        "keepalives_idle": 10,
    }
    return psycopg.conninfo.make_conninfo("", **{**chosen, **given, "options": options.strip()})


async def _configure(connection: Tx) -> None:
    connection.news, connection.afterwards = set(), []
    set_json_dumps(msgspec.json.encode, connection)
    set_json_loads(msgspec.json.decode, connection)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
