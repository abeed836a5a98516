"""What people do with organisations and their members. Each method is one use case in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from internal.directory import store
from internal.directory.domain import (
    Member,
    NotAMember,
    Organization,
    OrganizationUnknown,
    require_member,
    require_owner_remains,
    require_role,
)
from internal.platform import outbox
from internal.platform.ids import is_id, new_id
from internal.platform.postgres import Database, Tx
from internal.platform.roles import Role
from internal.platform.tokens import Principal
from proto.directory import (
    EnsureOrganization,
    GetRole,
    OrganizationCreated,
    OrganizationDeleted,
    OrganizationUpdated,
    OwnOrganization,
    RoleGranted,
    RoleOf,
    RoleRevoked,
)

__all__ = ["Organizations"]


class Organizations:
    """Every call but the first names an organisation, and is checked against the caller's role in that one."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def add(self, principal: Principal, name: str) -> Organization:
        """A new organisation; who makes it owns it."""
        require_member(principal)
        async with self._database.transaction() as tx:
            return await self._add(tx, principal.user_id, name)

    async def ensure(self, asked: EnsureOrganization) -> OwnOrganization:
        """The first organisation that this user runs, or a new one: for who organises without thinking of that."""
        async with self._database.transaction() as tx:
            await store.turn_of(tx, asked.user_id)
            found = await store.first_run_by(tx, asked.user_id)
            return OwnOrganization(organization_id=found or (await self._add(tx, asked.user_id, asked.name)).id)

    async def _add(self, tx: Tx, user_id: str, name: str) -> Organization:
        now = self._clock()
        made = Organization(id=new_id("org"), name=name, created_at=now, updated_at=now)
        owner = Member(organization_id=made.id, user_id=user_id, role=Role.OWNER, since=now)
        await store.add_organization(tx, made)
        await store.set_role(tx, owner)
        await outbox.add(tx, OrganizationCreated(organization_id=made.id, name=made.name))
        await outbox.add(tx, _granted(owner))
        return made

    async def after(self, principal: Principal, position: str, limit: int) -> list[Organization]:
        """Those that one is a member of; an administrator sees all."""
        async with self._database.read() as tx:
            whose = None if principal.is_admin else principal.user_id
            return await store.organizations_after(tx, whose, position, limit)

    async def get(self, principal: Principal, organization_id: str) -> Organization:
        """One of them, for its members."""
        async with self._database.read() as tx:
            return await self._entered(tx, principal, organization_id, Role.CUSTOMER)

    async def rename(self, principal: Principal, organization_id: str, name: str) -> Organization:
        """Give it another name. For owners."""
        async with self._database.transaction() as tx:
            await self._entered(tx, principal, organization_id, Role.OWNER, lock=True)
            renamed = await store.rename(tx, organization_id, name, self._clock())
            await outbox.add(tx, OrganizationUpdated(organization_id=organization_id, name=name))
        return renamed

    async def remove(self, principal: Principal, organization_id: str) -> None:
        """Give it up, with all roles in it. For owners."""
        async with self._database.transaction() as tx:
            await self._entered(tx, principal, organization_id, Role.OWNER, lock=True)
            await store.delete_organization(tx, organization_id)
            await outbox.add(tx, OrganizationDeleted(organization_id=organization_id))

    async def members_after(
        self, principal: Principal, organization_id: str, position: str, limit: int
    ) -> list[Member]:
        """Who has a role in it. For staff."""
        async with self._database.read() as tx:
            await self._entered(tx, principal, organization_id, Role.STAFF)
            return await store.members_after(tx, organization_id, position, limit)

    async def require_owner(self, principal: Principal, organization_id: str) -> None:
        """Nothing, or a fault."""
        async with self._database.read() as tx:
            await self._entered(tx, principal, organization_id, Role.OWNER)

    async def set_role(self, principal: Principal, organization_id: str, user_id: str, role: Role) -> Member:
        """Make somebody a member, or give a member another role. For owners."""
        wanted = Member(organization_id=organization_id, user_id=user_id, role=role, since=self._clock())
        async with self._database.transaction() as tx:
            await self._entered(tx, principal, organization_id, Role.OWNER, lock=True)
            before = await store.role_of(tx, user_id, organization_id)
            require_owner_remains(before, role, await store.owners(tx, organization_id))
            member = await store.set_role(tx, wanted)
            if before is not role:
                await outbox.add(tx, _granted(member))
        return member

    async def revoke(self, principal: Principal, organization_id: str, user_id: str) -> None:
        """End a membership: owners anybody's, everybody their own."""
        needed = Role.CUSTOMER if user_id == principal.user_id else Role.OWNER
        async with self._database.transaction() as tx:
            await self._entered(tx, principal, organization_id, needed, lock=True)
            before = await store.role_of(tx, user_id, organization_id)
            if before is None:
                raise NotAMember
            require_owner_remains(before, None, await store.owners(tx, organization_id))
            await store.revoke(tx, organization_id, user_id)
            await outbox.add(tx, RoleRevoked(organization_id=organization_id, user_id=user_id))

    async def role(self, asked: GetRole) -> RoleOf:
        """What may this user do for this organisation? Asked by the other services."""
        async with self._database.read() as tx:
            role = await store.role_of(tx, asked.user_id, asked.organization_id)
        return RoleOf(role=role.value if role else None)

    async def forget(self, tx: Tx, user_id: str) -> None:
        """An account is gone, and with it all its roles, even a last owner's: nobody could use that one any more."""
        for member in await store.roles_of_user(tx, user_id):
            await store.revoke(tx, member.organization_id, user_id)
            await outbox.add(tx, RoleRevoked(organization_id=member.organization_id, user_id=user_id))

    async def _entered(
        self, tx: Tx, principal: Principal, organization_id: str, at_least: Role, *, lock: bool = False
    ) -> Organization:
        """The organisation, for whoever has this role in it at least."""
        found = await store.organization(tx, organization_id, lock=lock) if is_id("org", organization_id) else None
        if found is None:
            raise OrganizationUnknown
        require_role(principal, await store.role_of(tx, principal.user_id, organization_id), at_least)
        return found


def _granted(member: Member) -> RoleGranted:
    return RoleGranted(organization_id=member.organization_id, user_id=member.user_id, role=member.role.value)
