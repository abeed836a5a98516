"""What seatmap remembers: venues, layouts by hash, and which venue has had which. Every line of its SQL."""

from __future__ import annotations

from datetime import datetime

import msgspec

from internal.platform.postgres import Tx, execute, many, maybe, one
from internal.seatmap.domain import Venue
from internal.seatmap.shelf import Packed

__all__ = [
    "add_layout",
    "add_venue",
    "change_venue",
    "delete_venue",
    "layout",
    "set_layout",
    "venue",
    "venue_of_layout",
    "venue_of_request",
    "venues_after",
]

_VENUE = "id, organization_id, name, city, country, layout_hash, places, version, created_at, updated_at"


class _Id(msgspec.Struct, frozen=True):
    id: str


async def add_venue(tx: Tx, new: Venue, request_key: str | None = None) -> bool:
    """Whether it was added; not if this organisation's request was answered before."""
    added = await execute(
        tx,
        f"insert into venues ({_VENUE}, request_key) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " on conflict (organization_id, request_key) do nothing",
        [*msgspec.structs.astuple(new), request_key],
    )
    return added == 1


async def venue(tx: Tx, venue_id: str, *, lock: bool = False) -> Venue | None:
    """One venue; locked, so that changes of its layout take turns."""
    return await maybe(
        tx,
        Venue,
        f"select {_VENUE} from venues where id = %s{' for update' if lock else ''}",
        [venue_id],
    )


async def venue_of_request(tx: Tx, organization_id: str, request_key: str) -> Venue | None:
    """What this request made when it came first."""
    return await maybe(
        tx,
        Venue,
        f"select {_VENUE} from venues where organization_id = %s and request_key = %s",
        [organization_id, request_key],
    )


async def venues_after(tx: Tx, organization_id: str, position: str, limit: int) -> list[Venue]:
    """The organisation's next venues."""
    return await many(
        tx,
        Venue,
        f"select {_VENUE} from venues where organization_id = %s and id > %s order by id limit %s",
        [organization_id, position, limit],
    )


async def change_venue(tx: Tx, changed: Venue) -> None:
    """Its name and where it is."""
    await execute(
        tx,
        "update venues set name = %s, city = %s, country = %s, updated_at = %s where id = %s",
        [changed.name, changed.city, changed.country, changed.updated_at, changed.id],
    )


async def delete_venue(tx: Tx, venue_id: str) -> None:
    """The venue; its layouts stay."""
    await execute(tx, "delete from venues where id = %s", [venue_id])


async def add_layout(tx: Tx, new: Packed, now: datetime) -> None:
    """The same layout twice is one."""
    await execute(
        tx,
        "insert into layouts (hash, body, places, created_at) values (%s, %s, %s, %s) on conflict do nothing",
        [new.hash, new.body, new.places, now],
    )


async def layout(tx: Tx, layout_hash: str) -> Packed | None:
    return await maybe(tx, Packed, "select hash, body, places from layouts where hash = %s", [layout_hash])


async def set_layout(tx: Tx, venue_id: str, new: Packed, now: datetime) -> Venue:
    """The venue has this layout from now on."""
    changed = await one(
        tx,
        Venue,
        "update venues set layout_hash = %s, places = %s, version = version + 1, updated_at = %s"
        f" where id = %s returning {_VENUE}",
        [new.hash, new.places, now, venue_id],
    )
    await execute(
        tx,
        "insert into venue_layouts (layout_hash, venue_id, version, since) values (%s, %s, %s, %s)",
        [new.hash, venue_id, changed.version, now],
    )
    return changed


async def venue_of_layout(tx: Tx, layout_hash: str) -> str | None:
    """The venue that had this layout first."""
    found = await maybe(
        tx,
        _Id,
        "select venue_id as id from venue_layouts where layout_hash = %s order by since, venue_id limit 1",
        [layout_hash],
    )
    return found.id if found else None
