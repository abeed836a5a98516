"""The load: wrk where it is installed, k6 where it is not."""

from __future__ import annotations

from pathlib import Path

from bench import k6, wrk
from bench.figures import Run

__all__ = ["generator", "get", "holds"]

INSTALL = "wrk is not installed (Debian, Ubuntu: apt-get install wrk); k6 is used, which takes more of the cores"


def generator() -> str:
    """Which of the two makes the figures."""
    return "wrk" if wrk.wrk() else "k6"


async def holds(url: str, plan: Path, seconds: float, size: int, tries: int) -> Run:
    """Ask for seats after this plan: `size` at once, each group wanted by `tries` buyers."""
    if generator() == "wrk":
        return await wrk.run(url, seconds, "hold.lua", [str(plan), str(size), str(tries), str(plan / "holds")])
    return await k6.holds(url, plan, seconds, size, tries)


async def get(url: str, seconds: float) -> Run:
    """The same GET again and again."""
    return await (wrk.run(url, seconds, "get.lua") if generator() == "wrk" else k6.get(url, seconds))
