"""Redis (or Valkey): Lua scripts loaded once, and a lane with one write for each tick of the loop."""

from internal.platform.redis.lane import Lane
from internal.platform.redis.scripts import BatchScript, Script

__all__ = ["BatchScript", "Lane", "Script"]
