from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import psutil
import pytest

from internal.embedded.server import free_port
from tests.cli.launched import Launched, eventually, lives, port_is_free
from tests.conftest import Addresses


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_up_serves_until_it_is_told_to_stop(tmp_path: Path, by: signal.Signals) -> None:
    """Every worker answers on the one port, and a signal leaves no process, no port and no lock behind."""
    with Launched(tmp_path / "data", free_port()) as up:
        up.opened()
        assert {up.pid_of(name) for name in ("nats-server", "valkey", "postgres")} <= up.family
        answering = {up.get("/").split()[0] for _ in range(60)}
        assert answering == {str(up.pid_of("worker 1")), str(up.pid_of("worker 2"))}
        assert f"demo: seeded through http://localhost:{up.port}" in "\n".join(up.lines)
        assert "Look around" in up.lines
        assert up.told(by) == 0
        assert not up.left()
        assert port_is_free(up.port)
        assert not list((tmp_path / "data").glob("*.pid"))
    with Launched(tmp_path / "data", up.port, "internal.cli reset") as reset:
        assert reset.refused() == (0, "")
    assert not (tmp_path / "data").exists()


def test_the_other_commands_find_its_servers_by_its_folder(tmp_path: Path) -> None:
    """While it runs, and no longer."""
    with Launched(tmp_path, free_port()) as up:
        up.opened()
        assert (tmp_path / "servers.json").stat().st_mode & 0o777 == 0o600
        with Launched(tmp_path, up.port, "internal.cli dlq list") as listing:
            said, errors = listing.process.communicate(timeout=40)
            assert (listing.process.returncode, said.splitlines()[-1:], errors) == (0, ["0 dead letters"], "")
        assert up.told(signal.SIGTERM) == 0
    with Launched(tmp_path, free_port(), "internal.cli dlq list") as listing:
        code, said = listing.refused()
        assert (code, said.splitlines()[0][:36]) == (2, "aisle: nothing runs on this folder a")


def test_second_up_keeps_the_data_and_kill_leaves_no_child(tmp_path: Path) -> None:
    """After kill -9 of the supervisor its children die, and an `up` at once finds the folder free, the data whole."""
    with Launched(tmp_path, free_port()) as first:
        assert first.opened().get("/mark") == "1"
        first.process.kill()
        first.process.communicate()
        with Launched(tmp_path, first.port) as second:
            assert second.opened().get("/mark") == "2"
            assert not first.left()


@pytest.mark.parametrize("name", ["worker 1", "valkey", "nats-server", "postgres"])
def test_what_dies_comes_back(tmp_path: Path, name: str) -> None:
    """A server or worker that is killed is started again, on the same port and with its data."""
    with Launched(tmp_path, free_port()) as up:
        assert up.opened().get("/mark") == "1"
        os.kill(up.pid_of(name), signal.SIGKILL)
        up.says(f"{name} is back")
        assert up.get("/mark") == "2"


def test_connections_wait_for_the_worker_that_takes_over(tmp_path: Path) -> None:
    """No connection is refused while a worker is away: its queue is the supervisor's."""
    with Launched(tmp_path, free_port(), AISLE_WORKERS="1") as up:
        os.kill(up.opened().pid_of("worker 1"), signal.SIGKILL)
        eventually(lambda: not lives(up.pid_of("worker 1")))
        assert up.get("/").split()[0] != str(up.pid_of("worker 1"))


def test_two_run_side_by_side_but_not_on_one_folder(tmp_path: Path) -> None:
    """Two installations need two folders and two ports; `reset` and `up` refuse a folder in use."""
    with Launched(tmp_path / "one", free_port()) as one, Launched(tmp_path / "two", free_port()) as two:
        assert one.opened().get("/mark") == "1"
        assert two.opened().get("/mark") == "1"
        in_use = f"aisle: {tmp_path / 'one'} is in use by process {one.process.pid}"
        for module in ("tests.cli.installation", "internal.cli reset", "internal.cli migrate"):
            with Launched(tmp_path / "one", free_port(), module) as third:
                code, said = third.refused()
                assert (code, said.partition(";")[0]) == (5, in_use)
        assert one.get("/mark") == "2"


def test_port_in_use_is_one_line(tmp_path: Path) -> None:
    """A port in use: one line, its exit code, and nothing started."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with Launched(tmp_path, port) as up:
            assert up.refused() == (3, f"aisle: port {port} is in use; choose another with --port or AISLE_PORT")
    assert not list(tmp_path.glob("*.pid"))


@pytest.mark.parametrize(
    ("environment", "code", "line"),
    [
        ({"AISLE_NATS_URL": "http://localhost:1"}, 2, "aisle: AISLE_NATS_URL must be of the form nats://host:port"),
        ({"AISLE_REDIS_URL": "redis://127.0.0.1:x"}, 2, "aisle: AISLE_REDIS_URL: Port could not be cast"),
        ({"AISLE_NATS_URL": "nats://127.0.0.1:1"}, 6, "aisle: AISLE_NATS_URL: nobody answers at 127.0.0.1:1"),
        ({"AISLE_DATABASE_URL": "postgresql://127.0.0.1:1/x"}, 6, "aisle: AISLE_DATABASE_URL: connection failed"),
        ({"AISLE_DATA": "/dev/null/x"}, 4, "aisle: /dev/null/x: Not a directory"),
        ({"AISLE_DATA": "/usr"}, 4, "aisle: /usr is not empty and not Aisle's"),
        ({"AISLE_PORT": "x"}, 2, "aisle: AISLE_PORT='x': Expected `int`"),
        ({"AISLE_WORKERS": "0"}, 2, "aisle: AISLE_WORKERS='0': Expected `int` >= 1"),
    ],
)
def test_wrong_settings_are_one_line(tmp_path: Path, environment: dict[str, str], code: int, line: str) -> None:
    """What cannot work is said in one line, with an exit code and no traceback."""
    with Launched(tmp_path, free_port(), **environment) as up:
        ended, said = up.refused()
    assert (ended, len(said.splitlines())) == (code, 1), said
    assert said.startswith(line)


def test_worker_that_cannot_start_ends_the_start(tmp_path: Path) -> None:
    """The line says why, and the servers that ran already are stopped again."""
    with Launched(tmp_path, free_port(), TEST_WORKER_FAILS="1") as up:
        code, said = up.refused()
    assert code == 7
    assert "SeatsMissing: the worker cannot start" in said
    assert len(said.splitlines()) == 1
    assert not list(tmp_path.glob("*.pid"))


@pytest.mark.parametrize("reached", ["nats-server.pid", "postgres.new", "postgres.pid", "worker-1.pid"])
def test_stopped_while_it_starts(tmp_path: Path, reached: str) -> None:
    """A signal in the middle of the first start stops what was started, and the next `up` begins where it was left."""
    with Launched(tmp_path, free_port()) as first:
        eventually((tmp_path / reached).exists)
        family = {child.pid for child in psutil.Process(first.process.pid).children(recursive=True)}
        first.process.send_signal(signal.SIGTERM)
        assert first.told(signal.SIGINT) == 0
        assert not [pid for pid in family if lives(pid)]
        assert not list(tmp_path.glob("*.pid"))
    with Launched(tmp_path, first.port) as second:
        assert second.opened().get("/mark") == "1"


def test_given_servers_are_used_and_left_alone(tmp_path: Path, servers: Addresses) -> None:
    """With all three URLs given only workers are started, and the servers outlive them."""
    given = {
        "AISLE_NATS_URL": servers.nats_url,
        "AISLE_REDIS_URL": servers.redis_url,
        "AISLE_DATABASE_URL": servers.database_url,
    }
    with Launched(tmp_path, free_port(), TEST_SERVICE="given", **given) as up:
        assert len(up.opened().family) == 2
        assert up.told(signal.SIGTERM) == 0
    with Launched(tmp_path, free_port(), TEST_SERVICE="given", **given) as again:
        assert "databases: 1 services, 0 migrations applied" in "\n".join(again.opened().lines)
