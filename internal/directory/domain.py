"""What an organisation and a membership are, and who may change them. Decides only."""

from __future__ import annotations

from datetime import datetime

import msgspec

from internal.platform.faults import Fault, Forbidden, Kind
from internal.platform.roles import NotAllowedHere, Role
from internal.platform.tokens import Principal

__all__ = [
    "GuestsCannotOrganize",
    "LastOwner",
    "Member",
    "NoSuchAccount",
    "NotAMember",
    "Organization",
    "OrganizationUnknown",
    "require_member",
    "require_owner_remains",
    "require_role",
]


class OrganizationUnknown(Fault, kind=Kind.NOT_FOUND):
    """There is no such organization."""


class NotAMember(Fault, kind=Kind.NOT_FOUND):
    """This user has no role in the organization."""


class NoSuchAccount(Fault, kind=Kind.NOT_FOUND):
    """Nobody has an account with this e-mail."""


class LastOwner(Fault, kind=Kind.CONFLICT):
    """This is the organization's last owner; make another one first."""


class GuestsCannotOrganize(Forbidden):
    """A guest cannot have an organization; register first."""


class Organization(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A tenant: whoever puts on events."""

    id: str
    name: str
    created_at: datetime
    updated_at: datetime


class Member(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A user's role in an organisation."""

    organization_id: str
    user_id: str
    role: Role
    since: datetime


def require_role(principal: Principal, role: Role | None, at_least: Role) -> None:
    """Nothing, or a fault: as `Roles.require` decides elsewhere. No one but members learns that it exists."""
    if principal.is_admin:
        return
    if role is None:
        raise OrganizationUnknown
    if not role.covers(at_least):
        raise NotAllowedHere


def require_member(principal: Principal) -> None:
    """Guests come and go within a day: what they owned would be nobody's."""
    if principal.guest:
        raise GuestsCannotOrganize


def require_owner_remains(before: Role | None, after: Role | None, owners: int) -> None:
    """Nothing, or `LastOwner` if this change would leave the organisation without one."""
    if before is Role.OWNER and after is not Role.OWNER and owners <= 1:
        raise LastOwner
