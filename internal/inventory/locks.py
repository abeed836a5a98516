"""What Redis remembers, and is told: the locks, the map, the holds. Only looking at them is `looking`.

Every call of a script of `lua/` is here, but for the relay's (`outbox`) and the mark of a whole Redis (`recovery`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from internal.inventory import scripts
from internal.inventory.domain import Hold, LiveHold, SeatState, hold_of, new_hold_id, outcome, shard_of_hold
from internal.inventory.looking import Looking, tag_of_showtime
from internal.platform.redis import Script
from proto.seatkeys import shard_of, show_key, tag_of

__all__ = ["Allowance", "Asked", "Locks", "Opening"]

_pack = msgspec.msgpack.Encoder().encode
_PIECE = 1_000  # seats of a layout written at once: half a millisecond of the server's time


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many holds a buyer may make in a shard: one every `interval_ms`, `burst` at once."""

    interval_ms: int
    burst: int


class Asked(NamedTuple):
    """Seats by their ids, and where they are in the map of the hall."""

    showtime_id: str
    hold_id: str
    user_id: str
    trailer: str
    seats: Sequence[str]
    places: list[int]


@dataclass(frozen=True, slots=True)
class Opening:
    """All that Redis must know of a showtime before a seat of it can be held."""

    showtime_id: str
    layout_hash: str
    seat_ids: Sequence[str]
    map: str
    seats_per_buyer: int
    hold_ms: int
    refreshes: int
    from_ms: int
    until_ms: int
    keep_ms: int
    buyers: Sequence[tuple[str, int]] = ()
    holds: Sequence[LiveHold] = ()

    def record(self) -> str:
        """The show's record, as `seats.lua` reads it."""
        return (
            f"{self.layout_hash}|{len(self.seat_ids)}|{self.seats_per_buyer}|{self.hold_ms}"
            f"|{self.refreshes}|{self.from_ms}|{self.until_ms}"
        )


class Locks(Looking):
    """The inventory's Redis: what is done to it, and what is seen of it."""

    def hold(self, asked: Asked, allowance: Allowance) -> asyncio.Future[Any]:
        """Ask for these seats, together with whoever asks in the same tick. The reply is for `outcome`."""
        return self._lane.batch(scripts.HOLD, (_packed(asked, allowance),))

    def post_hold(self, told: Callable[[Any], None], asked: Asked, allowance: Allowance) -> None:
        """The same for the fast road: `told` is called with the reply, or with an exception."""
        self._lane.post(scripts.HOLD, (_packed(asked, allowance),), told)

    async def hold_first(
        self,
        showtime_id: str,
        user_id: str,
        allowance: Allowance,
        trailer: str,
        groups: Sequence[Sequence[str]],
        *,
        hold_id: str | None = None,
    ) -> Hold:
        """The first of these groups (of one size) that is free."""
        seats = [seat for group in groups for seat in group]
        size = len(groups[0])
        return await self._choose(scripts.HOLD_FIRST, showtime_id, user_id, allowance, trailer, size, seats, hold_id)

    async def hold_within(
        self,
        showtime_id: str,
        user_id: str,
        allowance: Allowance,
        trailer: str,
        quantity: int,
        stretches: Sequence[tuple[int, int]],
        *,
        hold_id: str | None = None,
    ) -> Hold:
        """Any seats within these stretches (first index, length) of the map, the earlier stretch the better."""
        numbers = [number for stretch in stretches for number in stretch]
        return await self._choose(
            scripts.HOLD_WITHIN, showtime_id, user_id, allowance, trailer, quantity, numbers, hold_id
        )

    async def _choose(
        self,
        script: Script,
        showtime_id: str,
        user_id: str,
        allowance: Allowance,
        trailer: str,
        quantity: int,
        rest: Sequence[str | int],
        hold_id: str | None,
    ) -> Hold:
        shard = shard_of(showtime_id)
        hold_id = hold_id or new_hold_id(shard)
        reply = await self._on(
            shard,
            script,
            showtime_id,
            hold_id,
            user_id,
            allowance.interval_ms,
            allowance.burst,
            trailer,
            quantity,
            *rest,
        )
        return hold_of(outcome(reply), hold_id, showtime_id)

    async def refresh(self, hold_id: str, user_id: str, trailer: str) -> tuple[int, int, list[str]]:
        """More time for a hold: when it expires now (ms), how many refreshes are left, and its seats."""
        return _remains(await self._on(shard_of_hold(hold_id), scripts.REFRESH, hold_id, user_id, trailer))

    async def release(
        self, hold_id: str, user_id: str, trailer: str, seats: Sequence[str] = ()
    ) -> tuple[int, int, list[str]]:
        """Give back these seats of a hold, or all; what remains of it."""
        return _remains(await self._on(shard_of_hold(hold_id), scripts.RELEASE, hold_id, user_id, trailer, *seats))

    async def extend(self, hold_id: str, order_id: str, until_ms: int, most_ms: int) -> int:
        """A hold that this order claimed lives until then; until when it does."""
        reply = await self._on(shard_of_hold(hold_id), scripts.EXTEND, hold_id, order_id, until_ms, most_ms)
        return _remains(reply)[0]

    async def claim(self, hold_id: str, user_id: str, showtime_id: str, order_id: str, settle_ms: int) -> list[str]:
        """Make a live hold stand still while Postgres writes its claim; its seats."""
        reply = await self._on(
            shard_of_hold(hold_id), scripts.CLAIM, hold_id, user_id, showtime_id, order_id, settle_ms
        )
        return _remains(reply)[2]

    async def settle(
        self,
        showtime_id: str,
        state: SeatState,
        seats: Sequence[str],
        *,
        order: str = "",
        hold: str = "",
        user: str = "",
        fence: int = 0,
    ) -> None:
        """Postgres has decided what these seats are; a showtime that is not open learns it when it is opened.

        With its claim's fence it is not believed of seats that are another's since; without, Postgres was just asked.
        """
        shard = shard_of(showtime_id)
        for start in range(0, len(seats), _PIECE):
            piece = seats[start : start + _PIECE]
            await self._on(shard, scripts.SETTLE, showtime_id, order, hold, user, state.value, fence, *piece)

    async def block(self, showtime_id: str, seats: Sequence[str]) -> None:
        """Take free seats off sale, all or none."""
        outcome(await self._on(shard_of(showtime_id), scripts.BLOCK, showtime_id, *seats))

    async def sweep(self, shard: int, most: int) -> tuple[int, list[str]]:
        """Free what is over: how many holds were looked at, and those that Postgres must be asked about."""
        looked_at, *unsettled = await self._on(shard, scripts.SWEEP, most)
        return looked_at, [hold.decode() for hold in unsettled]

    async def open(self, opening: Opening) -> bool:
        """Make a showtime's seats ready to be held, and these holds live on; False if it was open already."""
        tag = tag_of(shard_of(opening.showtime_id))
        while True:
            reply = await self._open(tag, opening)
            if reply != b"layout":
                return bool(reply == b"opened")
            for start in range(0, len(opening.seat_ids), _PIECE):
                piece = opening.seat_ids[start : start + _PIECE]
                await self._lane.call(scripts.LAYOUT, (f"{tag}:layout:{opening.layout_hash}",), start, *piece)

    async def _open(self, tag: str, opening: Opening) -> bytes:
        words: list[str | int] = [len(opening.buyers)]
        for user, count in opening.buyers:
            words += (user, count)
        for hold in opening.holds:
            seats = ",".join(hold.seat_ids)
            left = max(0, opening.refreshes - hold.refreshed)
            made = hold.first_expires_ms - opening.hold_ms
            state = f"c:{hold.order_id}" if hold.order_id else "h"
            record = f"{hold.expires_ms}|{left}|{state}|{hold.user_id}|{opening.showtime_id}|{seats}|{made}"
            words += (hold.hold_id, record, seats)
        reply: bytes = await self._lane.call(
            scripts.OPEN,
            (f"{tag}:outbox",),
            tag,
            opening.showtime_id,
            opening.record(),
            len(opening.seat_ids),
            opening.map,
            opening.keep_ms,
            *words,
        )
        return reply

    async def close(self, showtime_id: str) -> None:
        """Nothing of this showtime can be held any more; what is held goes when it expires."""
        await self._lane.command("DEL", show_key(showtime_id))

    async def _on(self, shard: int, script: Script, *arguments: str | int) -> Any:
        tag = tag_of(shard)
        return await self._lane.call(script, (f"{tag}:outbox",), tag, *arguments)


def _packed(asked: Asked, allowance: Allowance) -> bytes:
    """One call of `lua/hold.lua`."""
    showtime_id, hold_id, user_id, trailer, seats, places = asked
    return _pack(
        (
            tag_of_showtime(showtime_id),
            showtime_id,
            hold_id,
            user_id,
            f"{user_id}|{showtime_id}|{','.join(seats)}",
            trailer,
            seats,
            places,
            allowance.interval_ms,
            allowance.burst,
        )
    )


def _remains(reply: bytes) -> tuple[int, int, list[str]]:
    _, expires, refreshes, seats = outcome(reply).split("|")
    return int(expires), int(refreshes), seats.split(",") if seats else []
