"""The door: one entry for each ticket, whoever asks, however often, at once, or hours later."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from internal.orders.admission import Scan
from internal.orders.domain import Order
from internal.orders.store import showtimes
from internal.platform.ids import new_id
from internal.platform.roles import Role
from tests.conftest import Addresses
from tests.edge import code
from tests.orders.box import Box, box
from tests.orders.conftest import good
from tests.running import Person


@pytest.fixture(scope="module")
async def house(servers: Addresses) -> AsyncIterator[Box]:
    async with box(servers) as opened:
        yield opened


async def code_of(house: Box, order: Order) -> str:
    return (await house.ticket(order)).code


def item(text: str, at: datetime, gate: str = "North", way: str = "entry", **more: Any) -> dict[str, Any]:
    return {"code": text, "gate": gate, "nonce": new_id("nonce"), "type": way, "at": at.isoformat(), **more}


async def batch(staff: Person, *items: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = good(await staff("POST", "/api/checkins/batch", {"items": list(items)}))
    return answer


async def book(house: Box, staff: Person, order: Order, **asked: Any) -> dict[str, Any]:
    answer: dict[str, Any] = good(await staff("GET", f"/api/showtimes/{order.showtime_id}/checkins", params=asked))
    return answer


async def test_a_ticket_lets_its_bearer_in(house: Box) -> None:
    """The door sees whose seat it is; the second time it sees when and where the first was."""
    order = await house.order("A1")
    staff, text = house.staff(order), await code_of(house, order)
    first = good(await house.scan(staff, text, gate="North"))
    assert first["status"] == "ok"
    assert {key: first["ticket"][key] for key in ("orderId", "seatId", "section", "row", "holder")} == {
        "orderId": order.id,
        "seatId": "A1",
        "section": "Hall",
        "row": "A",
        "holder": "Ada Lovelace",
    }
    second = good(await house.scan(staff, text, gate="South"))
    assert (second["status"], second["reason"]) == ("error", "already_redeemed")
    assert second["other"] == {"type": "entry", "at": first["at"], "gate": "North"}
    assert (await house.subjects(order.id)).count("orders.checked_in") == 1


async def test_of_fifty_scanners_at_once_one_lets_in(house: Box) -> None:
    """All read one code at the same moment, by clocks that differ: an earlier one lets no second person in."""
    order = await house.order()
    staff, text, now = house.staff(order), await code_of(house, order), house.clock.now()
    moments = [(now - timedelta(seconds=at)).isoformat() for at in range(50)]
    answers = await asyncio.gather(
        *(house.scan(staff, text, gate=f"Gate {at}", at=moment) for at, moment in enumerate(moments))
    )
    rulings = [good(answer) for answer in answers]
    assert sorted(one["status"] for one in rulings) == ["error"] * 49 + ["ok"]
    assert {one.get("reason") for one in rulings} == {None, "already_redeemed"}
    winner = next(one for one in rulings if one["status"] == "ok")
    assert {one["other"]["gate"] for one in rulings if one is not winner} == {winner["gate"]}
    assert (await house.subjects(order.id)).count("orders.checked_in") == 1
    counts = (await book(house, staff, order))["counts"]
    assert counts == {"tickets": 1, "entered": 1, "inside": 1, "conflicts": 0, "refused": 49}


async def test_of_fifty_who_are_known_at_once_one_is_let_in(house: Box) -> None:
    """The same without the network between: as many transactions at once as there are connections, three times over."""
    for _ in range(3):
        order = await house.order()
        staff, text = house.staff(order), await code_of(house, order)
        principal = await house.issuer.verifier.verify_async(staff.token.encode())
        scans = [Scan(code=text, gate=f"Gate {at}", nonce=new_id("nonce"), type="entry") for at in range(50)]
        rulings = await asyncio.gather(*(house.ticketing.checkins.check(principal, one) for one in scans))
        assert [one.status for one in rulings].count("ok") == 1


async def test_a_slow_clock_lets_nobody_in_twice(house: Box) -> None:
    """A scanner at the door that says it was earlier is still answered second; and its exit comes after the entry."""
    order = await house.order()
    staff, text, now = house.staff(order), await code_of(house, order), house.clock.now()
    assert good(await house.scan(staff, text))["status"] == "ok"
    slow = (now - timedelta(minutes=10)).isoformat()
    assert good(await house.scan(staff, text, at=slow))["reason"] == "already_redeemed"
    assert good(await house.scan(staff, text, at=slow, type="exit"))["status"] == "ok"
    assert good(await house.scan(staff, text, at=slow))["status"] == "ok"
    assert (await book(house, staff, order))["counts"]["conflicts"] == 0


async def test_a_nonce_has_one_answer(house: Box) -> None:
    """Fifty times at once, and later, when somebody asking anew would be refused; and also by the batch."""
    order = await house.order()
    staff, text, nonce = house.staff(order), await code_of(house, order), new_id("nonce")
    answers = await asyncio.gather(*(house.scan(staff, text, nonce=nonce) for _ in range(50)))
    assert len({answer.text for answer in answers}) == 1
    assert good(answers[0])["status"] == "ok"
    late = await batch(staff, item(text, house.clock.now(), nonce=nonce))
    assert late["items"] == [good(answers[0])]
    refused = good(await house.scan(staff, text, nonce="again"))
    good(await house.scan(staff, text, type="exit"))
    assert good(await house.scan(staff, text, nonce="again")) == refused
    assert code(await house.scan(staff, text, nonce=nonce, type="exit")) == (422, "nonce_reused")
    another = await house.order()
    assert good(await house.scan(house.staff(another), await code_of(house, another), nonce=nonce))["status"] == "ok"


async def test_who_goes_out_may_come_in_again(house: Box) -> None:
    """Entry, exit, entry; an exit of somebody who never came in is an error."""
    order = await house.order()
    staff, text = house.staff(order), await code_of(house, order)
    said = []
    for way in ("exit", "entry", "exit", "exit", "entry", "entry"):
        ruling = good(await house.scan(staff, text, type=way))
        said.append(ruling.get("reason", "ok"))
    assert said == ["not_entered", "ok", "ok", "not_entered", "ok", "already_redeemed"]
    assert (await house.subjects(order.id)).count("orders.checked_in") == 3
    assert (await house.ticket(order)).inside


async def test_a_forged_code_is_invalid(house: Box) -> None:
    """Any text is an answer and no fault: a web address, another system's ticket, one letter changed."""
    order = await house.order()
    staff, text = house.staff(order), await code_of(house, order)
    changed = text[:-9] + ("A" if text[-9] != "A" else "B") + text[-8:]
    for forged in ("https://example.com/x", changed, text.lower(), "\x00", "ticket", "é" * 40):
        for asked in ({}, {"showtimeId": order.showtime_id}):
            ruling = good(await house.scan(staff, forged, **asked))
            assert (ruling["status"], ruling["reason"]) == ("error", "invalid")
            assert "ticket" not in ruling
    assert good(await house.scan(staff, text))["status"] == "ok"


async def test_an_older_code_is_revoked(house: Box) -> None:
    """Issued anew, the ticket has one code: the newest."""
    buyer = house.person()
    order = await house.order(user_id=buyer.id)
    staff, old = house.staff(order), await house.ticket(order)
    good(await buyer("POST", f"/api/orders/{order.id}/tickets/{old.id}/reissue"))
    assert good(await house.scan(staff, old.code))["reason"] == "revoked"
    assert good(await house.scan(staff, await code_of(house, order)))["status"] == "ok"


async def test_a_refund_closes_the_door_and_its_failure_opens_it(house: Box) -> None:
    """With the same printed code."""
    order, refund = await house.order(), new_id("refund")
    staff, text, tickets = house.staff(order), await code_of(house, order), house.ticketing.tickets
    async with house.database.transaction() as tx:
        await tickets.revoke(tx, order.id, ["A1"], by=refund)
    assert good(await house.scan(staff, text))["reason"] == "revoked"
    async with house.database.transaction() as tx:
        await tickets.restore(tx, order.id, by=refund)
    assert good(await house.scan(staff, text))["status"] == "ok"


async def test_the_doors_have_their_hours(house: Box) -> None:
    """Two hours before the start until six hours after it; what was seen then is judged by then."""
    for starts_in, reason in (
        (timedelta(hours=2, minutes=5), "invalid_time"),
        (timedelta(hours=1, minutes=55), None),
        (timedelta(hours=-5, minutes=-55), None),
        (timedelta(hours=-6, minutes=-5), "invalid_time"),
    ):
        order = await house.order(starts_in=starts_in)
        assert good(await house.scan(house.staff(order), await code_of(house, order))).get("reason") == reason
    order = await house.order(starts_in=timedelta(hours=-7))
    at = (house.clock.now() - timedelta(hours=7)).isoformat()
    assert good(await house.scan(house.staff(order), await code_of(house, order), at=at))["status"] == "ok"
    early = await house.order(starts_in=timedelta(hours=5))
    ahead = (house.clock.now() + timedelta(hours=5)).isoformat()
    ruling = good(await house.scan(house.staff(early), await code_of(house, early), at=ahead))
    assert ruling["reason"] == "invalid_time", "a scanner's fast clock opens no door"


async def test_a_showtime_called_off_lets_nobody_in(house: Box) -> None:
    order = await house.order()
    async with house.database.transaction() as tx:
        await showtimes.call_off(tx, order.showtime_id, "storm")
    assert good(await house.scan(house.staff(order), await code_of(house, order)))["reason"] == "canceled"


async def test_a_scanner_may_be_set_to_a_showtime(house: Box) -> None:
    """Another evening's ticket is refused there; another house's is, and nothing of it is shown."""
    order = await house.order("A1")
    other = await house.order("A1", organization_id=order.organization_id)
    foreign = await house.order("A1")
    staff, there = house.staff(order), {"showtimeId": order.showtime_id}
    wrong = good(await house.scan(staff, await code_of(house, other), **there))
    assert (wrong["reason"], wrong["ticket"]["orderId"]) == ("wrong_showtime", other.id)
    strange = good(await house.scan(staff, await code_of(house, foreign), **there))
    assert strange["reason"] == "wrong_showtime"
    assert "ticket" not in strange
    assert good(await house.scan(staff, await code_of(house, order), **there))["status"] == "ok"
    unknown = await house.scan(staff, await code_of(house, order), showtimeId=new_id("showtime"))
    assert code(unknown) == (404, "doors_unknown")


async def test_only_staff_work_the_doors(house: Box) -> None:
    """Neither strangers, nor customers, nor another house's staff, nor the buyer."""
    buyer = house.person()
    order = await house.order(user_id=buyer.id)
    text, customer = await code_of(house, order), house.person()
    house.granted[customer.id, order.organization_id] = Role.CUSTOMER
    for person in (buyer, customer, house.staff(await house.order())):
        assert code(await house.scan(person, text)) == (403, "not_allowed_here")
        listed = await person("GET", f"/api/showtimes/{order.showtime_id}/checkins")
        assert code(listed) == (403, "not_allowed_here")
        (late,) = (await batch(person, item(text, house.clock.now())))["items"]
        assert (late["reason"], late.get("ticket")) == ("not_allowed", None)
    late_item = {"items": [item(text, house.clock.now())]}
    for path, body in (("/api/checkins", item(text, house.clock.now())), ("/api/checkins/batch", late_item)):
        assert (await house.client.post(path, json=body)).status_code == 401
    assert not (await house.ticket(order)).inside


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"code": ""}, "$.code"),
        ({"code": "x" * 2_001}, "$.code"),
        ({"gate": ""}, "$.gate"),
        ({"gate": "a\nb"}, "$.gate"),
        ({"nonce": "a b"}, "$.nonce"),
        ({"type": "fly"}, "$.type"),
        ({"at": "2026-11-21T20:00:00"}, "$.at"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "$.at"),
        ({"at": "9999-12-31T23:59:59-14:00"}, "$.at"),
        ({"showtimeId": "showtime_1"}, "$.showtimeId"),
        ({"ticket": "x"}, "$"),
    ],
)
async def test_a_malformed_scan_is_refused(house: Box, changes: dict[str, Any], path: str) -> None:
    """With the path of what is wrong."""
    answer = await house.scan(house.person(), "x", **changes)
    assert code(answer) == (400, "malformed")
    assert path in answer.text


async def test_a_batch_is_bounded(house: Box) -> None:
    """One to five hundred, each with its moment."""
    staff, now = house.person(), house.clock.now()
    one = item("x", now)
    for items in ([], [one] * 501, [{key: one[key] for key in one if key != "at"}]):
        assert code(await staff("POST", "/api/checkins/batch", {"items": items})) == (400, "malformed")
    long = {"code": "x" * 400, "gate": "g" * 100}
    full = await batch(staff, *(item("x", now) | {"nonce": new_id("nonce") + "n" * 50} | long for _ in range(500)))
    assert {one["reason"] for one in full["items"]} == {"invalid"}


async def test_a_batch_is_taken_in_the_order_of_its_moments(house: Box) -> None:
    """Whatever order it comes in; the answers are in the order of the questions."""
    order = await house.order()
    staff, text, now = house.staff(order), await code_of(house, order), house.clock.now()
    said = await batch(
        staff,
        item(text, now - timedelta(minutes=1), way="exit"),
        item(text, now - timedelta(minutes=3)),
        item(text, now - timedelta(minutes=2), gate="South"),
    )
    assert [one.get("reason", "ok") for one in said["items"]] == ["ok", "ok", "already_redeemed"]
    assert [one.get("conflict", False) for one in said["items"]] == [False, False, True]
    assert said["conflicts"] == 1
    assert not (await house.ticket(order)).inside


async def test_one_bad_item_spoils_no_batch(house: Box) -> None:
    """Each has its answer: a forgery, another's ticket, an unknown showtime, a nonce used before, and a good one."""
    order, foreign, now = await house.order(), await house.order(), house.clock.now()
    staff, text = house.staff(order), await code_of(house, order)
    said = await batch(
        staff,
        item("x", now),
        item(await code_of(house, foreign), now),
        item(text, now, showtimeId=new_id("showtime")),
        item(text, now - timedelta(minutes=1), nonce="seen"),
        item(text, now, nonce="seen", way="exit"),
    )
    reasons = [one.get("reason", "ok") for one in said["items"]]
    assert reasons == ["invalid", "not_allowed", "wrong_showtime", "ok", "nonce_reused"]


async def test_the_earlier_of_two_offline_gates_wins(house: Box) -> None:
    """Also when the later one is heard of first; the other is told as a conflict, and stands in the book."""
    order = await house.order()
    staff, text, now = house.staff(order), await code_of(house, order), house.clock.now()
    later = await batch(staff, item(text, now - timedelta(minutes=5), gate="South"))
    assert later["items"][0]["status"] == "ok"
    earlier_item = item(text, now - timedelta(minutes=9), gate="North")
    earlier = await batch(staff, earlier_item)
    assert earlier["conflicts"] == 1
    (ruling,) = earlier["items"]
    assert (ruling["status"], ruling["conflict"], ruling["other"]["gate"]) == ("ok", True, "South")
    assert (await batch(staff, earlier_item)) == earlier
    conflicts = (await book(house, staff, order, standing="conflict"))["items"]
    assert [one["gate"] for one in conflicts] == ["South"]
    counted = (await book(house, staff, order, standing="counted"))["items"]
    assert [one["gate"] for one in counted] == ["North"]
    assert (await house.ticket(order)).entered_at == now - timedelta(minutes=9)


async def test_batches_of_two_scanners_agree_in_any_order(house: Box) -> None:
    """An exit that is heard of before its entry counts as soon as the entry is known; both are told."""
    order = await house.order()
    staff, text, now = house.staff(order), await code_of(house, order), house.clock.now()
    exit_first = await batch(staff, item(text, now - timedelta(minutes=2), gate="South", way="exit"))
    assert exit_first["items"][0]["reason"] == "not_entered"
    entry = await batch(staff, item(text, now - timedelta(minutes=4), gate="North"))
    assert entry["items"][0]["status"] == "ok"
    counts = (await book(house, staff, order))["counts"]
    assert counts == {"tickets": 1, "entered": 1, "inside": 0, "conflicts": 0, "refused": 0}
    assert (await house.subjects(order.id)).count("orders.checked_in") == 2


async def test_batches_at_once_settle_on_one_entry(house: Box) -> None:
    """Ten scanners upload the same evening at the same time: each ticket counts once, at the earliest gate."""
    order = await house.order("A1", "A2", "A3")
    staff, now = house.staff(order), house.clock.now()
    tickets = await house.tickets(order)
    uploads = [
        [item(one.code, now - timedelta(minutes=5 + gate), gate=f"Gate {gate}") for one in tickets]
        for gate in range(10)
    ]
    await asyncio.gather(*(batch(staff, *items) for items in uploads))
    counted = (await book(house, staff, order, standing="counted"))["items"]
    assert sorted((one["seatId"], one["gate"]) for one in counted) == [(f"A{at}", "Gate 9") for at in (1, 2, 3)]
    assert (await book(house, staff, order))["counts"]["conflicts"] == 27


@pytest.mark.parametrize("seed", range(3))
async def test_a_ticket_lives_through_anything(house: Box, seed: int) -> None:
    """Entry, exit, refund and its failure in any order, against the rule said in three lines."""
    random = Random(seed)
    order, tickets = await house.order(), house.ticketing.tickets
    staff, text, good_one, inside, passes = house.staff(order), await code_of(house, order), True, False, 0
    for _ in range(40):
        step = random.choice(["entry", "entry", "exit", "revoke", "restore"])
        if step in ("entry", "exit"):
            passed = good(await house.scan(staff, text, type=step))["status"] == "ok"
            assert passed == ((good_one and not inside) if step == "entry" else inside)
            inside, passes = inside is not passed, passes + passed
        else:
            good_one = step == "restore"
            async with house.database.transaction() as tx:
                if step == "revoke":
                    await tickets.revoke(tx, order.id, ["A1"], by="refund_1")
                else:
                    await tickets.restore(tx, order.id, by="refund_1")
    ticket = await house.ticket(order)
    assert (ticket.inside, ticket.revoked_by is None) == (inside, good_one)
    assert (await house.subjects(order.id)).count("orders.checked_in") == passes


async def test_the_book_has_pages(house: Box) -> None:
    """The newest first, each once, and no further page after the last."""
    order = await house.order("A1", "A2", "A3", "A4", "A5")
    staff = house.staff(order)
    for ticket in await house.tickets(order):
        good(await house.scan(staff, ticket.code))
    seen, cursor = [], None
    while True:
        page = await book(house, staff, order, limit=2, **({"cursor": cursor} if cursor else {}))
        seen += [one["seatId"] for one in page["items"]]
        cursor = page["nextCursor"]
        if cursor is None:
            break
    assert seen == ["A5", "A4", "A3", "A2", "A1"]
    path = f"/api/showtimes/{order.showtime_id}/checkins"
    for wrong in ("x", "WyJ4Il0", "W10"):
        assert code(await staff("GET", path, params={"cursor": wrong})) == (400, "malformed")
    assert code(await staff("GET", f"/api/showtimes/{new_id('showtime')}/checkins")) == (404, "doors_unknown")
    assert code(await staff("GET", "/api/showtimes/x/checkins")) == (404, "doors_unknown")
