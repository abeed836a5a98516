"""What the inventory decides, with no I/O: which shard, what a hold is, what may be asked, what an answer means.

A seat's states, one byte each in the showtime's map:

    . free -> h held -> c claimed -> s sold
      ^        |          |           |
      +--------+----------+-----------+      released or expired / claim dropped / refunded
    . free <-> b blocked                     by staff, with a reason
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from hashlib import blake2b

import msgspec

from internal.inventory.faults import (
    HoldClaimed,
    HoldEnded,
    HoldNotYours,
    NoRefreshLeft,
    NotEnoughSeats,
    NotOnSale,
    SeatTaken,
    ShowtimeClosed,
    TooManySeats,
    UnknownSeat,
)
from internal.platform.faults import Fault, Limited, Malformed
from internal.platform.ids import new_id
from proto import Event
from proto.inventory import ClaimCreated, ClaimReleased, HoldCreated, HoldExpired, HoldRefreshed, HoldReleased
from proto.seatkeys import BLOCKED, CLAIMED, FREE, HELD, SHARDS, SOLD, shard_of

__all__ = [
    "STATES",
    "Hold",
    "LiveHold",
    "SeatState",
    "after_facts",
    "claimed_after_facts",
    "difference",
    "hold_id_of",
    "hold_of",
    "moment",
    "new_hold_id",
    "outcome",
    "shard_of_hold",
    "state_name",
    "wanted",
]


class SeatState(Enum):
    """The byte that a seat has in its showtime's map."""

    FREE = FREE
    HELD = HELD
    CLAIMED = CLAIMED
    SOLD = SOLD
    BLOCKED = BLOCKED


class Hold(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Seats locked for one buyer until a moment."""

    hold_id: str
    showtime_id: str
    seat_ids: list[str]
    expires_at: datetime
    version: int | None = None
    refreshes_left: int | None = None


@dataclass(frozen=True, slots=True)
class LiveHold:
    """A hold that outlives the Redis it was made in."""

    hold_id: str
    user_id: str
    showtime_id: str
    expires_ms: int
    seat_ids: tuple[str, ...]
    first_expires_ms: int  # before it was refreshed
    refreshed: int = 0
    order_id: str = ""  # of who has claimed it: it is only remembered then, for the claim may be dropped


def new_hold_id(shard: int) -> str:
    """A new hold's id; its last two digits are its shard, so that it is found without knowing the showtime."""
    return f"{new_id('hold')[:-2]}{shard:02x}"


def hold_id_of(showtime_id: str, user_id: str, key: str) -> str:
    """The hold that a request with this Idempotency-Key makes: the same for each try, so that a second try finds it."""
    digest = blake2b(f"{showtime_id} {user_id} {key}".encode(), digest_size=15).hexdigest()
    return f"hold_{digest}{shard_of(showtime_id):02x}"


def shard_of_hold(hold_id: str) -> int:
    """The shard written in a hold's id; an id that is not ours leads to a hold that is over."""
    try:
        shard = int(hold_id[-2:], 16)
    except ValueError:
        raise HoldEnded from None
    if not 0 <= shard < SHARDS or not hold_id.startswith("hold_") or "|" in hold_id:
        raise HoldEnded
    return shard


def wanted(seat_ids: Sequence[str], most: int) -> Sequence[str]:
    """The seats asked for, or what is wrong with asking so."""
    if not seat_ids:
        raise Malformed("Name at least one seat.", path="$.seatIds")
    if len(seat_ids) > most:
        raise Malformed(f"No more than {most} seats can be asked for at once.", path="$.seatIds")
    if len(set(seat_ids)) != len(seat_ids):
        raise Malformed("A seat is named twice.", path="$.seatIds")
    return seat_ids


def state_name(state: SeatState) -> str:
    """A state as it is told to people: a seat that is being paid is held as far as they are concerned."""
    return {"free": "available", "claimed": "held"}.get(state.name.lower(), state.name.lower())


def moment(milliseconds: int | str) -> datetime:
    """A moment as Redis counts it."""
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)


def after_facts(facts: Iterable[Event], now: datetime) -> dict[str, list[LiveHold]]:
    """The holds, by showtime, that are alive after all these facts: what an emptied Redis must be told again.

    One that is claimed is the claim's matter, see `claimed_after_facts`.
    """
    alive, claimed = _folded(facts)
    standing_still = set(claimed.values())
    return _by_showtime((hold for hold in alive.values() if hold.hold_id not in standing_still), now)


def claimed_after_facts(facts: Iterable[Event], now: datetime) -> dict[str, list[LiveHold]]:
    """The same for those that an order has claimed, sold or not: should the claim be dropped, they go on."""
    alive, claimed = _folded(facts)
    known = ((order_id, alive.get(hold_id)) for order_id, hold_id in claimed.items())
    return _by_showtime((replace(hold, order_id=order_id) for order_id, hold in known if hold is not None), now)


def _folded(facts: Iterable[Event]) -> tuple[dict[str, LiveHold], dict[str, str]]:
    """The holds that have not ended, and which of them each order has claimed.

    A claim and its end are told through another outbox than holds are, so they may come before the hold itself.
    """
    alive: dict[str, LiveHold] = {}
    claimed: dict[str, str] = {}  # order -> hold
    for fact in facts:
        match fact:
            case HoldCreated():
                alive[fact.hold_id] = LiveHold(
                    fact.hold_id,
                    fact.user_id,
                    fact.showtime_id,
                    _ms(fact.expires_at),
                    tuple(fact.seat_ids),
                    _ms(fact.expires_at),
                )
            case HoldRefreshed() if hold := alive.get(fact.hold_id):
                alive[fact.hold_id] = replace(hold, expires_ms=_ms(fact.expires_at), refreshed=hold.refreshed + 1)
            case HoldReleased() if hold := alive.get(fact.hold_id):
                staying = tuple(seat for seat in hold.seat_ids if seat not in fact.seat_ids)
                alive[fact.hold_id] = replace(hold, seat_ids=staying)
            case HoldExpired():
                alive.pop(fact.hold_id, None)
            case ClaimCreated():
                claimed[fact.order_id] = fact.hold_id
            case ClaimReleased():
                claimed.pop(fact.order_id, None)
            case _:
                continue
    return alive, claimed


def _by_showtime(holds: Iterable[LiveHold], now: datetime) -> dict[str, list[LiveHold]]:
    """Those that have seats and time left."""
    by_showtime: dict[str, list[LiveHold]] = {}
    for hold in holds:
        if hold.seat_ids and hold.expires_ms > _ms(now):
            by_showtime.setdefault(hold.showtime_id, []).append(hold)
    return by_showtime


STATES = {"claimed": SeatState.CLAIMED, "sold": SeatState.SOLD, "blocked": SeatState.BLOCKED}


def difference(index: Mapping[str, int], states: bytes, truth: Mapping[str, str]) -> dict[str, SeatState]:
    """The seats whose byte in the map is not what Postgres says, and what it should be.

    Postgres knows nothing of holds, so a held seat that it has no row for is as it should be.
    """
    wrong = {
        seat: STATES[state]
        for seat, state in truth.items()
        if seat in index and states[index[seat]] != ord(STATES[state].value)
    }
    lasting = {ord(state.value) for state in STATES.values()}
    freed = {seat: SeatState.FREE for seat, at in index.items() if states[at] in lasting and seat not in truth}
    return wrong | freed


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def hold_of(reply: str, hold_id: str, showtime_id: str) -> Hold:
    """The hold that a script's `ok|expires|version|seats` tells of."""
    _, expires, version, seats = reply.split("|")
    return Hold(
        hold_id=hold_id,
        showtime_id=showtime_id,
        seat_ids=seats.split(","),
        expires_at=moment(expires),
        version=int(version),
    )


def outcome(reply: bytes) -> str:
    """A script's reply if it is good news, else the fault that it means."""
    text = reply.decode()
    word, _, rest = text.partition("|")
    if word == "ok":
        return text
    raise _MEANING[word](rest)


_MEANING: dict[str, Callable[[str], Fault]] = {
    "taken": lambda seats: SeatTaken(seatIds=seats.split(",") if seats else []),
    "unknown": lambda seat: UnknownSeat(f"There is no seat {seat} here.", seatId=seat),
    "limit": lambda limit: TooManySeats(f"One buyer may have {limit} seats of this showtime.", limit=int(limit)),
    "rate": lambda wait_ms: Limited(retryAfter=-(-int(wait_ms) // 1000)),
    "early": lambda begins: NotOnSale("The sale has not begun.", onSaleFrom=moment(begins)),
    "over": lambda _: NotOnSale("The sale is over."),
    "few": lambda available: NotEnoughSeats(available=int(available)),
    "gone": lambda _: HoldEnded(),
    "foreign": lambda _: HoldNotYours(),
    "claimed": lambda _: HoldClaimed(),
    "tired": lambda _: NoRefreshLeft(),
    "closed": lambda _: ShowtimeClosed(),
}
