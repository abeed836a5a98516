from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil

from internal.embedded.child import Child, end_leftover
from tests.cli.launched import PROJECT, eventually, lives

_STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
)
_PARENT = """
import asyncio, sys, time
from pathlib import Path
import structlog
from internal.embedded import embedded

async def main():
    async with embedded(Path(sys.argv[1]), structlog.get_logger()) as servers:
        print(servers.nats.pid, servers.valkey.pid, servers.postgres.pid, flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


def _stubborn(folder: Path) -> Child:
    child = Child.spawn([sys.executable, "-c", _STUBBORN], folder / "log", folder / "pid", signal.SIGKILL)
    eventually((folder / "log").read_bytes)
    return child


async def test_stop_kills_who_does_not_listen(tmp_path: Path) -> None:
    """A child that ignores the signal is killed after the deadline, and its pid file is gone."""
    child = _stubborn(tmp_path)
    assert not await child.stop(signal.SIGTERM, deadline=0.05)
    assert not child.alive()
    assert not (tmp_path / "pid").exists()


async def test_stop_twice_does_nothing(tmp_path: Path) -> None:
    """The second stop finds it gone."""
    child = Child.spawn(["sleep", "60"], tmp_path / "log", tmp_path / "pid", signal.SIGKILL)
    assert await child.stop(signal.SIGTERM, deadline=5)
    assert await child.stop(signal.SIGTERM, deadline=5)


async def test_leftover_is_ended(tmp_path: Path) -> None:
    """What a pid file names and started when it says is told to end, and is gone afterwards."""
    child = Child.spawn(["sleep", "60"], tmp_path / "log", tmp_path / "pid", signal.SIGKILL)
    ending = asyncio.create_task(end_leftover(tmp_path / "pid", 5))
    while not ending.done():  # our own child must be waited for, or it stays as a zombie
        child.alive()
        await asyncio.sleep(0.01)
    assert not child.alive()
    assert not (tmp_path / "pid").exists()


def test_reused_pid_is_left_alone(tmp_path: Path) -> None:
    """A pid that another process has by now is not touched: its start time differs."""
    other = subprocess.Popen(["sleep", "60"])
    try:
        (tmp_path / "pid").write_text(f"{other.pid} {psutil.Process(other.pid).create_time() - 100}")
        asyncio.run(end_leftover(tmp_path / "pid", 5))
        assert lives(other.pid)
    finally:
        other.kill()
        other.wait()


def test_children_die_with_a_killed_parent(tmp_path: Path) -> None:
    """After kill -9 of the process that started the servers, none of them lives on."""
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
    )
    assert parent.stdout is not None
    pids: list[int] = []
    for line in parent.stdout:
        if line.replace(" ", "").strip().isdigit():
            pids = [int(pid) for pid in line.split()]
            break
    assert len(pids) == 3
    parent.kill()
    parent.communicate()
    eventually(lambda: not any(lives(pid) for pid in pids))
