"""Passwords are hashed on threads of their own, a few at once, so that the loop goes on selling seats meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from secrets import token_urlsafe
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from internal.auth.config import AuthSettings
from internal.platform.faults import Unavailable

__all__ = ["Passwords", "TooManyLogins"]

T = TypeVar("T")


class TooManyLogins(Unavailable):
    """Too many people are logging in at this moment; try again in a second."""


class Passwords:
    """Argon2id. What it is asked beyond its capacity is refused at once rather than queued without end."""

    def __init__(self, settings: AuthSettings) -> None:
        self._hasher = PasswordHasher(
            time_cost=settings.argon2_passes, memory_cost=settings.argon2_memory_kib, parallelism=1
        )
        self._nobody = self._hasher.hash(token_urlsafe())
        self._threads = ThreadPoolExecutor(settings.hashers, "argon2")
        self._room = settings.hashers + settings.hashes_waiting
        self._taken = 0

    async def hash(self, password: str) -> str:
        """The password as it is kept."""
        return await self._work(partial(self._hasher.hash, password))

    async def matches(self, kept: str | None, password: str) -> bool:
        """Whether it is this password. Where there is none (no such user) the same work is done for nothing."""
        return await self._work(partial(self._verify, kept or self._nobody, password)) and kept is not None

    def outdated(self, kept: str) -> bool:
        """Whether it was hashed with other parameters than are chosen now."""
        return self._hasher.check_needs_rehash(kept)

    def _verify(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (Argon2Error, InvalidHashError):
            return False

    async def _work(self, work: Callable[[], T]) -> T:
        if self._taken >= self._room:
            raise TooManyLogins
        self._taken += 1
        done = asyncio.get_running_loop().run_in_executor(self._threads, work)
        done.add_done_callback(self._leave)
        return await asyncio.shield(done)  # a caller who goes away leaves a thread at work: its place is not free yet

    def _leave(self, _: object) -> None:
        self._taken -= 1
