"""A supervisor as an operator runs it: a process, its lines, and the processes that it names."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Self

import psutil

PROJECT = Path(__file__).resolve().parents[2]
_PATIENCE = 40.0  # seconds: a first start takes 3, and the machine may be busy with other tests


def eventually(true: Callable[[], object], patience: float = _PATIENCE) -> None:
    """Returns once it is true."""
    give_up = time.monotonic() + patience
    while not true():
        assert time.monotonic() < give_up, f"not true within {patience} s"
        time.sleep(0.02)


def lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class Launched:
    """`with`, so that a failed test leaves nothing behind either."""

    def __init__(self, data: Path, port: int, module: str = "tests.cli.installation", **environment: str) -> None:
        self.port, self.data = port, data
        own = {name: value for name, value in os.environ.items() if not name.startswith("AISLE_")}
        own |= {"AISLE_PORT": str(port), "AISLE_DATA": str(data), "AISLE_WORKERS": "2", "PYTHONPATH": str(PROJECT)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", *module.split()],
            cwd=PROJECT,
            env=own | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines: list[str] = []
        self.family: set[int] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.communicate(timeout=_PATIENCE)

    def opened(self) -> Launched:
        """Returns once it says that it is open."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())
            if line.startswith("Aisle is open"):
                self.family = {child.pid for child in psutil.Process(self.process.pid).children(recursive=True)}
                return self
        raise AssertionError(f"{self.lines} {self.process.communicate()}")

    def pid_of(self, name: str) -> int:
        """As its table says."""
        for line in self.lines:
            row = re.split(r" {2,}", line)
            if row[0] == name and len(row) >= 3:
                return int(row[2])
        raise AssertionError(f"{name} is not in {self.lines}")

    def says(self, expected: str) -> None:
        """Returns once a line holds these words."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())
            if expected in line:
                return
        raise AssertionError(f"never said {expected!r}: {self.lines}")

    def get(self, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            text: str = answer.read().decode()
            return text

    def told(self, by: signal.Signals) -> int:
        """Its exit code after this signal."""
        self.process.send_signal(by)
        self.process.communicate(timeout=_PATIENCE)
        return self.process.returncode

    def refused(self) -> tuple[int, str]:
        """Its exit code and all that it said on stderr."""
        _, errors = self.process.communicate(timeout=_PATIENCE)
        return self.process.returncode, errors.strip()

    def left(self) -> set[int]:
        return {pid for pid in self.family if lives(pid)}


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0
