"""What can go wrong in a way the operator can understand: one line on stderr and an exit code of its own."""

from __future__ import annotations

from typing import ClassVar

__all__ = ["BadSetting", "DataInUse", "DataUnusable", "PortInUse", "ServerUnusable", "Trouble", "WorkerFailed"]


class Trouble(Exception):  # noqa: N818 - said to the operator as it is
    """1 is what a command ends with that was asked and says no (`check`, `reconcile`, `dlq replay`), and Python's own:
    whoever sees it with a traceback has found a bug.
    """

    exit_code: ClassVar[int]


class BadSetting(Trouble):
    """An option or a variable is not what it should be. 2, as for every wrong command line."""

    exit_code = 2


class PortInUse(Trouble):
    exit_code = 3


class DataUnusable(Trouble):
    """No room, no right to write, or a folder of somebody else's."""

    exit_code = 4


class DataInUse(Trouble):
    exit_code = 5


class ServerUnusable(Trouble):
    """NATS, Redis or Postgres: did not start, is not at its URL, or refuses what we need."""

    exit_code = 6


class WorkerFailed(Trouble):
    exit_code = 7
