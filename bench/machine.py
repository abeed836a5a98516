"""Which machine made the figures: without it they mean nothing."""

from __future__ import annotations

import os
import platform
import sys
import sysconfig
from datetime import UTC, datetime
from pathlib import Path

import psutil

__all__ = ["described", "python_build"]


def described() -> str:
    """One line."""
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.release()}, "
        f"{python_build()}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    )


def python_build() -> str:
    """Which Python: one built without optimisations costs 10-25 % more than Debian's own."""
    flags = sysconfig.get_config_var("CONFIG_ARGS") or ""
    optimised = "optimised" if "--enable-optimizations" in flags else "not optimised"
    where = "Debian's" if Path(sys.base_prefix) == Path("/usr") else "own build"
    return f"Python {platform.python_version()} ({where}, {optimised})"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
