"""Redis (or Valkey): Lua scripts loaded once, a lane with one write for each tick of the loop, shares of work,
and the maps of seats.
"""

from internal.platform.redis.lane import Lane
from internal.platform.redis.maps import MAPS, Maps
from internal.platform.redis.scripts import BatchScript, Script
from internal.platform.redis.shares import SHARES, Shares

__all__ = ["MAPS", "SHARES", "BatchScript", "Lane", "Maps", "Script", "Shares"]
