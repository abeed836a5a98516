"""How many files a process may have open: every connection is one, and many systems begin with 1,024."""

from __future__ import annotations

import resource

__all__ = ["allow_many_files"]

_ENOUGH = 65_536  # connections of one process; some systems know no limit, and some a smaller one


def allow_many_files() -> None:
    """As many as the system lets us have by ourselves."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _ENOUGH if hard == resource.RLIM_INFINITY else min(_ENOUGH, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
