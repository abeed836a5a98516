"""The public keys that tokens are checked with, as auth publishes them, kept here."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from time import time

from internal.platform.faults import Unavailable
from internal.platform.rs256 import KeyLike, PublicKey, WeakKey

__all__ = ["KeySource"]

_CALM = 5.0  # seconds between fetches for unknown keys: forged kids cost auth one request in that time, not one each
_SOON = 0.25  # seconds until auth is asked again when it did not answer; who shows a token meanwhile waits for that


class KeySource:
    """The keys that auth publishes, kept here; fetched on an interval, and when a token names one not seen yet."""

    def __init__(
        self,
        fetch: Callable[[], Awaitable[Iterable[KeyLike]]],
        *,
        clock: Callable[[], float] = time,
        calm: float = _CALM,
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._calm = calm
        self._keys: dict[str, PublicKey] = {}
        self._tried = -calm
        self._failed = True
        self._asked = 0
        self._lock = asyncio.Lock()

    def find(self, kid: str) -> PublicKey | None:
        """The key of this name, if it is here."""
        return self._keys.get(kid)

    async def ensure(self, kid: str) -> PublicKey | None:
        """The key of this name, asked for if it is not here; `Unavailable` if auth could not be asked."""
        if (key := self._keys.get(kid)) is not None:
            return key
        asked_before = self._asked
        async with self._lock:
            if kid not in self._keys and self._asked == asked_before:  # else it was asked while this one waited
                await self._ask_again()
        if kid not in self._keys and self._failed:
            raise Unavailable("The keys that tokens are checked with cannot be fetched just now.")
        return self._keys.get(kid)

    async def _ask_again(self) -> None:
        since = abs(self._clock() - self._tried)
        if self._failed:
            await asyncio.sleep(max(0.0, _SOON - since))
            await self._refresh()
        elif since >= self._calm:
            await self._refresh()

    async def run_once(self) -> int:
        """The step of the loop that keeps the keys fresh. Never "more to do", so it waits its interval."""
        async with self._lock:
            await self._refresh()
        return 0

    async def _refresh(self) -> None:
        self._tried, self._failed = self._clock(), True
        self._asked += 1
        self._keys = {key.kid: key for key in _usable(await self._fetch())}
        self._failed = False


def _usable(keys: Iterable[KeyLike]) -> Iterable[PublicKey]:
    """A weak key among them is left out: a token that names it is then signed with an unknown key."""
    for key in keys:
        try:
            yield PublicKey.of(key)
        except WeakKey:
            continue
