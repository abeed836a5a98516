"""Seats that staff take off sale over HTTP, and the short routes to one seat."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from internal.platform.ids import new_id
from tests.inventory.house import House
from tests.inventory.stage import layout

# A request id of the caller's own sends a request along the ordinary road.
ORDINARY = {"x-request-id": "test"}


async def test_blocks_are_for_staff(shared_house: House) -> None:
    """Staff take seats off sale with a reason, all or none, and put them back; strangers cannot, and see nothing."""
    stage = await shared_house.stage()
    staff, stranger = shared_house.staff(stage), shared_house.buyer()
    path = f"/api/showtimes/{stage.id}"
    body = {"seatIds": ["A1", "A2"], "reason": "camera"}
    for who, status in ((stranger, 403), (shared_house.stranger(), 401), (shared_house.buyer(guest=True), 403)):
        assert (await who("POST", f"{path}/blocks", body)).status_code == status
        assert (await who("POST", f"{path}/unblocks", {"seatIds": ["A1"]})).status_code == status
        assert (await who("GET", f"{path}/blocks")).status_code == status
    made = await staff("POST", f"{path}/blocks", body)
    assert made.status_code == 200
    assert [(one["seatId"], one["reason"]) for one in made.json()["blocks"]] == [("A1", "camera"), ("A2", "camera")]
    assert (await stranger.hold(stage, "A1")).json()["code"] == "seat_taken"
    assert (await stranger.hold(stage, "A3")).status_code == 201
    half = await staff("POST", f"{path}/blocks", {"seatIds": ["A4", "A3"], "reason": "x"})
    assert (half.status_code, half.json()["seatIds"]) == (409, ["A3"])
    missing = await staff("POST", f"{path}/blocks", {"seatIds": ["A4", "Z9"], "reason": "x"})
    assert missing.status_code == 404
    back = await staff("POST", f"{path}/unblocks", {"seatIds": ["A1", "A3", "A9"]})
    assert back.json() == {"seatIds": ["A1"]}
    assert [one["seatId"] for one in (await staff("GET", f"{path}/blocks")).json()["blocks"]] == ["A2"]
    assert (await stranger.hold(stage, "A1")).status_code == 201
    for bad in ({"seatIds": ["A4", "A4"], "reason": "x"}, {"seatIds": ["A4"], "reason": ""}, {"seatIds": ["A4"]}):
        assert (await staff("POST", f"{path}/blocks", bad)).status_code == 400
    nowhere = await staff("GET", f"/api/showtimes/{new_id('showtime')}/blocks")
    assert nowhere.status_code == 404


async def test_a_whole_balcony_blocked_at_once(shared_house: House) -> None:
    """2,000 seats in one call, and back."""
    stage = await shared_house.stage(layout(rows=20, seats=100))
    staff = shared_house.staff(stage)
    made = await staff("POST", f"/api/showtimes/{stage.id}/blocks", {"seatIds": stage.seats, "reason": "closed"})
    assert (made.status_code, len(made.json()["blocks"])) == (200, 2_000)
    seen = (await staff("GET", f"/api/showtimes/{stage.id}/seats")).json()
    assert (len(seen["blocked"]), seen["available"]) == (2_000, 0)
    back = await staff("POST", f"/api/showtimes/{stage.id}/unblocks", {"seatIds": stage.seats})
    assert len(back.json()["seatIds"]) == 2_000
    assert (await staff("GET", f"/api/showtimes/{stage.id}/seats")).json()["available"] == 2_000


async def test_short_routes(shared_house: House) -> None:
    """One seat of an event's next showtime: hold, state, refresh, one's holds."""
    stage = await shared_house.stage()
    await shared_house.stage(event_id=stage.event_id, starts_at=datetime.now(UTC) - timedelta(days=2))
    await shared_house.stage(event_id=stage.event_id, starts_at=datetime.now(UTC) + timedelta(days=60))
    buyer, other = shared_house.buyer(), shared_house.buyer(1)
    path = f"/api/seats/{stage.event_id}"
    free = await other("GET", f"{path}/A1/status")
    assert free.json() == {
        "eventId": stage.event_id,
        "showtimeId": stage.id,
        "seatNumber": "A1",
        "status": "available",
    }
    made = await buyer("POST", f"{path}/A1/hold")
    assert (made.status_code, made.json()["seatIds"]) == (201, ["A1"])
    assert (await other("POST", f"{path}/A1/hold")).status_code == 409
    assert (await other("GET", f"{path}/A1/status")).json()["status"] == "held"
    assert (await buyer("POST", f"{path}/A1/refresh")).json()["holdId"] == made.json()["holdId"]
    assert (await buyer("POST", f"{path}/A2/refresh")).status_code == 410
    own = await buyer("GET", f"{path}/user/{buyer.id}/holds")
    assert [one["holdId"] for one in own.json()["holds"]] == [made.json()["holdId"]]
    assert (await other("GET", f"{path}/user/{buyer.id}/holds")).status_code == 403
    admin = shared_house.buyer(roles=("admin",))
    assert len((await admin("GET", f"{path}/user/{buyer.id}/holds")).json()["holds"]) == 1
    for seat in ("Z1", "%23 1", "A|1", "x" * 80):
        assert (await buyer("GET", f"{path}/{seat}/status")).status_code == 404
        assert (await buyer("POST", f"{path}/{seat}/hold")).status_code == 404
    nothing = await buyer("POST", f"/api/seats/{new_id('event')}/A1/hold")
    assert (nothing.status_code, nothing.json()["code"]) == (404, "showtime_closed")
    assert (await buyer("GET", f"/api/seats/{new_id('event')}/user/{buyer.id}/holds")).json() == {"holds": []}
