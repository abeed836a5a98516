"""Redis (or Valkey): Lua scripts loaded once, a lane with one write for each tick of the loop, and shares of work."""

from internal.platform.redis.lane import Lane
from internal.platform.redis.scripts import BatchScript, Script
from internal.platform.redis.shares import SHARES, Shares

__all__ = ["SHARES", "BatchScript", "Lane", "Script", "Shares"]
