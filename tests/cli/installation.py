"""`aisle up` with the tests' worker and one service of its own: python -m tests.cli.installation."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from rich.console import Console

from internal.cli.__main__ import said_in_one_line
from internal.cli.display import Display
from internal.cli.settings import chosen
from internal.cli.supervisor import Installation, until_told_to_stop

_HERE = Path(__file__).parent


def _main() -> None:
    show = Display(Console())
    installation = Installation(
        settings=chosen(os.environ),
        environment=os.environ,
        worker=[sys.executable, "-m", "tests.cli.worker"],
        services={os.environ.get("TEST_SERVICE", "demo"): _HERE / "migrations"},
        show=show,
        seed=_seed,
    )
    asyncio.run(until_told_to_stop(installation.launched(), show.say))


async def _seed(address: str) -> list[str]:
    return [f"seeded through {address}", "Look around"]


if __name__ == "__main__":
    with said_in_one_line():
        _main()
