"""Whether Redis has all the holds that it should have, and whose turn it is to bring them back.

A Redis that was emptied, was started again or took over from another has lost holds, and says nothing of it. So one
that is whole carries a mark with the run of its server in it; while the mark is missing or another run's, nothing is
opened and no absence means anything. `opening` does the work; here is only what the replicas agree on about it.
"""

from __future__ import annotations

from internal.inventory import scripts
from internal.inventory.faults import HoldEnded
from internal.platform.faults import Unavailable
from internal.platform.redis import Lane

__all__ = ["MARK", "Recovery"]

MARK = "{inventory}:has-all-holds"  # its value: the run of the server that has them
_TURN = "{inventory}:recovery"
_TURN_MS = (
    30_000  # until another replica begins anew, should the one at it die; a page of showtimes takes well below 1 s
)


class Recovery:
    """The mark of a whole Redis, and the turn of the replica that makes it whole."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane

    async def is_over(self) -> bool:
        """Whether this Redis has all the holds it should have.

        An emptied one has lost its mark; one that was started again, or took over from another, may have lost the last
        moments before that, and has the mark of another run.
        """
        mark = await self._lane.command("GET", MARK)
        return mark is not None and mark == await self._run()

    async def missing(self) -> HoldEnded | Unavailable:
        """What it means that a hold is not here: in a Redis that has not all its holds back yet, nothing."""
        return HoldEnded() if await self.is_over() else Unavailable("The holds are being brought back; try again.")

    async def begin(self, replica: str) -> bool:
        """Whether it is this replica's turn to bring the holds back."""
        return await self._lane.command("SET", _TURN, replica, "NX", "PX", _TURN_MS) is not None

    async def go_on(self, replica: str) -> None:
        """It takes longer; but if Redis was emptied meanwhile there is no turn to renew."""
        await self._lane.command("SET", _TURN, replica, "XX", "PX", _TURN_MS)

    async def give_up(self) -> None:
        """It is anybody's turn again."""
        await self._lane.command("DEL", _TURN)

    async def end(self, replica: str) -> bool:
        """This Redis has all the holds now; False if it was emptied once more meanwhile."""
        return bool(await self._lane.call(scripts.MARKED, (MARK, _TURN), replica, await self._run()))

    async def _run(self) -> bytes:
        told: bytes = await self._lane.command("INFO", "server")
        return told.partition(b"run_id:")[2].partition(b"\r")[0]
