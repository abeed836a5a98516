"""The routes of payments: what a buyer may see, and where providers report."""

from __future__ import annotations

from datetime import UTC, datetime

from litestar import Response, get, post
from litestar.params import FromPath

from internal.payments import store
from internal.payments.faults import PaymentUnknown
from internal.payments.handlers import Payments
from internal.payments.loops import ANSWERED_WITHIN, WEBHOOKS_DUE
from internal.payments.providers.interface import BadWebhook, Provider
from internal.platform.faults import Fault, Kind
from internal.platform.http import RouteHandler, member_of, problems
from internal.platform.http.forms import Web
from internal.platform.postgres import Database
from proto.payments import PaymentFacts

__all__ = ["routes"]


class NoSuchProvider(Fault, kind=Kind.NOT_FOUND):
    """No provider of this name reports here."""


def routes(payments: Payments, database: Database, providers: dict[str, Provider]) -> list[RouteHandler]:
    """All of them."""

    @get("/api/payments/{payment_id:str}", tags=["payments"], responses=problems(PaymentUnknown))
    async def get_payment(request: Web, payment_id: FromPath[str]) -> PaymentFacts:
        """How a payment of one's own stands. Nobody else's exists here."""
        principal = member_of(request)
        return await payments.owned(principal.user_id, payment_id, everybodys=principal.is_admin)

    # Not limited by address: a provider sends all of its messages from a few, and the signature is checked first.
    @post(
        "/webhooks/{provider:str}",
        tags=["payments"],
        status_code=200,
        responses=problems(NoSuchProvider, BadWebhook),
        opt={"own_limit": True},
    )
    async def hear_provider(request: Web, provider: FromPath[str]) -> Response[bytes]:
        """For payment providers: a signed message about a payment. Stored, answered, and looked into afterwards."""
        known = providers.get(provider)
        if known is None:
            raise NoSuchProvider
        told = known.read_webhook(request.headers, await request.body(), datetime.now(UTC))
        if told is not None:
            async with database.statement() as tx:
                if await store.add_webhook(tx, known.name, told, ANSWERED_WITHIN):
                    tx.announce(WEBHOOKS_DUE)
        return Response(known.webhook_answer.encode(), media_type="text/plain")

    return [get_payment, hear_provider]
