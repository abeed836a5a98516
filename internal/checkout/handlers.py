"""What buyers and other services do with checkouts: begin one, wait for it a moment, look at it."""

from __future__ import annotations

import asyncio

import msgspec

from internal.checkout.config import Config
from internal.checkout.domain import (
    CHECKOUT,
    CheckoutData,
    CheckoutUnderWay,
    CheckoutUnknown,
    facts_of,
    is_settled,
    order_of,
    payment_of,
)
from internal.platform.faults import Malformed
from internal.platform.ids import is_id, new_id
from internal.platform.once import Once
from internal.platform.postgres import Database, Tx
from internal.platform.saga import Plan, Runner, Saga, find
from proto.checkout import CheckoutFacts, GetCheckout, StartCheckout

__all__ = ["Checkouts"]

# Seconds until we look by ourselves: who walks a checkout tells, here and from other replicas; a dead one does not.
_LOOK_EVERY = 0.5


class _Begun(msgspec.Struct, frozen=True):
    checkout_id: str


class Checkouts:
    """Each begins or shows one saga."""

    def __init__(
        self,
        database: Database,
        plan: Plan[CheckoutData],
        runner: Runner,
        config: Config,
    ) -> None:
        self._database = database
        self._plan = plan
        self._runner = runner
        self._config = config

    async def buy(self, asked: StartCheckout, once: Once) -> Saga:
        """Begin, under the caller's key if there is one, and wait a moment for how it ends."""
        begun_now = False

        async def work(tx: Tx) -> _Begun:
            nonlocal begun_now
            begun_now = True
            return _Begun((await self._begin(tx, asked)).id)

        begun = await once.run(self._database, _Begun, work)
        return await self.settled(begun.checkout_id, begun_now=begun_now)

    async def start(self, asked: StartCheckout) -> CheckoutFacts:
        """The same for another service, which does not wait."""
        if not is_id("checkout", asked.checkout_id):
            raise Malformed("A checkout's id is `checkout_` and 32 hexadecimal digits.", path="$.checkoutId")
        return facts_of(await self._database.run(lambda tx: self._begin(tx, asked)))

    async def facts(self, asked: GetCheckout) -> CheckoutFacts:
        """How it stands, for another service."""
        return facts_of(await self._find(asked.checkout_id))

    async def look(self, checkout_id: str, user_id: str | None) -> Saga:
        """A buyer's own; anybody's for None."""
        saga = await self._find(checkout_id)
        if user_id is not None and facts_of(saga).user_id != user_id:
            raise CheckoutUnknown
        return saga

    async def _begin(self, tx: Tx, asked: StartCheckout) -> Saga:
        checkout_id = asked.checkout_id or new_id("checkout")
        data = CheckoutData(
            user_id=asked.user_id,
            hold_id=asked.hold_id,
            order_id=order_of(checkout_id),
            payment_id=payment_of(checkout_id),
            provider=asked.provider,
            method=asked.method,
            buyer_name=asked.buyer_name,
            buyer_email=asked.buyer_email,
            return_url=asked.return_url,
            buyer_ip=asked.buyer_ip,
        )
        # The buyer is part of it, so that nobody can keep another's hold from being bought.
        subject = f"{asked.user_id} {asked.hold_id}"
        saga = await self._runner.begin(tx, self._plan, checkout_id, subject, data)
        if saga.id != checkout_id or saga.subject != subject or saga.name != CHECKOUT:
            raise CheckoutUnderWay(checkoutId=saga.id) if saga.subject == subject else CheckoutUnderWay()
        return saga

    async def settled(self, checkout_id: str, *, begun_now: bool = False) -> Saga:
        """After it has ended, or needs the buyer, or has taken longer than an answer may."""
        clock = asyncio.get_running_loop().time
        ends = clock() + self._config.answer_within
        with self._runner.hearing.watching(checkout_id) as watch:
            saga = None if begun_now else await self._find(checkout_id)
            while saga is None or not (is_settled(saga) or clock() >= ends):
                saga = await watch.next(min(ends - clock(), _LOOK_EVERY)) or await self._find(checkout_id)
            return saga

    async def _find(self, checkout_id: str) -> Saga:
        if not is_id("checkout", checkout_id):
            raise CheckoutUnknown
        async with self._database.read() as tx:
            saga = await find(tx, checkout_id)
        if saga is None:
            raise CheckoutUnknown
        return saga
