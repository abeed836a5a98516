"""A child process that does not outlive its parent, and that the next start finds when it did.

`prctl(PR_SET_PDEATHSIG)` makes Linux send the child a signal when the thread that forked it ends. It is set between
fork and exec; a change of user clears it, so Postgres under root sets it once more through setpriv (`postgres.py`).
"""
# ruff: noqa: ASYNC110, ASYNC240 - a process has no event to wait for on every system; a pid file is read in microseconds

from __future__ import annotations

import asyncio
import ctypes
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

__all__ = ["Child", "end_leftover"]

_PR_SET_PDEATHSIG = 1
_LOOK_EVERY = 0.02
_LOG_LIMIT = 10_000_000  # bytes of a log that is carried on; a longer one is put aside, so that two are kept at most
_TELLING = re.compile(r"fatal|error|fail|can't|cannot|denied|in use|no space|panic|\[ftl\]|\[err\]", re.IGNORECASE)


@dataclass
class Child:
    """A running command, its log and its pid file."""

    process: subprocess.Popen[bytes]
    log_file: Path
    log_from: int
    pid_file: Path
    family: list[psutil.Process] = field(default_factory=list)

    @classmethod
    def spawn(
        cls,
        command: Sequence[str],
        log_file: Path,
        pid_file: Path,
        on_orphaned: signal.Signals,
        environment: Mapping[str, str] | None = None,
        sockets: Sequence[int] = (),
    ) -> Child:
        """Start it in a session of its own, so that Ctrl-C reaches the parent alone, which then stops it in order."""
        if log_file.exists() and log_file.stat().st_size > _LOG_LIMIT:
            log_file.replace(log_file.with_suffix(".log.old"))
        with log_file.open("ab") as log:
            log_from = log.tell()
            process = subprocess.Popen(  # noqa: S603 - the command is ours
                list(command),
                env=environment,
                pass_fds=sockets,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_tied_to_parent(on_orphaned),  # noqa: PLW1509 - two system calls, no Python lock is taken
            )
        pid_file.write_text(f"{process.pid} {psutil.Process(process.pid).create_time()}\n")
        return cls(process, log_file, log_from, pid_file)

    @property
    def pid(self) -> int:
        return self.process.pid

    def alive(self) -> bool:
        return self.process.poll() is None

    async def stop(self, by: signal.Signals, deadline: float) -> bool:
        """Whether it ended by itself within the deadline; it has ended in any case."""
        self.family = _family(self.pid)
        if self.alive():
            self.process.send_signal(by)
        willing = await self._gone(deadline)
        if not willing:
            await self.kill()
        self.pid_file.unlink(missing_ok=True)
        return willing

    async def kill(self) -> None:
        """Kill -9, and wait for what it started: Postgres' backends see the death of their parent by themselves."""
        self.family = _family(self.pid)
        if self.alive():
            self.process.kill()
        if not await self._gone(2.0):
            for process in self.family:
                process.kill()
            await self._gone(2.0)

    def last_words(self) -> str:
        """The line of its log that says why it ended: the first that tells of trouble, or the last."""
        lines = self._lines()
        return next((line for line in lines if _TELLING.search(line)), self.last_line())

    def last_line(self) -> str:
        """The end of its log, where Python says why."""
        return (self._lines() or [f"ended with status {self.process.returncode}"])[-1]

    def _lines(self) -> list[str]:
        with self.log_file.open("rb") as log:
            log.seek(self.log_from)
            return [line.strip() for line in log.read().decode(errors="replace").splitlines() if line.strip()]

    async def _gone(self, deadline: float) -> bool:
        try:
            async with asyncio.timeout(deadline):
                while self.alive() or any(_lives(process) for process in self.family):
                    await asyncio.sleep(_LOOK_EVERY)
        except TimeoutError:
            return False
        return True


async def end_leftover(pid_file: Path, deadline: float) -> None:
    """End what an earlier run left: it is told to stop if nobody did, and killed after the deadline.

    SIGINT, because all of them end on it, and Postgres waits for its clients on SIGTERM.
    """
    try:
        pid, created = pid_file.read_text().split()
        process = psutil.Process(int(pid))
        same = abs(process.create_time() - float(created)) < 1.0  # a pid is used again, a pid with a start time is not
    except (OSError, ValueError, psutil.NoSuchProcess):
        same = False
    if same and process.pid != os.getpid():
        process.send_signal(signal.SIGINT)
        try:
            async with asyncio.timeout(deadline):
                while _lives(process):
                    await asyncio.sleep(_LOOK_EVERY)
        except TimeoutError:
            process.kill()
            process.wait(deadline)
    pid_file.unlink(missing_ok=True)


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _family(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _tied_to_parent(by: signal.Signals) -> Callable[[], None] | None:
    """What runs between fork and exec; everything it needs is loaded before the fork."""
    if sys.platform != "linux":
        return None
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def tie() -> None:
        prctl(_PR_SET_PDEATHSIG, int(by))
        if os.getppid() != parent:  # it died before the tie was made
            os._exit(1)

    return tie
