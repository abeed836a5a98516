"""The state of every seat of a showtime, for services that show them."""

from __future__ import annotations

from proto import Answer, Request, rpc

__all__ = ["GetSeats", "SeatStates"]


class SeatStates(Answer, frozen=True, kw_only=True):
    """One character for each place in the order of `proto.seatkeys.places`: `.` free, `h` held, `s` sold, `b` blocked.

    A seat that is being paid for is held, as far as anybody else is concerned.
    """

    showtime_id: str
    version: int
    layout_hash: str
    states: str


@rpc("rpc.seatview.seats")
class GetSeats(Request[SeatStates], frozen=True, kw_only=True):
    """How do the seats of this showtime stand? One that is not open yet is opened."""

    showtime_id: str
