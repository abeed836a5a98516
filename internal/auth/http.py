"""The routes of auth: decode, call the handler, encode."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.datastructures import CacheControlHeader
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Meta, UnsetType

from internal.auth.domain import (
    EMAIL,
    EmailTaken,
    GuestsCannot,
    LastAdministrator,
    LoginRefused,
    RefreshRefused,
    RefreshReused,
    TooManyAttempts,
    User,
    UserUnknown,
)
from internal.auth.handlers import Accounts
from internal.auth.keyring import Keyring
from internal.auth.sessions import Sessions, Tokens
from internal.auth.users import Users
from internal.platform.faults import Malformed
from internal.platform.http import Page, RouteHandler, cursor_of, json_answer, member_of, position_of, problems
from internal.platform.http.forms import Body, Cursor, PageLimit, Web
from internal.platform.http.gate import admin_of
from internal.platform.ids import is_id
from proto.auth import Keys

__all__ = ["routes"]

Email = Annotated[str, Meta(pattern=EMAIL, max_length=254)]
# No rule of what it must contain: length is what counts (NIST SP 800-63B), and 256 keeps the hash's work bounded.
Password = Annotated[str, Meta(min_length=8, max_length=256)]
Name = Annotated[str, Meta(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$(?!\n)")]
Role = Literal["customer", "admin"]
Roles = Annotated[list[Role], Meta(min_length=1, max_length=2)]
Refresh = Annotated[str, Meta(max_length=200)]

_NEVER_KEPT = CacheControlHeader(no_store=True)  # tokens stay out of every cache on the way (RFC 6749, 5.1)
_BY_ADDRESS = {"by_address": True}  # limited as everybody from there, for anybody has a guest's token for the asking
_KEYS_CACHED = "public, max-age=300"  # half the time for which a key is published before it signs


class Registration(Body, frozen=True, kw_only=True):
    """Who wants an account."""

    email: Email
    password: Password
    name: Name = ""


class Credentials(Body, frozen=True, kw_only=True):
    """Who logs in. The password has no shortest form here: a wrong one is wrong, however long."""

    email: Email
    password: Annotated[str, Meta(max_length=256)]


class RefreshToken(Body, frozen=True, kw_only=True):
    """What carries a session on, or ends it."""

    refresh_token: Refresh


class NewUser(Body, frozen=True, kw_only=True):
    """An account that an administrator makes for somebody."""

    email: Email
    password: Password
    name: Name = ""
    roles: Roles = msgspec.field(default_factory=lambda: ["customer"])


class UserChange(Body, frozen=True, kw_only=True):
    """What is to be different; the rest stays."""

    email: Email | UnsetType = UNSET
    password: Password | UnsetType = UNSET
    name: Name | UnsetType = UNSET
    roles: Roles | UnsetType = UNSET


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """The same for everybody: whether the e-mail had an account is nobody's business."""

    status: Literal["accepted"] = "accepted"


def routes(accounts: Accounts, sessions: Sessions, users: Users, keyring: Keyring) -> list[RouteHandler]:
    """All of them."""
    return [*_of_oneself(accounts, sessions), *_of_users(users), _of_keys(keyring)]


def _of_oneself(accounts: Accounts, sessions: Sessions) -> list[RouteHandler]:
    @post("/api/auth/register", status_code=202, tags=["auth"], opt=_BY_ADDRESS)
    async def register(data: JSONBody[Registration]) -> Accepted:
        """Make an account. If the e-mail has one already it is left alone, and the answer is the same: log in next."""
        await accounts.register(data.email, data.password, data.name)
        return Accepted()

    @post(
        "/api/auth/login",
        status_code=200,
        tags=["auth"],
        cache_control=_NEVER_KEPT,
        responses=problems(LoginRefused, TooManyAttempts),
        opt=_BY_ADDRESS,
    )
    async def login(data: JSONBody[Credentials]) -> Tokens:
        """Get an access token, and a refresh token that is good once."""
        return await accounts.login(data.email, data.password)

    @post("/api/auth/guest", status_code=201, tags=["auth"], cache_control=_NEVER_KEPT, opt=_BY_ADDRESS)
    async def guest() -> Tokens:
        """Come without an account: a guest may hold seats and buy them."""
        return await accounts.guest()

    @post(
        "/api/auth/refresh",
        status_code=200,
        tags=["auth"],
        cache_control=_NEVER_KEPT,
        responses=problems(RefreshRefused, RefreshReused),
    )
    async def refresh(data: JSONBody[RefreshToken]) -> Tokens:
        """Get the next pair of tokens. A refresh token used twice ends its session."""
        return await sessions.refresh(data.refresh_token)

    @post("/api/auth/logout", status_code=204, tags=["auth"])
    async def logout(data: JSONBody[RefreshToken]) -> None:
        """End the session of this refresh token. Its access token stays good until it expires."""
        await sessions.end(data.refresh_token)

    @get("/api/me", tags=["auth"], cache_control=_NEVER_KEPT)
    async def me(request: Web) -> User:
        """Who am I?"""
        return await accounts.me(member_of(request))

    return [register, login, guest, refresh, logout, me]


def _of_users(users: Users) -> list[RouteHandler]:
    @get("/api/users", tags=["users"])
    async def list_users(request: Web, limit: PageLimit = 50, cursor: Cursor = None) -> Page[User]:
        """Everybody, in the order of their making. For administrators."""
        admin_of(request)
        found = await users.after(_position(cursor), limit)
        return Page(items=found, next_cursor=cursor_of(found[-1].id) if len(found) == limit else None)

    @post("/api/users", status_code=201, tags=["users"], responses=problems(EmailTaken))
    async def add_user(request: Web, data: JSONBody[NewUser]) -> Response[User]:
        """Make an account for somebody. For administrators."""
        admin_of(request)
        user = await users.add(data.email, data.password, data.name, tuple(dict.fromkeys(data.roles)))
        return Response(user, headers={"location": f"/api/users/{user.id}"})

    @get("/api/users/{user_id:str}", tags=["users"], responses=problems(UserUnknown))
    async def get_user(request: Web, user_id: FromPath[str]) -> User:
        """One user. For administrators, and for oneself."""
        if member_of(request).user_id != user_id:
            admin_of(request)
        return await users.get(user_id)

    @get("/api/users/email/{email:str}", tags=["users"], responses=problems(UserUnknown))
    async def get_user_of_email(request: Web, email: FromPath[str]) -> User:
        """The user of this e-mail. For administrators."""
        admin_of(request)
        return await users.of_email(email)

    @patch(
        "/api/users/{user_id:str}",
        tags=["users"],
        responses=problems(UserUnknown, EmailTaken, LastAdministrator, GuestsCannot),
    )
    async def change_user(request: Web, user_id: FromPath[str], data: JSONBody[UserChange]) -> User:
        """Change what is given. A new password, or other roles, end the user's sessions. For administrators."""
        admin_of(request)
        changes = {name: value for name, value in msgspec.structs.asdict(data).items() if value is not UNSET}
        if not changes:
            raise Malformed("There is nothing to change in this.", path="$")
        return await users.change(user_id, changes)

    @delete("/api/users/{user_id:str}", tags=["users"], responses=problems(UserUnknown, LastAdministrator))
    async def remove_user(request: Web, user_id: FromPath[str]) -> None:
        """Remove an account and all its sessions. For administrators."""
        admin_of(request)
        await users.remove(user_id)

    return [list_users, add_user, get_user, get_user_of_email, change_user, remove_user]


def _position(cursor: str | None) -> str:
    (user_id,) = position_of(cursor, tuple[str]) or ("",)
    if user_id and not is_id("user", user_id):
        raise Malformed("This cursor was not given by this list.", path="$.cursor")
    return user_id


def _of_keys(keyring: Keyring) -> RouteHandler:
    described = ResponseSpec(Keys, description="The keys, the newest first", generate_examples=False)

    @get("/.well-known/jwks.json", tags=["auth"], responses={200: described})
    async def jwks(request: Web) -> Response[bytes]:
        """The public keys that access tokens are checked with (RFC 7517)."""
        return json_answer(request, Keys(keys=keyring.public()), cache=_KEYS_CACHED)

    return jwks
