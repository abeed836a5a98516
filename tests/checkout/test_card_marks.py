"""What is kept of a request that carried a card says nothing of the card to who steals the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from internal.platform.idempotency import fingerprint
from internal.platform.ids import new_id
from tests.checkout.conftest import Stage

CARD = "4242424242424242"


async def test_a_stolen_table_does_not_give_away_a_card(stage: Stage, seats: Callable[[int], list[str]]) -> None:
    """Who knows all but the number cannot find it by trying; yet another body under that key is refused."""
    ada, key = stage.system.person(), new_id("key")
    hold = stage.world.hold(ada.id, *seats(1))
    body: dict[str, Any] = {"holdId": hold, "payment": {"provider": "mock", "method": {"number": CARD}}}
    headers = {"idempotency-key": key, "content-type": "application/json"}
    sent = msgspec.json.encode(body)
    answer = await ada("POST", "/api/checkouts", content=sent, headers=headers)
    assert answer.status_code == 201, answer.text
    async with stage.database() as tx:
        found = await tx.execute("select fingerprint from idempotency where key = %s", [key])
        row = await found.fetchone()
    assert row is not None
    assert bytes(row[0]) != fingerprint("/api/checkouts", "", sent)  # what anybody could compute of each number
    assert (await ada("POST", "/api/checkouts", content=sent, headers=headers)).status_code == 201
    other = sent.replace(CARD.encode(), b"4000000000000002")
    assert (await ada("POST", "/api/checkouts", content=other, headers=headers)).json()["code"] == "key_reused"
