"""The fast road to a hold: a token that is known, seats by id, no Idempotency-Key. All else takes the ordinary route.

This is the hottest path of the house: from the socket to Redis and back without the framework, without a query, and
with all holds of one tick of the loop in one script call. Where 60 us are everything, f-strings make the answer.
"""

from __future__ import annotations

from functools import lru_cache

import msgspec

from internal.inventory.domain import moment, new_hold_id, outcome
from internal.inventory.faults import UnknownSeat
from internal.inventory.locks import Allowance, Asked, Locks
from internal.inventory.opening import Openings
from internal.platform.faults import Fault
from internal.platform.http import FastRoute
from internal.platform.http.fast import Headers, Straight
from internal.platform.tokens import Principal, Verifier
from proto.seatkeys import shard_of

__all__ = ["route"]

# With these the request's answer or its telling is not the plain one.
_UNUSUAL = frozenset({b"idempotency-key", b"x-request-id", b"traceparent"})


class _Asked(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The straight case of `http.HoldRequest`. A seat's id is not looked at: the hall knows its seats."""

    seat_ids: list[str]


_decode = msgspec.json.Decoder(_Asked).decode
_shard_of = lru_cache(maxsize=8192)(shard_of)  # more showtimes than are on sale at once


def route(locks: Locks, openings: Openings, verifier: Verifier, allowance: Allowance, most: int) -> FastRoute:
    """`POST /api/showtimes/{id}/holds`, the straight case."""

    def hold(request: Straight) -> bool:
        showtime_id = request.id
        who, hall = _known(request.headers, verifier), openings.known_hall(showtime_id)
        if who is None or hall is None or (seats := _seats(request.body, most)) is None:
            return False
        try:
            places = hall.places_of(seats)
        except UnknownSeat:
            return False
        hold_id = new_hold_id(_shard_of(showtime_id))
        number = "req" + hold_id[4:]

        def told(reply: bytes | Exception) -> None:
            _tell(request, reply, hold_id, number, seats)

        locks.post_hold(told, Asked(showtime_id, hold_id, who.user_id, number + "|", seats, places), allowance)
        return True

    return FastRoute("POST", "/api/showtimes/", "/holds", hold)


def _tell(request: Straight, reply: bytes | Exception, hold_id: str, number: str, seats: list[str]) -> None:
    """What became of it."""
    if reply == b"closed":
        request.ordinary()  # there it is opened
        return
    try:
        if isinstance(reply, Exception):
            raise reply
        told = outcome(reply)
    except Fault as fault:
        request.problem(fault, number)
    except Exception:
        request.ordinary()  # where a failure is written down
    else:
        head = f"content-type: application/json\r\nlocation: /api/holds/{hold_id}\r\nx-request-id: {number}\r\n"
        request.answer(201, head.encode(), _body(told, hold_id, request.id, seats))


def _known(headers: Headers, verifier: Verifier) -> Principal | None:
    """The holder of a token that was checked before, if nothing about the request wants the ordinary road."""
    token = b""
    for name, value in headers:
        if name == b"authorization":
            if token or value[:7].lower() != b"bearer ":
                return None
            token = value[7:]
        elif name in _UNUSUAL:
            return None
    return verifier.known(token)


def _seats(body: bytes, most: int) -> list[str] | None:
    """The seats, if they are asked for by id and soundly."""
    if body.count(b'":') != 1 or b"\\" in body:  # more than one field, perhaps the same one twice
        return None
    try:
        seats = _decode(body).seat_ids
    except msgspec.DecodeError:
        return None
    if not 0 < len(seats) <= most or len(set(seats)) != len(seats):
        return None
    return seats


def _body(told: str, hold_id: str, showtime_id: str, seats: list[str]) -> bytes:
    _, expires, version, _ = told.split("|")
    listed = '","'.join(seats)
    return (
        f'{{"holdId":"{hold_id}","showtimeId":"{showtime_id}","seatIds":["{listed}"],'
        f'"expiresAt":"{_moment(expires)}","version":{version}}}'
    ).encode()


@lru_cache(maxsize=256)  # all holds of one script expire at the same moment
def _moment(milliseconds: str) -> str:
    return moment(milliseconds).isoformat().replace("+00:00", "Z")
