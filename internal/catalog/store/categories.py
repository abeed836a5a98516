"""Categories."""

from __future__ import annotations

import msgspec

from internal.catalog.domain import Category
from internal.platform.postgres import Tx, execute, many, maybe

__all__ = ["add", "after", "category", "delete", "in_use", "keep", "vouch_for"]

_CATEGORY = ", ".join(field.name for field in msgspec.structs.fields(Category))


class _Id(msgspec.Struct, frozen=True):
    id: str


async def add(tx: Tx, new: Category) -> bool:
    """Whether it was added; not if the name is taken."""
    added = await execute(
        tx,
        f"insert into categories ({_CATEGORY}) values (%(id)s, %(name)s, %(version)s, %(created_at)s, %(updated_at)s)"
        " on conflict (name) do nothing",
        msgspec.structs.asdict(new),
    )
    return added == 1


async def keep(tx: Tx, changed: Category) -> None:
    """The category as it is now; `UniqueViolation` if the name is taken."""
    await execute(
        tx,
        "update categories set name = %(name)s, version = %(version)s, updated_at = %(updated_at)s where id = %(id)s",
        msgspec.structs.asdict(changed),
    )


async def category(tx: Tx, category_id: str, *, lock: bool = False) -> Category | None:
    sql = f"select {_CATEGORY} from categories where id = %s{' for update' if lock else ''}"
    return await maybe(tx, Category, sql, [category_id])


async def vouch_for(tx: Tx, category_id: str) -> bool:
    """Whether it is there; until the transaction ends nobody removes it."""
    return bool(await maybe(tx, _Id, "select id from categories where id = %s for key share", [category_id]))


async def after(tx: Tx, position: str, limit: int) -> list[Category]:
    """The next categories, in the order of their names."""
    sql = f"select {_CATEGORY} from categories where name > %s order by name limit %s"
    return await many(tx, Category, sql, [position, limit])


async def in_use(tx: Tx, category_id: str) -> bool:
    """Whether any event is in it."""
    return bool(await maybe(tx, _Id, "select id from events where category_id = %s limit 1", [category_id]))


async def delete(tx: Tx, category_id: str) -> None:
    await execute(tx, "delete from categories where id = %s", [category_id])
