"""The scripts of `lua/`, as values: each read once, with what all of them share in front."""

from __future__ import annotations

from pathlib import Path

from internal.platform.redis import BatchScript, Script

__all__ = [
    "BLOCK",
    "CLAIM",
    "EXTEND",
    "HOLD",
    "HOLD_FIRST",
    "HOLD_WITHIN",
    "LAYOUT",
    "MARKED",
    "OPEN",
    "OUTBOX",
    "REFRESH",
    "RELEASE",
    "SCRIPTS",
    "SETTLE",
    "SWEEP",
]

_LUA = Path(__file__).with_name("lua")
_SEATS = _LUA / "seats.lua"
_TAKING = _LUA / "taking.lua"

HOLD = BatchScript(_SEATS, _TAKING, _LUA / "hold.lua")
OUTBOX = Script(_LUA / "outbox.lua")
HOLD_FIRST = Script(_SEATS, _TAKING, _LUA / "hold_first.lua")
HOLD_WITHIN = Script(_SEATS, _TAKING, _LUA / "hold_within.lua")
REFRESH = Script(_SEATS, _LUA / "refresh.lua")
RELEASE = Script(_SEATS, _LUA / "release.lua")
SWEEP = Script(_SEATS, _LUA / "sweep.lua")
CLAIM = Script(_SEATS, _LUA / "claim.lua")
EXTEND = Script(_SEATS, _LUA / "extend.lua")
SETTLE = Script(_SEATS, _LUA / "settle.lua")
BLOCK = Script(_SEATS, _LUA / "block.lua")
LAYOUT = Script(_LUA / "layout.lua")
OPEN = Script(_SEATS, _LUA / "open.lua")
MARKED = Script(_LUA / "mark.lua")

SCRIPTS: tuple[Script, ...] = (
    HOLD,
    OUTBOX,
    HOLD_FIRST,
    HOLD_WITHIN,
    REFRESH,
    RELEASE,
    SWEEP,
    CLAIM,
    EXTEND,
    SETTLE,
    BLOCK,
    LAYOUT,
    OPEN,
    MARKED,
)
