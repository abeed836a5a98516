"""Operators' acts under an Idempotency-Key: one effect, one answer."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg
import pytest

from proto.checkout import AbandonSaga, RetrySaga
from proto.payments import SettleRefund
from proto.reconcile import Reconcile
from tests.gateway.house import REFUND, SAGA, House

KEY = {"idempotency-key": "one"}
ACTS = [
    (f"/api/operator/sagas/{SAGA}/retry", None, RetrySaga),
    (f"/api/operator/sagas/{SAGA}/abandon", {"reason": "gone", "status": "running"}, AbandonSaga),
    (f"/api/operator/refunds/{REFUND}/settle", {"givenBack": "by hand"}, SettleRefund),
    ("/api/operator/services/peer/reconcile", {"repair": True}, Reconcile),
]


def _ids(value: Any) -> str:
    return value.rsplit("/", 1)[-1] if isinstance(value, str) else ""


@pytest.mark.parametrize(("path", "body", "asked"), ACTS, ids=_ids)
async def test_the_same_key_acts_once(house: House, path: str, body: Any, asked: type) -> None:
    """The answer comes again, byte for byte, and nobody is asked or told again."""
    answers = [await house.admin("POST", path, body, headers=KEY) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 200]
    assert len({one.content for one in answers}) == 1
    assert sum(isinstance(one, asked) for one in house.peer.asked) == 1


async def test_a_letter_is_replayed_once_for_its_key(house: House) -> None:
    """The second request is answered as the first was, where without the key it would find the letter gone."""
    letter, house.peer.broken = await house.parked(), False
    path = f"/api/operator/letters/{letter['number']}/replay"
    answers = [(await house.admin("POST", path, headers=KEY)).json()["outcome"] for _ in range(2)]
    assert (answers, house.peer.heard) == (["handled", "handled"], 1)
    assert (await house.admin("POST", path)).json()["outcome"] == "gone"


@pytest.mark.parametrize(("path", "body", "asked"), ACTS[1:], ids=_ids)
async def test_another_body_under_the_key_is_refused(house: House, path: str, body: Any, asked: type) -> None:
    """With 422, and nothing is done."""
    assert (await house.admin("POST", path, body, headers=KEY)).status_code == 200
    other = {name: not value if value is True else value for name, value in body.items()}
    other |= {name: "something else" for name in ("reason", "givenBack") if name in body}
    again = await house.admin("POST", path, other, headers=KEY)
    assert (again.status_code, again.json()["code"]) == (422, "key_reused")
    assert sum(isinstance(one, asked) for one in house.peer.asked) == 1


async def test_another_saga_under_the_key_is_refused(house: House) -> None:
    """The key belongs to what was asked, and to who asked: somebody else's key of the same name is another."""
    retry, other = f"/api/operator/sagas/{SAGA}/retry", f"/api/operator/sagas/checkout_{'c' * 32}/retry"
    assert (await house.admin("POST", retry, headers=KEY)).status_code == 200
    assert (await house.admin("POST", other, headers=KEY)).status_code == 422
    colleague = house.system.person(roles=("admin",))
    assert (await colleague("POST", other, headers=KEY)).status_code == 200


async def test_a_key_is_no_way_around_the_gate(house: House) -> None:
    """Who is no administrator gets no answer that was stored."""
    path = f"/api/operator/sagas/{SAGA}/retry"
    assert (await house.admin("POST", path, headers=KEY)).status_code == 200
    assert (await house.system.person()("POST", path, headers=KEY)).status_code == 403


async def test_both_at_once_are_one(house: House) -> None:
    """Of many requests at the same time one acts; the others are given its answer, or told that it is under way."""
    path, body, asked = ACTS[2]
    answers = await asyncio.gather(*(house.admin("POST", path, body, headers=KEY) for _ in range(8)))
    assert {one.status_code for one in answers} <= {200, 409}
    assert {one.json()["code"] for one in answers if one.status_code == 409} <= {"in_flight"}
    assert sum(isinstance(one, asked) for one in house.peer.asked) == 1


@pytest.mark.parametrize(("path", "body", "asked"), ACTS, ids=_ids)
async def test_unknown_fields_are_refused(house: House, path: str, body: Any, asked: type) -> None:
    """Also where there is nothing to be told; nothing is done, and the key is not used up."""
    wrong = await house.admin("POST", path, {**(body or {}), "sure": True}, headers=KEY)
    assert (wrong.status_code, house.peer.asked) == (400, [])
    assert (await house.admin("POST", path, body, headers=KEY)).status_code == 200


async def test_a_key_that_cannot_be_remembered_acts_not(house: House) -> None:
    """While there is no table for answers, an act with a key is not begun, and one without is done."""
    path, *_ = ACTS[0]
    async with await psycopg.AsyncConnection.connect(house.system.databases["gateway"], autocommit=True) as tx:
        await tx.execute("alter table idempotency rename to away")
        assert (await house.admin("POST", path, headers=KEY)).status_code >= 500
        assert house.peer.asked == []
        assert (await house.admin("POST", path)).status_code == 200
        await tx.execute("alter table away rename to idempotency")
    assert (await house.admin("POST", path, headers=KEY)).status_code == 200
