"""The routes of directory: decode, call the handler, encode."""

from __future__ import annotations

from typing import Annotated

from litestar import Response, delete, get, patch, post, put
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from internal.directory.domain import (
    GuestsCannotOrganize,
    LastOwner,
    Member,
    NoSuchAccount,
    NotAMember,
    Organization,
    OrganizationUnknown,
)
from internal.directory.handlers import Organizations
from internal.directory.people import NamedMember, People
from internal.platform.faults import Malformed
from internal.platform.http import Limit, Page, RouteHandler, cursor_of, member_of, position_of, problems
from internal.platform.http.forms import Body, Cursor, PageLimit, Web
from internal.platform.ids import is_id
from internal.platform.roles import NotAllowedHere, Role

__all__ = ["routes"]

Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$(?!\n)")]
UserId = Annotated[str, Meta(pattern=r"^user_[0-9a-f]{32}$(?!\n)")]
Email = Annotated[str, Meta(max_length=254, pattern=r"^[^\s\x00-\x1f\x7f@]+@[^\s\x00-\x1f\x7f@]+$(?!\n)")]
# whoever owns anything may try e-mails here: enough for a theatre's whole staff, too few to go through a list
_ADDING = {"limit": Limit(60, 900)}  # requests in seconds


class OrganizationForm(Body, frozen=True, kw_only=True):
    """All that one may say of an organisation."""

    name: Name


class NewMember(Body, frozen=True, kw_only=True):
    """Who gets which role: somebody by id, or by the e-mail of their account."""

    user_id: UserId | None = None
    email: Email | None = None
    role: Role


class RoleForm(Body, frozen=True, kw_only=True):
    """The role that a member shall have."""

    role: Role


def routes(organizations: Organizations, people: People) -> list[RouteHandler]:
    """All of them."""
    return [*_of_organizations(organizations), *_of_members(organizations, people)]


def _of_organizations(organizations: Organizations) -> list[RouteHandler]:
    @post("/api/organizations", status_code=201, tags=["organizations"], responses=problems(GuestsCannotOrganize))
    async def add_organization(request: Web, data: JSONBody[OrganizationForm]) -> Response[Organization]:
        """Make an organization; who makes it owns it."""
        made = await organizations.add(member_of(request), data.name)
        return Response(made, headers={"location": f"/api/organizations/{made.id}"})

    @get("/api/organizations", tags=["organizations"])
    async def list_organizations(request: Web, limit: PageLimit = 50, cursor: Cursor = None) -> Page[Organization]:
        """Those that one is a member of; an administrator sees all."""
        found = await organizations.after(member_of(request), _position(cursor, "org"), limit)
        return Page(items=found, next_cursor=cursor_of(found[-1].id) if len(found) == limit else None)

    @get("/api/organizations/{organization_id:str}", tags=["organizations"], responses=problems(OrganizationUnknown))
    async def get_organization(request: Web, organization_id: FromPath[str]) -> Organization:
        """One organization. For its members."""
        return await organizations.get(member_of(request), organization_id)

    @patch(
        "/api/organizations/{organization_id:str}",
        tags=["organizations"],
        responses=problems(OrganizationUnknown, NotAllowedHere),
    )
    async def rename_organization(
        request: Web, organization_id: FromPath[str], data: JSONBody[OrganizationForm]
    ) -> Organization:
        """Give it another name. For its owners."""
        return await organizations.rename(member_of(request), organization_id, data.name)

    @delete(
        "/api/organizations/{organization_id:str}",
        tags=["organizations"],
        responses=problems(OrganizationUnknown, NotAllowedHere),
    )
    async def remove_organization(request: Web, organization_id: FromPath[str]) -> None:
        """Give it up, with all roles in it. For its owners."""
        await organizations.remove(member_of(request), organization_id)

    return [add_organization, list_organizations, get_organization, rename_organization, remove_organization]


def _of_members(organizations: Organizations, people: People) -> list[RouteHandler]:
    of_owners = problems(OrganizationUnknown, NotAllowedHere, LastOwner)

    @get(
        "/api/organizations/{organization_id:str}/members",
        tags=["organizations"],
        responses=problems(OrganizationUnknown, NotAllowedHere),
    )
    async def list_members(
        request: Web, organization_id: FromPath[str], limit: PageLimit = 50, cursor: Cursor = None
    ) -> Page[NamedMember]:
        """Who has a role in it. For its staff."""
        found = await organizations.members_after(member_of(request), organization_id, _position(cursor, "user"), limit)
        return Page(
            items=await people.named(found), next_cursor=cursor_of(found[-1].user_id) if len(found) == limit else None
        )

    @post(
        "/api/organizations/{organization_id:str}/members",
        status_code=201,
        tags=["organizations"],
        responses=problems(OrganizationUnknown, NotAllowedHere, LastOwner, NoSuchAccount),
        opt=_ADDING,
    )
    async def add_member(request: Web, organization_id: FromPath[str], data: JSONBody[NewMember]) -> Member:
        """Make a user a member, or give a member another role. For its owners."""
        who = member_of(request)
        await organizations.require_owner(who, organization_id)  # nobody else learns who has an account
        if (data.user_id is None) == (data.email is None):
            raise Malformed("Name the user by exactly one of userId and email.", path="$")
        user_id = data.user_id or await people.of_email(data.email or "")
        return await organizations.set_role(who, organization_id, user_id, data.role)

    @put("/api/organizations/{organization_id:str}/members/{user_id:str}", tags=["organizations"], responses=of_owners)
    async def set_role(
        request: Web, organization_id: FromPath[str], user_id: FromPath[str], data: JSONBody[RoleForm]
    ) -> Member:
        """The same, by address. For its owners."""
        if not is_id("user", user_id):
            raise NotAMember
        return await organizations.set_role(member_of(request), organization_id, user_id, data.role)

    @delete(
        "/api/organizations/{organization_id:str}/members/{user_id:str}",
        tags=["organizations"],
        responses=problems(OrganizationUnknown, NotAMember, NotAllowedHere, LastOwner),
    )
    async def remove_member(request: Web, organization_id: FromPath[str], user_id: FromPath[str]) -> None:
        """End a membership: owners anybody's, everybody their own."""
        if not is_id("user", user_id):
            raise NotAMember
        await organizations.revoke(member_of(request), organization_id, user_id)

    return [list_members, add_member, set_role, remove_member]


def _position(cursor: str | None, kind: str) -> str:
    (last,) = position_of(cursor, tuple[str]) or ("",)
    if last and not is_id(kind, last):
        raise Malformed("This cursor was not given by this list.", path="$.cursor")
    return last
