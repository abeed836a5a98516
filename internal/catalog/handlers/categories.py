"""Categories: read by everybody, written by whoever runs the system; the route sees to that."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from internal.catalog import domain
from internal.catalog.domain import Category
from internal.catalog.faults import CategoryInUse, CategoryTaken, CategoryUnknown
from internal.catalog.store import categories as store
from internal.platform.ids import is_id, new_id
from internal.platform.once import Once
from internal.platform.postgres import Database, Tx, UniqueViolation

__all__ = ["Categories"]


class Categories:
    """They belong to nobody's organisation, so that buyers find the same ones everywhere."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def add(self, name: str, once: Once) -> Category:
        """A new one."""
        now = self._clock()
        new = Category(id=new_id("category"), name=name, created_at=now, updated_at=now)

        async def work(tx: Tx) -> Category:
            if not await store.add(tx, new):
                raise CategoryTaken
            return new

        return await once.run(self._database, Category, work)

    async def after(self, position: str, limit: int) -> list[Category]:
        """The next ones in the order of their names."""
        async with self._database.read() as tx:
            return await store.after(tx, position, limit)

    async def get(self, category_id: str) -> Category:
        """One of them."""
        async with self._database.read() as tx:
            return await _found(tx, category_id)

    async def rename(self, category_id: str, name: str, expected: int | None) -> Category:
        """Give it another name."""
        try:
            async with self._database.transaction() as tx:
                found = await _found(tx, category_id, lock=True)
                domain.require_version(found, expected)
                renamed = msgspec.structs.replace(found, name=name, version=found.version + 1, updated_at=self._clock())
                await store.keep(tx, renamed)
        except UniqueViolation:
            raise CategoryTaken from None
        return renamed

    async def remove(self, category_id: str, expected: int | None) -> None:
        """Take one away that no event is in."""
        async with self._database.transaction() as tx:
            domain.require_version(await _found(tx, category_id, lock=True), expected)
            if await store.in_use(tx, category_id):
                raise CategoryInUse
            await store.delete(tx, category_id)


async def _found(tx: Tx, category_id: str, *, lock: bool = False) -> Category:
    found = await store.category(tx, category_id, lock=lock) if is_id("category", category_id) else None
    if found is None:
        raise CategoryUnknown
    return found
