"""The load: wrk where it is installed, k6 where it is not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bench import k6, wrk
from bench.figures import Run

__all__ = ["INSTALL", "generator", "get", "holds"]

_NONE: Mapping[str, str] = {}

INSTALL = "wrk is not installed (Debian, Ubuntu: apt-get install wrk); k6 is used, which takes more of the cores"


def generator() -> str:
    """Which of the two makes the figures."""
    return "wrk" if wrk.wrk() else "k6"


async def holds(url: str, plan: Path, seconds: float, size: int, tries: int, *, spread: bool = False) -> Run:
    """Ask for seats after this plan: `size` at once, each group wanted by `tries` buyers.

    Showtime after showtime, as a rush does; or, `spread`, each time in another one.
    """
    way = "spread" if spread else "in turn"
    if generator() == "wrk":
        return await wrk.run(url, seconds, "hold.lua", [str(plan), str(size), str(tries), way, str(plan / "holds")])
    return await k6.holds(url, plan, seconds, size, tries, way)


async def get(url: str, seconds: float, headers: Mapping[str, str] = _NONE) -> Run:
    """The same GET again and again."""
    if generator() == "wrk":
        return await wrk.run(url, seconds, "get.lua", [word for header in headers.items() for word in header])
    return await k6.get(url, seconds, headers)
