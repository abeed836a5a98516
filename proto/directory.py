"""Tenants, and who may do what for them."""

from __future__ import annotations

from typing import Literal

from proto import Answer, Event, Request, event, rpc

__all__ = [
    "EnsureOrganization",
    "GetRole",
    "OrganizationCreated",
    "OrganizationDeleted",
    "OrganizationUpdated",
    "OwnOrganization",
    "Role",
    "RoleGranted",
    "RoleOf",
    "RoleRevoked",
]

Role = Literal["customer", "staff", "owner"]


@event("directory.organization.created")
class OrganizationCreated(Event, frozen=True, kw_only=True):
    """There is a new organiser."""

    organization_id: str
    name: str


@event("directory.organization.updated")
class OrganizationUpdated(Event, frozen=True, kw_only=True):
    """An organiser changed; all of it is told."""

    organization_id: str
    name: str


@event("directory.organization.deleted")
class OrganizationDeleted(Event, frozen=True, kw_only=True):
    """An organiser is gone."""

    organization_id: str


@event("directory.role.granted")
class RoleGranted(Event, frozen=True, kw_only=True):
    """A user has this role in an organisation, and no other there."""

    organization_id: str
    user_id: str
    role: Role


@event("directory.role.revoked")
class RoleRevoked(Event, frozen=True, kw_only=True):
    """A user has no role in an organisation any more."""

    organization_id: str
    user_id: str


class RoleOf(Answer, frozen=True, kw_only=True):
    """The role, or nothing where the user has none in this organisation."""

    role: Role | None = None


@rpc("rpc.directory.role")
class GetRole(Request[RoleOf], frozen=True, kw_only=True):
    """What may this user do for this organisation?"""

    user_id: str
    organization_id: str


class OwnOrganization(Answer, frozen=True, kw_only=True):
    """The organisation for which this user organises."""

    organization_id: str


@rpc("rpc.directory.ensure_organization")
class EnsureOrganization(Request[OwnOrganization], frozen=True, kw_only=True):
    """The first organisation that this user runs (staff or owner), or one of their own, made now under this name."""

    user_id: str
    name: str
