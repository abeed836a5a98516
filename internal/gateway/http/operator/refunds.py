"""Refunds that no bank will carry out: seen, and settled by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from internal.gateway.http.operator.acting import ACTED, Acts, Words, fresh, refused
from internal.gateway.operating import Whose
from internal.platform.http import Page, RouteHandler
from internal.platform.http.forms import Body, Web
from internal.platform.http.gate import admin_of
from internal.platform.http.once import IdempotencyKey

__all__ = ["routes"]

RefundId = Annotated[str, Meta(pattern=r"^refund_[0-9a-z]{1,64}$(?!\n)")]


class OwedSeen(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Money that is to go back, and will not by itself: `code` and `message` say why."""

    refund_id: str
    payment_id: str
    order_id: str
    provider: str
    amount: int
    currency: str
    code: str
    message: str
    created_at: datetime


class SettleForm(Body, frozen=True, kw_only=True):
    """How the money was given back: 'bank transfer 123'."""

    given_back: Words


class Settled(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`settled`: it is done. `anew`: the order had been told that it failed, so its seats are refunded anew."""

    refund_id: str
    outcome: Literal["settled", "anew"]


def routes(acts: Acts) -> list[RouteHandler]:
    """Both."""

    @get("/api/operator/refunds", tags=["operator"])
    async def list_owed_refunds(request: Web) -> Response[Page[OwedSeen]]:
        """Those that a person must see to, the oldest first; all on one page."""
        admin_of(request)
        items = [OwedSeen(**msgspec.structs.asdict(one)) for one in await acts.operating.owed()]
        return fresh(Page(items=items))

    @post(
        "/api/operator/refunds/{refund_id:str}/settle",
        status_code=200,
        tags=["operator"],
        responses=ACTED | refused(404, 409),
    )
    async def settle_refund(
        request: Web, refund_id: FromPath[RefundId], data: JSONBody[SettleForm], idempotency_key: IdempotencyKey = None
    ) -> Response[Settled]:
        """Say that its money was given back by hand, once you have done it: it cannot be taken back."""

        async def settle(whose: Whose) -> Settled:
            done = await acts.operating.settle(whose, refund_id, data.given_back)
            return Settled(refund_id=refund_id, outcome="settled" if done else "anew")

        return await acts.once(request, idempotency_key, Settled, settle)

    return [list_owed_refunds, settle_refund]
