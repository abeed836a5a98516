"""Asking for a hold along both roads, the fast one and its ordinary twin."""

from __future__ import annotations

import json
from typing import Any

import httpx

from internal.platform.ids import new_id
from tests.inventory.house import Buyer
from tests.inventory.stage import Stage

# A request id of the caller's own sends a request along the ordinary road.
ORDINARY = {"x-request-id": "test"}


async def both(buyer: Buyer, stage: Stage | str, content: bytes, **headers: str) -> httpx.Response:
    """The same request along both roads: the same status, type, code and members; the answer."""
    showtime_id = stage if isinstance(stage, str) else stage.id
    path = f"/api/showtimes/{showtime_id}/holds"
    sent = {"content-type": "application/json", **headers}
    fast = await buyer("POST", path, content=content, headers=sent)
    ordinary = await buyer("POST", path, content=content, headers={**sent, **ORDINARY})
    assert fast.status_code == ordinary.status_code, (fast.text, ordinary.text)
    assert fast.headers["content-type"] == ordinary.headers["content-type"]
    assert set(fast.headers) - {"date"} == set(ordinary.headers) - {"date"}
    one, other = fast.json(), ordinary.json()
    assert one.keys() == other.keys()
    for name in one.keys() - {"requestId", "holdId", "expiresAt", "version", "seatIds"}:
        assert one[name] == other[name]
    return fast


async def known(buyer: Buyer, stage: Stage) -> Buyer:
    """The token was checked and the showtime is open, so that the fast road is taken."""
    await buyer("GET", f"/api/holds/{new_id('hold')}")
    await buyer("GET", f"/api/showtimes/{stage.id}/seats")
    await buyer("POST", f"/api/showtimes/{stage.id}/holds", {"seatIds": ["none"]})
    return buyer


def seats(*ids: Any) -> bytes:
    return json.dumps({"seatIds": list(ids)}).encode()
