"""What Redis has to tell: an outbox for each shard, written by the scripts in the same step as the change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from internal.inventory import scripts
from internal.platform.redis import Lane
from proto.seatkeys import tag_of

__all__ = ["Entry", "Outbox"]


@dataclass(frozen=True, slots=True)
class Entry:
    """What one script told of a shard: one line for each thing that happened, all at once."""

    shard: int
    number: bytes
    lines: list[str]


class Outbox:
    """The outboxes of all shards."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane

    async def read(self, shards: Sequence[int], most: int) -> list[Entry]:
        """What these shards have to tell, the oldest first within each."""
        reply = await self._lane.call(scripts.OUTBOX, (), most, *(tag_of(shard) for shard in shards))
        return [
            Entry(shards[reply[at]], reply[at + 1], reply[at + 2].decode().split("\n"))
            for at in range(0, len(reply), 3)
        ]

    async def forget(self, shard: int, last: bytes) -> None:
        """The outbox is in JetStream up to this entry.

        XTRIM drops whole nodes of the stream; XDEL would look for each entry by itself, from the beginning of its node.
        """
        moment, _, number = last.partition(b"-")
        await self._lane.command("XTRIM", f"{tag_of(shard)}:outbox", "MINID", b"%s-%d" % (moment, int(number) + 1))
