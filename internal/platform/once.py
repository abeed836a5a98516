"""A handler's transaction, under the caller's Idempotency-Key where there is one.

`made = await once.run(database, Event, work)`: `work(tx)` makes the thing and returns it. With a key that was answered
before, `made` is the thing as it was answered then, and `work` is not called. So a handler says what it does once, and
does not know how its caller's answers are kept. `once.apart` is for what is done elsewhere than in this database.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from internal.platform import idempotency
from internal.platform.idempotency import StoredAnswer
from internal.platform.postgres import Database, Tx

__all__ = ["NO_KEY", "Once"]

T = TypeVar("T")

_MADE = 200  # what was made is kept, not what HTTP says of it: the route's status is the same each time


@dataclass(frozen=True, slots=True)
class Once:
    """Whose key, which key, and what makes two requests the same."""

    scope: str
    key: str | None
    mark: bytes

    async def run(self, database: Database, kind: type[T], work: Callable[[Tx], Awaitable[T]]) -> T:
        """What `work` returns, or returned to the first request with this key."""
        if self.key is None:
            return await database.run(work)

        async def produce(tx: Tx) -> StoredAnswer:
            return StoredAnswer(_MADE, {}, msgspec.json.encode(await work(tx)))

        answer = await idempotency.run_within(database, self.scope, self.key, self.mark, produce)
        return msgspec.json.decode(answer.body, type=kind)

    async def apart(self, database: Database, kind: type[T], work: Callable[[], Awaitable[T]], lease: float) -> T:
        """The same for work outside any transaction, which has four fifths of the lease; killed, it is done again."""
        if self.key is None:
            return await work()

        async def produce() -> StoredAnswer:
            return StoredAnswer(_MADE, {}, msgspec.json.encode(await work()))

        answer = await idempotency.run(database, self.scope, self.key, self.mark, produce, lease)
        return msgspec.json.decode(answer.body, type=kind)


NO_KEY = Once("", None, b"")
