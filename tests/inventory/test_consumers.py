"""What orders tell of what is completed: its claim becomes a sale, unless it is over."""

from __future__ import annotations

from typing import cast

import pytest

from internal.inventory.consumers import consumers
from internal.inventory.faults import NoClaim
from internal.inventory.telling import Catalog
from internal.platform.bus import Meta
from internal.platform.ids import new_id
from proto.inventory import Claim, Purchase, Refund, Release
from proto.orders import OrderCompleted
from tests.inventory.stage import Desk, Stage


async def told(desk: Desk, stage: Stage, order: str) -> None:
    """As the durable is given it."""
    sells = consumers(Catalog(desk.database, desk.locks, desk.openings), desk.claims)[1]
    event = OrderCompleted(
        order_id=order, user_id="user", showtime_id=stage.id, seat_ids=["A1"], total=2500, currency="TRY"
    )
    await sells.handle(event, cast("Meta", None))


@pytest.mark.parametrize("sold", [True, False])
async def test_a_completed_order_that_was_taken_back(calm: Desk, sold: bool) -> None:
    """Told again after its refund, or late after its way back: nothing is sold, and it is no message to be parked."""
    stage, buyer, order = await calm.stage(), new_id("user"), new_id("order")
    hold = await calm.holds.hold(stage.id, buyer, ["A1"])
    await calm.claims.claim(
        Claim(hold_id=hold.hold_id, order_id=order, user_id=buyer, saga_id=order, showtime_id=stage.id)
    )
    if sold:
        await calm.claims.purchase(Purchase(order_id=order, saga_id=order))
        await calm.claims.refund(Refund(order_id=order))
    else:
        await calm.claims.release(Release(order_id=order, saga_id=order))
    await told(calm, stage, order)
    assert await calm.rows(stage.id) == {}


async def test_a_completed_order_without_any_claim(calm: Desk) -> None:
    """Nobody took anything back: that is wrong, and a person is to hear of it."""
    stage = await calm.stage()
    with pytest.raises(NoClaim):
        await told(calm, stage, new_id("order"))
