"""A crowd at the door, a process killed in its midst, and what the books say of it afterwards."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

from tests.cli.launched import Launched
from tests.up.conftest import aisle_up
from tests.up.visitor import Visitor


def test_whoever_is_killed_in_a_rush_what_must_hold_holds(tmp_path: Path) -> None:
    """Buyers go on when a worker is killed; nothing is sold twice, and what they were told they bought is sold."""
    with aisle_up(tmp_path / "data") as up:
        up.opened()
        with Launched(up.data, up.port, "internal.cli rush --buyers 12 --seconds 6") as crowd:
            crowd.says("   2 s")
            os.kill(up.pid_of("worker 1"), signal.SIGKILL)
            crowd.says("seats in")
            bought = re.search(r"buyers bought (\d+) seats in (\d+) orders", crowd.lines[-1])
            showtime = re.search(r"/showtimes/(showtime_\w+)", crowd.lines[0])
        assert bought is not None
        assert showtime is not None
        assert int(bought[2]) > 0
        with Launched(up.data, up.port, "internal.cli check --wait 60") as check:
            said, _ = check.process.communicate(timeout=120)
        assert check.process.returncode == 0, said
        with Visitor(up.port) as anybody:
            assert len(anybody.get(f"/api/showtimes/{showtime[1]}/seats")["sold"]) >= int(bought[1])


def test_nobody_is_there(tmp_path: Path) -> None:
    """One line says where nobody answered."""
    with Launched(tmp_path, 1, "internal.cli rush --seconds 1") as crowd:
        code, said = crowd.refused()
    assert (code, "http://localhost:1" in said, len(said.splitlines())) == (6, True, 1)


def test_of_something_that_is_not_on(tmp_path: Path) -> None:
    """A showtime that nobody knows is a bad setting, not a rush."""
    with aisle_up(tmp_path / "data", options="--no-demo") as up:
        up.opened()
        for options in ("--showtime showtime_none", ""):
            with Launched(up.data, up.port, f"internal.cli rush --seconds 1 {options}") as crowd:
                code, said = crowd.refused()
            assert (code, "--showtime" in said) == (2, True), said
