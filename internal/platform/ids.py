"""Ids carry their kind and sort by the time they were made: `hold_0199f3…`.

48 bits of milliseconds and 80 random bits, as in UUIDv7, in hex: written by hand because it costs half a microsecond on
the hold path, where `uuid` costs three, and the standard library has no version 7 before Python 3.14.
"""

from __future__ import annotations

import re
from itertools import chain, repeat
from os import urandom
from time import time_ns

__all__ = ["is_id", "new_id"]

_FORM = re.compile(r"[a-z]{2,12}_[0-9a-f]{32}\Z")

_AT_ONCE = 400  # ids for one question to the kernel, which costs more than all the rest


def _drawn(count: int) -> list[str]:
    digits = urandom(10 * count).hex()
    return [digits[at : at + 20] for at in range(0, 20 * count, 20)]


_tails = chain.from_iterable(map(_drawn, repeat(_AT_ONCE)))  # in C, so that two threads cannot be given the same


def new_id(kind: str) -> str:
    """A new id of this kind."""
    return f"{kind}_{time_ns() // 1_000_000:012x}{next(_tails)}"


def is_id(kind: str, text: str) -> bool:
    """Whether the text has the form of an id of this kind."""
    return text.startswith(kind + "_") and _FORM.match(text) is not None
