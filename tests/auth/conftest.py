"""auth with a database, an edge and a clock of its own; hashes are made cheap where no test is about them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address
from pathlib import Path
from secrets import randbits, token_hex
from typing import Any

import httpx
import msgspec
import pytest

import internal.auth
from internal.auth.config import AuthSettings
from internal.auth.handlers import Accounts
from internal.auth.http import routes
from internal.auth.keyring import Keyring
from internal.auth.passwords import Passwords
from internal.auth.sessions import Sessions
from internal.auth.users import Users
from internal.platform.postgres import Database, many
from internal.platform.tokens import KeySource, Principal, Verifier
from proto.auth import Jwk
from tests.databases import fresh_database
from tests.edge import edge

PASSWORD = "correct horse battery"
MIGRATIONS = Path(internal.auth.__file__).parent / "migrations"


@dataclass
class Clock:
    """The system's time, and what the test adds to it."""

    ahead: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def seconds(self) -> float:
        return self().timestamp()


@dataclass
class Auth:
    """All of auth but its service, which only wires the same parts."""

    database: Database
    settings: AuthSettings
    clock: Clock
    keyring: Keyring
    passwords: Passwords
    sessions: Sessions
    accounts: Accounts
    users: Users
    verifier: Verifier

    async def events(self, about: str) -> list[str]:
        """The subjects of what is to be published about this id or e-mail."""
        async with self.database.read() as tx:
            rows = await many(
                tx,
                _Told,
                "select subject from outbox where convert_from(body, 'UTF8') like %s order by id",
                [f"%{about}%"],
            )
        return [row.subject for row in rows]


class _Told(msgspec.Struct):
    subject: str


async def unlimited(_: str) -> None:
    """For tests that log in more often than people do."""


def auth_on(database: Database, settings: AuthSettings, attempt: Callable[[str], Awaitable[None]] = unlimited) -> Auth:
    clock = Clock()
    keyring = Keyring(database, settings, clock)
    passwords = Passwords(settings)
    sessions = Sessions(database, keyring, settings, clock)

    async def published() -> list[Jwk]:
        return keyring.public()

    return Auth(
        database,
        settings,
        clock,
        keyring,
        passwords,
        sessions,
        Accounts(database, passwords, sessions, clock, attempt),
        Users(database, passwords, clock),
        Verifier(KeySource(published, clock=clock.seconds), clock.seconds),
    )


@pytest.fixture(scope="package")
async def database(database_url: str) -> AsyncIterator[Database]:
    async with fresh_database(database_url, [MIGRATIONS]) as database:
        yield database


@pytest.fixture
async def own_database(database_url: str) -> AsyncIterator[Database]:
    """For a test that is about all keys, or all administrators, that there are."""
    async with fresh_database(database_url, [MIGRATIONS]) as database:
        yield database


@pytest.fixture(scope="package")
def settings() -> AuthSettings:
    return AuthSettings(argon2_memory_kib=64, argon2_passes=1)


@pytest.fixture(scope="package")
async def auth(database: Database, settings: AuthSettings) -> Auth:
    auth = auth_on(database, settings)
    await auth.keyring.run_once()
    return auth


@pytest.fixture(scope="package")
async def server(auth: Auth, redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    every = routes(auth.accounts, auth.sessions, auth.users, auth.keyring)
    async with edge(every, auth.verifier, redis_url) as client:
        yield client


@pytest.fixture
def web(server: httpx.AsyncClient) -> Web:
    return Web(server)


@dataclass
class Web:
    """A browser at an address of its own, so that no other test's limit is felt."""

    client: httpx.AsyncClient
    address: str = field(default_factory=lambda: str(IPv6Address(randbits(128))))

    async def __call__(self, method: str, path: str, json: Any = None, token: str = "", **more: Any) -> httpx.Response:
        headers = {"x-forwarded-for": self.address} | ({"authorization": f"Bearer {token}"} if token else {})
        return await self.client.request(method, path, json=json, headers=headers | more.pop("headers", {}), **more)

    async def registered(self, name: str = "Ada") -> dict[str, Any]:
        """Somebody new who is logged in: the answer to the login."""
        email = new_email()
        answer = await self("POST", "/api/auth/register", {"email": email, "password": PASSWORD, "name": name})
        assert answer.status_code == 202, answer.text
        return await self.logged_in(email)

    async def logged_in(self, email: str, password: str = PASSWORD) -> dict[str, Any]:
        answer = await self("POST", "/api/auth/login", {"email": email, "password": password})
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens


@pytest.fixture
async def admin(auth: Auth, web: Web) -> str:
    """An administrator's access token."""
    user = await auth.users.add(new_email(), PASSWORD, "Root", ("customer", "admin"))
    assert user.email
    return str((await web.logged_in(user.email))["accessToken"])


def new_email() -> str:
    return f"{token_hex(8)}@example.com"


def principal(user_id: str, *, guest: bool = False) -> Principal:
    return Principal(user_id, ("customer",), guest, None, 2**31, "token_a")
