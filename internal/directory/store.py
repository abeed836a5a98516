"""What directory remembers: organisations and roles. Every line of its SQL."""

from __future__ import annotations

from datetime import datetime

import msgspec

from internal.directory.domain import Member, Organization
from internal.platform.postgres import Tx, execute, many, maybe, one
from internal.platform.roles import Role

__all__ = [
    "add_organization",
    "delete_organization",
    "first_run_by",
    "members_after",
    "organization",
    "organizations_after",
    "owners",
    "rename",
    "revoke",
    "role_of",
    "roles_of_user",
    "set_role",
    "turn_of",
]

_ORGANIZATION = "id, name, created_at, updated_at"
_MEMBER = "organization_id, user_id, role, since"


class _Role(msgspec.Struct, frozen=True):
    role: Role


class _Id(msgspec.Struct, frozen=True):
    id: str


class _Count(msgspec.Struct, frozen=True):
    count: int


async def add_organization(tx: Tx, new: Organization) -> None:
    await execute(
        tx,
        f"insert into organizations ({_ORGANIZATION}) values (%s, %s, %s, %s)",
        [new.id, new.name, new.created_at, new.updated_at],
    )


async def organization(tx: Tx, organization_id: str, *, lock: bool = False) -> Organization | None:
    """One organisation; locked, so that changes of its members take turns."""
    return await maybe(
        tx,
        Organization,
        f"select {_ORGANIZATION} from organizations where id = %s{' for update' if lock else ''}",
        [organization_id],
    )


async def organizations_after(tx: Tx, user_id: str | None, position: str, limit: int) -> list[Organization]:
    """The next organisations that this user is a member of; of None, all of them."""
    return await many(
        tx,
        Organization,
        f"select {_ORGANIZATION} from organizations where id > %(position)s"
        " and (%(user)s::text is null or id in (select organization_id from user_roles where user_id = %(user)s))"
        " order by id limit %(limit)s",
        {"user": user_id, "position": position, "limit": limit},
    )


async def rename(tx: Tx, organization_id: str, name: str, now: datetime) -> Organization:
    return await one(
        tx,
        Organization,
        f"update organizations set name = %s, updated_at = %s where id = %s returning {_ORGANIZATION}",
        [name, now, organization_id],
    )


async def delete_organization(tx: Tx, organization_id: str) -> None:
    await execute(tx, "delete from organizations where id = %s", [organization_id])


async def role_of(tx: Tx, user_id: str, organization_id: str) -> Role | None:
    found = await maybe(
        tx,
        _Role,
        "select role from user_roles where organization_id = %s and user_id = %s",
        [organization_id, user_id],
    )
    return found.role if found else None


async def turn_of(tx: Tx, user_id: str) -> None:
    """Wait until nobody else decides where this user organises; it ends with the transaction."""
    await tx.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"organizes {user_id}"])


async def first_run_by(tx: Tx, user_id: str) -> str | None:
    """The organisation that this user has been staff or owner of for the longest time."""
    found = await maybe(
        tx,
        _Id,
        "select organization_id as id from user_roles where user_id = %s and role in ('staff', 'owner')"
        " order by since, organization_id limit 1",
        [user_id],
    )
    return found.id if found else None


async def roles_of_user(tx: Tx, user_id: str) -> list[Member]:
    """Every role that this user has, locked."""
    return await many(tx, Member, f"select {_MEMBER} from user_roles where user_id = %s for update", [user_id])


async def members_after(tx: Tx, organization_id: str, position: str, limit: int) -> list[Member]:
    return await many(
        tx,
        Member,
        f"select {_MEMBER} from user_roles where organization_id = %s and user_id > %s order by user_id limit %s",
        [organization_id, position, limit],
    )


async def owners(tx: Tx, organization_id: str) -> int:
    """How many owners there are; lock the organisation first."""
    counted = await one(
        tx,
        _Count,
        "select count(*) as count from user_roles where organization_id = %s and role = 'owner'",
        [organization_id],
    )
    return counted.count


async def set_role(tx: Tx, member: Member) -> Member:
    """This role and no other; who had one before is a member since then."""
    return await one(
        tx,
        Member,
        f"insert into user_roles as known ({_MEMBER}) values (%s, %s, %s, %s)"
        f" on conflict (organization_id, user_id) do update set role = excluded.role returning {_MEMBER}",
        [member.organization_id, member.user_id, member.role.value, member.since],
    )


async def revoke(tx: Tx, organization_id: str, user_id: str) -> None:
    await execute(tx, "delete from user_roles where organization_id = %s and user_id = %s", [organization_id, user_id])
