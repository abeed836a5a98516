"""The data folder: whose it is, its lock, its secret, and what an earlier run left in it."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import hmac
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog
from structlog.typing import FilteringBoundLogger

from internal.cli.trouble import DataInUse, DataUnusable
from internal.embedded.child import end_leftover

__all__ = ["Folder", "is_ours", "opened", "told"]

_MARK = "aisle.lock"  # says that a folder is ours; locked while somebody uses it
_TOLD = "servers.json"  # where the servers of a running installation are, for the operator's other commands
_ROOM = 500_000_000  # bytes: fresh Postgres, NATS and Valkey take 60 MB, Postgres' log alone may grow by 1 GB later
_LEFTOVERS = 15.0  # seconds for the processes of a killed supervisor: a worker drains for at most 10


@dataclass(frozen=True)
class Folder:
    """A data folder that is locked by this process."""

    path: Path

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    def log(self) -> FilteringBoundLogger:
        """What the supervisor writes down, beside the logs of what it started."""
        self.logs.mkdir(exist_ok=True)
        logger: FilteringBoundLogger = structlog.wrap_logger(
            structlog.WriteLogger((self.logs / "supervisor.log").open("a")),
            processors=[structlog.processors.TimeStamper(fmt="iso"), structlog.processors.JSONRenderer()],
            wrapper_class=structlog.make_filtering_bound_logger("info"),
        )
        return logger

    def password(self, service: str) -> str:
        """The service's password for its database: the same at every start, and nothing to another one's."""
        file = self.path / "secret"
        if not file.exists():
            file.touch(mode=0o600)
            file.write_text(secrets.token_hex(32))
        return hmac.new(file.read_text().encode(), service.encode(), hashlib.sha256).hexdigest()

    @contextmanager
    def telling(self, urls: Mapping[str, str]) -> Iterator[None]:
        """Within it, the operator's other commands find these servers; there are passwords in it."""
        file, new = self.path / _TOLD, self.path / f"{_TOLD}.new"
        new.touch(mode=0o600)
        new.write_text(json.dumps(dict(urls), indent=2))
        new.rename(file)  # whole or not at all
        try:
            yield
        finally:
            file.unlink(missing_ok=True)

    async def end_leftovers(self) -> None:
        """A supervisor killed with -9 took its children with it, but they may be on their way out still."""
        await asyncio.gather(*(end_leftover(file, _LEFTOVERS) for file in self.path.glob("*.pid")))

    def drop(self) -> None:
        """Remove all of it, the mark last, so that what was interrupted can be done again."""
        for entry in self.path.iterdir():
            if entry.name == _MARK:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        (self.path / _MARK).unlink()
        self.path.rmdir()


def is_ours(path: Path) -> bool:
    """Whether the folder bears the mark."""
    return (path / _MARK).is_file()


def told(path: Path) -> dict[str, str]:
    """Where the servers are of the installation that runs on this folder; empty when none does."""
    try:
        urls: dict[str, str] = json.loads((path / _TOLD).read_text())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise DataUnusable(f"{path / _TOLD}: {error}") from error
    return urls


@contextmanager
def opened(path: Path, *, make: bool = True, room: int = _ROOM) -> Iterator[Folder]:
    """The folder, locked; the lock is the process's, so that it ends with it, however that ends."""
    try:
        if make:
            _make(path)
        lock = os.open(path / _MARK, os.O_RDWR | (os.O_CREAT if make else 0), 0o644)
    except OSError as error:
        raise DataUnusable(f"{path}: {error.strerror or error}") from error
    try:
        _lock(path, lock)
        free = shutil.disk_usage(path).free
        if make and free < room:
            raise DataUnusable(f"{path}: no room: {room // 10**6} MB are needed, {free // 10**6} MB are free")
        yield Folder(path)
    finally:
        os.close(lock)


def _make(path: Path) -> None:
    path.mkdir(parents=True, exist_ok=True)
    if not is_ours(path) and any(path.iterdir()):
        # `reset` removes everything in it: that must never be somebody's home
        raise DataUnusable(f"{path} is not empty and not Aisle's; name an empty or a new folder")


def _lock(path: Path, lock: int) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(lock, 20, 0).decode(errors="replace").strip()
        raise DataInUse(
            f"{path} is in use by process {holder or '?'}; stop that first, or name another --data"
        ) from None
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
