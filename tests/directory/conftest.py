"""directory on a database and an edge of its own, with people to call it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
import msgspec
import pytest

import internal.directory
from internal.directory.handlers import Organizations
from internal.directory.http import routes
from internal.directory.people import People as KnownPeople
from internal.platform.faults import Unavailable
from internal.platform.ids import new_id
from internal.platform.postgres import Database, many
from proto import auth
from tests import running
from tests.databases import fresh_database
from tests.edge import edge
from tests.issuer import Issuer

MIGRATIONS = Path(internal.directory.__file__).parent / "migrations"


class Person(running.Person):
    """Somebody who organises, and appoints others."""

    async def makes_organization(self, name: str = "Opera") -> str:
        """The path of a new organisation that this person owns."""
        made = await self("POST", "/api/organizations", {"name": name})
        assert made.status_code == 201, made.text
        return made.headers["location"]

    async def appoints(self, organization: str, other: Person, role: str) -> None:
        done = await self("PUT", f"{organization}/members/{other.id}", {"role": role})
        assert done.status_code == 200, done.text


@dataclass
class People:
    """Makes persons who never met."""

    client: httpx.AsyncClient
    issuer: Issuer

    def person(self, *, roles: tuple[str, ...] = ("customer",), guest: bool = False) -> Person:
        user_id = new_id("user")
        return Person(self.client, self.issuer.token(user_id, roles=roles, guest=guest), user_id)

    def stranger(self) -> Person:
        return Person(self.client, "", new_id("user"))


@dataclass
class Accounts:
    """In auth's place: who has an account; or nobody there to ask."""

    known: list[auth.Person] = field(default_factory=list)
    away: bool = False

    async def find(self, asked: auth.FindPeople) -> auth.People:
        if self.away:
            raise Unavailable
        return auth.People(
            people=[one for one in self.known if one.user_id in asked.user_ids or one.email == asked.email]
        )


@pytest.fixture(scope="package")
def accounts() -> Accounts:
    return Accounts()


class _Told(msgspec.Struct):
    subject: str


@pytest.fixture(scope="package")
async def database(database_url: str) -> AsyncIterator[Database]:
    async with fresh_database(database_url, [MIGRATIONS]) as database:
        yield database


@pytest.fixture(scope="package")
def organizations(database: Database) -> Organizations:
    return Organizations(database, lambda: datetime.now(UTC))


@pytest.fixture(scope="package")
async def people(organizations: Organizations, accounts: Accounts, redis_url: str) -> AsyncIterator[People]:
    issuer = Issuer()
    async with edge(routes(organizations, KnownPeople(accounts.find)), issuer.verifier, redis_url) as client:
        yield People(client, issuer)


async def told_about(database: Database, about: str) -> list[str]:
    """The subjects of what is to be published about this id."""
    sql = "select subject from outbox where convert_from(body, 'UTF8') like %s order by id"
    async with database.read() as tx:
        return [row.subject for row in await many(tx, _Told, sql, [f"%{about}%"])]
