from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from internal.cli.databases import brought_up_to_date, migrations
from internal.cli.folder import opened
from internal.cli.trouble import ServerUnusable

_SQL = Path(__file__).parent / "migrations"


def test_services_with_migrations_are_found(tmp_path: Path) -> None:
    """A service with a folder of SQL has a database; the platform's own tables belong to all of them."""
    for name in ("auth", "platform", "seatview"):
        (tmp_path / name).mkdir()
    for name in ("auth", "platform"):
        (tmp_path / name / "migrations").mkdir()
    assert migrations(tmp_path) == {"auth": tmp_path / "auth" / "migrations"}


async def test_each_service_has_its_own_database(tmp_path: Path, database_url: str) -> None:
    """Each is made once, told to its workers, and closed to the other's role."""
    with opened(tmp_path / "data") as folder:
        services = {"cli_one": _SQL, "cli_two": _SQL}
        told, applied = await brought_up_to_date(database_url, folder, services, {})
        assert set(told) == {"AISLE_CLI_ONE_DATABASE_URL", "AISLE_CLI_TWO_DATABASE_URL"}
        assert applied > 0
        assert await brought_up_to_date(database_url, folder, services, {}) == (told, 0)
    async with await psycopg.AsyncConnection.connect(told["AISLE_CLI_ONE_DATABASE_URL"]) as connection:
        await connection.execute("insert into marks default values")
    strange = told["AISLE_CLI_ONE_DATABASE_URL"].replace("/aisle_cli_one", "/aisle_cli_two")
    with pytest.raises(psycopg.OperationalError):
        await psycopg.AsyncConnection.connect(strange)


async def test_given_database_of_a_service_is_used(tmp_path: Path, database_url: str) -> None:
    """A URL of the operator's own for one service stands before ours."""
    with opened(tmp_path / "data") as folder:
        told, _ = await brought_up_to_date(database_url, folder, {"cli_three": _SQL}, {})
        given = {"AISLE_CLI_FOUR_DATABASE_URL": told["AISLE_CLI_THREE_DATABASE_URL"]}
        again, applied = await brought_up_to_date(database_url, folder, {"cli_four": _SQL}, given)
        assert (again, applied) == (given, 0)


async def test_unreachable_database_is_one_line(tmp_path: Path) -> None:
    """What the migration meets is the operator's to read."""
    with opened(tmp_path / "data") as folder, pytest.raises(ServerUnusable, match=r"\Amigration: Postgres: "):
        await brought_up_to_date("postgresql://x@127.0.0.1:1/x", folder, {"cli_five": _SQL}, {})
