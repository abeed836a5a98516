"""One's own holds and orders, shown to oneself alone."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from nats.aio.client import Client

from internal.broadcaster.people import Held, Person
from internal.platform.bus import Message
from internal.platform.ids import new_id
from proto import Event
from proto.checkout import CheckoutEnded
from proto.inventory import ClaimCreated, ClaimReleased
from proto.orders import OrderCanceled, OrderCompleted, OrderCreated, OrderRefunded
from proto.payments import PaymentActionRequired
from tests.broadcaster.conftest import played
from tests.broadcaster.test_rooms import Reader
from tests.broadcaster.watching import Watcher, address, watching
from tests.conftest import Addresses
from tests.inventory.house import Buyer, House
from tests.inventory.stage import Stage
from tests.waiting import until


@pytest.fixture(scope="module")
async def hasty(servers: Addresses, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """Warnings of holds that end come four and two seconds before."""
    async with played(servers, tmp_path_factory.mktemp("hasty"), 1, {"AISLE_BROADCASTER_WARNINGS": "2,4"}) as made:
        yield made.house


async def signed_in(made: House, watcher: Watcher, buyer: Buyer, stage: Stage) -> None:
    """Subscribe, and wait until news of one's own come through."""
    await watcher.say("SUBSCRIBE_USER", token=buyer.token)
    await watcher.watch(stage)
    order = new_id("order")

    async def heard() -> bool:
        await tell(made, created(buyer, stage, order))
        return any(frame["type"] == "ORDER" for frame in watcher.frames)

    await until(heard)
    await until(lambda: bool(watcher.frames))
    watcher.frames.clear()


async def tell(made: House, event: Event) -> None:
    """As JetStream's publishers do; whoever listens by core NATS sees it in passing."""
    message = Message.of(event)
    client: Client = made.bus.client()
    await client.publish(message.subject, message.body)


def created(buyer: Buyer, stage: Stage, order: str) -> OrderCreated:
    return OrderCreated(
        order_id=order, user_id=buyer.id, showtime_id=stage.id, seat_ids=["A1"], total=100, currency="TRY"
    )


async def test_a_hold_that_ends_is_told_of_before_and_after(hasty: House) -> None:
    """Both warnings, then the end; nobody else hears of it."""
    stage, buyer, other = await hasty.stage(hold_seconds=5), hasty.buyer(), hasty.buyer()
    async with watching(address(hasty)) as mine, watching(address(hasty)) as theirs:
        await signed_in(hasty, mine, buyer, stage)
        await signed_in(hasty, theirs, other, stage)
        hold = (await buyer.hold(stage, "A1", "A2")).json()["holdId"]
        await mine.heard("HOLD_EXPIRED", holdId=hold, showtimeId=stage.id)
        warned = await mine.heard("HOLD_EXPIRING", holdId=hold)
        assert [frame["seconds"] for frame in warned] == [4, 2]
        assert warned[0]["expiresAt"].endswith("Z")
        assert sorted((await mine.heard("HOLD_EXPIRED"))[0]["seatIds"]) == ["A1", "A2"]
        assert not [frame for frame in theirs.frames if "HOLD" in frame["type"]]


async def test_a_hold_from_before_is_asked_for(hasty: House) -> None:
    """Held, then signed in on another page: it is warned of all the same."""
    stage, buyer = await hasty.stage(hold_seconds=6), hasty.buyer()
    hold = (await buyer.hold(stage, "A1")).json()["holdId"]
    async with watching(address(hasty)) as watcher:
        await watcher.watch(stage)
        await watcher.say("SUBSCRIBE_USER", token=buyer.token)
        await watcher.heard("HOLD_EXPIRING", holdId=hold)
        await watcher.heard("HOLD_EXPIRED", holdId=hold)


async def test_the_token_may_be_shown_at_the_door(hasty: House) -> None:
    """Programs can send a header with the handshake; browsers say it in the message."""
    stage, buyer = await hasty.stage(hold_seconds=5), hasty.buyer()
    headers = {"authorization": f"Bearer {buyer.token}"}
    async with watching(address(hasty), additional_headers=headers) as watcher:
        await watcher.watch(stage)
        await watcher.say("SUBSCRIBE_USER")
        await buyer.hold(stage, "A1")
        await watcher.heard("HOLD_EXPIRING")


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "\u0000", "e30.e30.e30"])
async def test_a_token_that_is_not_ours_is_refused(hasty: House, token: str) -> None:
    """An ERROR that says why, and 4401."""
    async with watching(address(hasty)) as watcher:
        await watcher.say("SUBSCRIBE_USER", token=token)
        assert await watcher.ended() == 4401
        assert len(await watcher.heard("ERROR")) == 1


async def test_a_token_that_ends_ends_what_it_opened(hasty: House) -> None:
    """Seats go on; one's own comes again with a new token."""
    stage, buyer = await hasty.stage(), hasty.buyer()
    short = hasty.issuer.token(buyer.id, lives=2)
    async with watching(address(hasty)) as watcher:
        await watcher.watch(stage)
        await watcher.say("SUBSCRIBE_USER", token=short)
        await watcher.heard("ERROR", code="token_expired")
        assert watcher.closed == 0
        await signed_in(hasty, watcher, buyer, stage)


async def test_an_order_is_followed_to_its_end(hasty: House) -> None:
    """Each step once, though facts come twice; another's order is never shown."""
    stage, buyer, order = await hasty.stage(), hasty.buyer(), new_id("order")
    async with watching(address(hasty)) as watcher:
        await signed_in(hasty, watcher, buyer, stage)
        told = {"order_id": order, "user_id": buyer.id, "showtime_id": stage.id, "seat_ids": ["A1"]}
        paid = {"total": 100, "currency": "TRY"}
        events: list[Event] = [
            created(buyer, stage, order),
            created(hasty.buyer(), stage, new_id("order")),
            PaymentActionRequired(order_id=order, payment_id=new_id("pay"), action_url="/bank"),
            OrderCompleted(**told, **paid),  # type: ignore[arg-type]  # of both kinds
            OrderRefunded(**told, refund_id="r", amount=100, currency="TRY", whole=True),  # type: ignore[arg-type]
        ]
        steps = ("pending", "pending", "requires_action", "completed", "refunded")
        for event, status in zip(events, steps, strict=True):
            await tell(hasty, event)
            await tell(hasty, event)
            await watcher.heard("ORDER", status=status)
        shown = [frame for frame in watcher.frames if frame["type"] == "ORDER"]
        assert [frame["status"] for frame in shown] == ["pending", "requires_action", "completed", "refunded"]
        assert {frame["orderId"] for frame in shown} == {order}
        assert shown[1]["actionUrl"] == "/bank"


async def test_why_an_order_came_to_nothing_is_said(hasty: House) -> None:
    """The code of the checkout, and the reason of the order."""
    stage, buyer, order = await hasty.stage(), hasty.buyer(), new_id("order")
    async with watching(address(hasty)) as watcher:
        await signed_in(hasty, watcher, buyer, stage)
        await tell(hasty, created(buyer, stage, order))
        await tell(
            hasty,
            OrderCanceled(order_id=order, user_id=buyer.id, showtime_id=stage.id, seat_ids=["A1"], reason="declined"),
        )
        await tell(
            hasty,
            CheckoutEnded(
                checkout_id="c", order_id=order, user_id=buyer.id, status="failed", code="card_declined", message="No."
            ),
        )
        (failed,) = await watcher.heard("ORDER", status="failed")
        assert (failed["code"], failed["showtimeId"]) == ("card_declined", stage.id)
        assert (await watcher.heard("ORDER", status="canceled"))[0]["code"] == "declined"
        assert "No." not in json.dumps(watcher.frames)


async def test_nobody_is_hurried_while_they_pay(hasty: House) -> None:
    """A claimed hold does not end; one whose claim was dropped does."""
    stage, buyer, order = await hasty.stage(hold_seconds=6), hasty.buyer(), new_id("order")
    async with watching(address(hasty)) as watcher:
        await signed_in(hasty, watcher, buyer, stage)
        held = {seat: (await buyer.hold(stage, seat)).json()["holdId"] for seat in ("A1", "A2", "A3")}
        for at, seat in enumerate(("A1", "A2")):
            claim = ClaimCreated(
                showtime_id=stage.id, seat_ids=[seat], order_id=f"{order}{at}", hold_id=held[seat], user_id=buyer.id
            )
            await tell(hasty, claim)
        await tell(hasty, ClaimReleased(showtime_id=stage.id, seat_ids=["A2"], order_id=f"{order}1"))
        await watcher.heard("HOLD_EXPIRED", count=3)
        warned = {frame["holdId"] for frame in watcher.frames if frame["type"] == "HOLD_EXPIRING"}
        assert warned == {held["A2"], held["A3"]}


def test_a_hold_with_more_time_is_warned_of_anew() -> None:
    """Refreshed, its warnings begin again; each is said once."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    person, reader = Person("user_1"), Reader()
    person.readers.join(reader)
    held = Held("hold_1", "showtime_1", now + timedelta(seconds=31), {"A1"})
    person.holds_now(held)
    for second in range(25):
        person.warn(now + timedelta(seconds=second), [30, 10], 60)
    assert [frame["seconds"] for frame in reader.frames] == [30, 10]
    person.holds_now(Held("hold_1", "showtime_1", now + timedelta(seconds=331), set()))
    person.warn(now + timedelta(seconds=25), [30, 10], 60)
    person.warn(now + timedelta(seconds=325), [30, 10], 60)
    assert [frame["seconds"] for frame in reader.frames] == [30, 10, 6]


def test_what_was_given_back_is_not_warned_of() -> None:
    """In part it lives on, whole it is gone."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    person = Person("user_1")
    person.holds_now(Held("hold_1", "showtime_1", now, {"A1", "A2"}))
    person.gave_back("hold_1", ["A1"])
    assert person.holds
    person.gave_back("hold_1", ["A2"])
    person.gave_back("hold_1", ["A2"])
    assert not person.holds
