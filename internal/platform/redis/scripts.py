"""Lua scripts as values: read at start, known by their hash, loaded on every new connection.

A `Script` is one call. A `BatchScript` takes all calls of one tick of the loop in a single EVALSHA: `ARGV[1]` is how
many calls there are, their arguments follow one after another, and it answers with a list, one reply for each call.
"""

from __future__ import annotations

from hashlib import sha1
from pathlib import Path

__all__ = ["BatchScript", "Script"]


class Script:
    """A Lua script; `parts` are files joined in order, so that what several scripts share is written once."""

    def __init__(self, *parts: Path) -> None:
        self.name = parts[-1].stem
        self.source = "\n".join(part.read_text() for part in parts).encode()
        self.sha = sha1(self.source, usedforsecurity=False).hexdigest().encode()


class BatchScript(Script):
    """A Lua script that does many calls at once; see the module's docstring for its arguments."""
