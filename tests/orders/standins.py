"""Stand-ins for those that orders asks: what is held, what it costs, what is sold, and what was paid."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from internal.platform.bus import Endpoint
from internal.platform.faults import Fault, Kind
from internal.platform.ids import new_id
from internal.platform.service import Parts, Platform, Service
from proto.catalog import GetPrices, Prices, Tier
from proto.inventory import ClaimFacts, GetClaim, GetHold, HeldSeat, HoldFacts, Purchase, Purchased
from proto.payments import GetPayment, PaymentFacts

__all__ = ["HoldGone", "House"]


class HoldGone(Fault, kind=Kind.GONE):
    """This hold is over."""


class NoClaim(Fault, kind=Kind.NOT_FOUND):
    """This order has claimed nothing."""


@dataclass
class House:
    """What the others would know; a test changes it as it likes."""

    holds: dict[str, HoldFacts] = field(default_factory=dict)
    showtimes: dict[str, Prices] = field(default_factory=dict)
    dearer: dict[str, list[Tier]] = field(default_factory=dict)  # from now on; a hold made before keeps its price
    claims: dict[str, ClaimFacts] = field(default_factory=dict)
    payments: dict[str, PaymentFacts] = field(default_factory=dict)
    changed_at: dict[str, datetime] = field(default_factory=dict)

    def showtime(self, organization_id: str, *, days: float = 10, price: int = 5_000, event_id: str = "") -> str:
        """A new one with two tiers."""
        showtime_id = new_id("showtime")
        self.showtimes[showtime_id] = Prices(
            showtime_id=showtime_id,
            event_id=event_id or new_id("event"),
            organization_id=organization_id,
            event_name="Tosca",
            starts_at=datetime.now(UTC) + timedelta(days=days),
            time_zone="Europe/Istanbul",
            status="published",
            currency="TRY",
            tiers=[
                Tier(tier_id=new_id("tier"), name="Stalls", price=price),
                Tier(tier_id=new_id("tier"), name="Balcony", price=price // 2),
            ],
        )
        return showtime_id

    def hold(self, showtime_id: str, user_id: str, *seats: str) -> str:
        """Seats of row A are in the stalls, others in the balcony."""
        hold_id, now = new_id("hold"), datetime.now(UTC)
        self.holds[hold_id] = HoldFacts(
            hold_id=hold_id,
            user_id=user_id,
            showtime_id=showtime_id,
            seats=[
                HeldSeat(
                    seat_id=seat,
                    tier="Stalls" if seat.startswith("A") else "Balcony",
                    section="Hall",
                    row=seat[0],
                    number=seat[1:],
                )
                for seat in seats
            ],
            held_at=now,
            expires_at=now + timedelta(minutes=5),
        )
        return hold_id

    def raise_prices(self, showtime_id: str, price: int) -> None:
        """From now on it costs more."""
        self.dearer[showtime_id] = [
            Tier(tier_id=tier.tier_id, name=tier.name, price=price) for tier in self.showtimes[showtime_id].tiers
        ]
        self.changed_at[showtime_id] = datetime.now(UTC)

    def service(self) -> Service:
        """Both neighbours in one, on the bus."""
        return Service("standins", self._build)

    def _build(self, _: Platform) -> Parts:
        return Parts(
            endpoints=[
                Endpoint(GetHold, self._hold),
                Endpoint(GetPrices, self._prices),
                Endpoint(GetClaim, self._claim),
                Endpoint(Purchase, self._purchase),
                Endpoint(GetPayment, self._payment),
            ]
        )

    async def _hold(self, asked: GetHold) -> HoldFacts:
        found = self.holds.get(asked.hold_id)
        if found is None or found.user_id != asked.user_id:
            raise HoldGone
        return found

    async def _prices(self, asked: GetPrices) -> Prices:
        found = self.showtimes[asked.showtime_id]
        if asked.at < self.changed_at.get(asked.showtime_id, asked.at):
            return found
        tiers = self.dearer.get(asked.showtime_id, found.tiers)
        return Prices(
            **{name: getattr(found, name) for name in found.__struct_fields__ if name != "tiers"}, tiers=tiers
        )

    async def _claim(self, asked: GetClaim) -> ClaimFacts:
        if asked.order_id not in self.claims:
            raise NoClaim
        return self.claims[asked.order_id]

    async def _purchase(self, asked: Purchase) -> Purchased:
        claim = await self._claim(GetClaim(order_id=asked.order_id))
        self.claims[asked.order_id] = replace(claim, state="purchased")
        return Purchased(showtime_id=claim.showtime_id, seat_ids=claim.seat_ids)

    async def _payment(self, asked: GetPayment) -> PaymentFacts:
        if asked.payment_id not in self.payments:
            raise NoClaim
        return self.payments[asked.payment_id]
