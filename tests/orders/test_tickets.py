"""Tickets: made with the order's completion, void while they are refunded, shown to their buyer alone."""

from __future__ import annotations

import asyncio
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest

from internal.orders import codes
from internal.orders.admission import SeatHasATicket
from internal.orders.domain import Order
from internal.orders.store import tickets as store
from internal.orders.ticket_config import TicketSettings
from internal.orders.ticket_keys import TicketKeys, TicketKeysNotReady
from internal.platform.ids import new_id
from internal.platform.roles import Role
from tests.conftest import Addresses
from tests.edge import code
from tests.orders.box import Box, box
from tests.orders.conftest import good


@pytest.fixture(scope="module")
async def house(servers: Addresses) -> AsyncIterator[Box]:
    async with box(servers) as opened:
        yield opened


async def issue(house: Box, order: Order) -> list[str]:
    async with house.database.transaction() as tx:
        return await house.ticketing.tickets.issue(tx, order)


async def written(house: Box, keys: TicketKeys, ticket_id: str = "", showtime_id: str = "") -> tuple[str, str]:
    async with house.database.transaction() as tx:
        return await keys.write(tx, ticket_id or new_id("ticket"), showtime_id or new_id("showtime"), "A1", 1)


async def test_each_seat_has_its_ticket_once(house: Box) -> None:
    """However often the completion is done, and at once: one ticket a seat, told once."""
    order = await house.bare_order("A1", "A2", "A3")
    made = await asyncio.gather(*(issue(house, order) for _ in range(10)))
    tickets = await house.tickets(order)
    assert [one.seat_id for one in tickets] == ["A1", "A2", "A3"]
    assert sorted(map(len, made)) == [0] * 9 + [3]
    assert await house.subjects(order.id) == ["orders.tickets.issued"]


async def test_a_completion_that_fails_leaves_no_ticket(house: Box) -> None:
    """The tickets are of the order's own transaction."""
    order = await house.bare_order()

    async def fail() -> None:
        async with house.database.transaction() as tx:
            await house.ticketing.tickets.issue(tx, order)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await house.tickets(order) == []
    assert await house.told(order.id) == []


async def test_a_seat_has_one_good_ticket(house: Box) -> None:
    """A seat that was somehow sold twice is refused by Postgres, and free for the next when the first gave it back."""
    first = await house.order("A1")
    second = await house.bare_order("A1", showtime_id=first.showtime_id)
    with pytest.raises(SeatHasATicket):
        await issue(house, second)
    async with house.database.transaction() as tx:
        await house.ticketing.tickets.revoke(tx, first.id, ["A1"], by=new_id("refund"))
    assert len(await issue(house, second)) == 1


async def test_a_refund_takes_tickets_and_its_failure_gives_them_back(house: Box) -> None:
    """Only its own seats, each once however often it is done; the codes that were printed are good again."""
    order, refund, other = await house.order("A1", "A2", "A3"), new_id("refund"), new_id("refund")
    before, tickets = await house.tickets(order), house.ticketing.tickets
    for by, seats in ((refund, ["A1", "A2"]), (other, ["A3"]), (other, ["A1", "A3"])):
        for _ in range(2):
            async with house.database.transaction() as tx:
                await tickets.revoke(tx, order.id, seats, by=by)
    assert [one.revoked_by for one in await house.tickets(order)] == [refund, refund, other]
    for _ in range(2):
        async with house.database.transaction() as tx:
            await tickets.restore(tx, order.id, by=refund)
    after = await house.tickets(order)
    assert [one.revoked_by for one in after] == [None, None, other]
    assert [one.code for one in after] == [one.code for one in before]
    issued, revoked = "orders.tickets.issued", "orders.tickets.revoked"
    assert await house.subjects(order.id) == [issued, revoked, revoked, issued]


async def test_a_scanner_checks_a_code_without_network(house: Box) -> None:
    """With the published keys and the code alone; one changed character fails."""
    order = await house.order("A-12")
    published = good(await house.client.get("/.well-known/tickets.json"))["keys"]
    keys = {
        key["kid"]: codes.public_key(urlsafe_b64decode(key["x"] + "="))
        for key in published
        if (key["kty"], key["crv"], key["alg"]) == ("OKP", "Ed25519", "EdDSA")
    }

    def believes(text: str) -> bool:
        printed = codes.read(text)
        key = printed and keys.get(printed.stub.kid)
        return bool(printed and key and codes.verified(key, printed))

    ticket = await house.ticket(order)
    printed = codes.read(ticket.code)
    assert printed is not None
    assert printed.stub[1:] == (ticket.id, order.showtime_id, 1, "A-12")
    assert believes(ticket.code)
    assert not any(
        believes(ticket.code[:at] + "A" + ticket.code[at + 1 :]) for at in range(10) if ticket.code[at] != "A"
    )
    assert "d" not in published[0], "the private half stays at home"


async def test_only_buyer_and_staff_see_tickets(house: Box) -> None:
    """To everybody else there are none; nobody signed in is asked to sign in."""
    buyer, stranger = house.person(), house.person()
    order = await house.order("A1", user_id=buyer.id)
    ticket = await house.ticket(order)
    customer = house.person()
    house.granted[customer.id, order.organization_id] = Role.CUSTOMER
    paths = [f"/api/orders/{order.id}/{name}" for name in ("tickets", "tickets.html", f"tickets/{ticket.id}.svg")]
    for path in paths:
        for person in (buyer, house.staff(order)):
            answer = await person("GET", path)
            assert answer.status_code == 200, answer.text
            assert answer.headers["cache-control"] == "private, no-store"
        for person in (stranger, customer):
            assert code(await person("GET", path)) == (404, "not_issued")
        assert (await house.client.get(path)).status_code == 401
    assert code(await stranger("POST", f"/api/orders/{order.id}/tickets/{ticket.id}/reissue")) == (404, "not_issued")
    for wrong in ("order_1", new_id("order"), "%00"):
        assert code(await buyer("GET", f"/api/orders/{wrong}/tickets")) == (404, "not_issued")
    for wrong in (f"{new_id('ticket')}.svg", f"{ticket.id}.png", ticket.id):
        assert code(await buyer("GET", f"/api/orders/{order.id}/tickets/{wrong}")) == (404, "ticket_unknown")


async def test_the_list_says_all_that_a_buyer_needs(house: Box) -> None:
    buyer = house.person()
    order = await house.order("A1", "A2", user_id=buyer.id)
    async with house.database.transaction() as tx:
        await house.ticketing.tickets.revoke(tx, order.id, ["A2"], by=new_id("refund"))
    listed = good(await buyer("GET", f"/api/orders/{order.id}/tickets"))
    assert (listed["orderId"], listed["eventName"], listed["timeZone"]) == (order.id, "Tosca", "Europe/Istanbul")
    one, other = listed["items"]
    assert (one["seatId"], one["status"], one["serial"], one["holder"]) == ("A1", "valid", 1, "Ada Lovelace")
    assert codes.read(one["code"]) is not None
    assert (other["seatId"], other["status"], other["code"]) == ("A2", "revoked", None)
    path = f"/api/orders/{order.id}/tickets/{other['id']}"
    assert code(await buyer("GET", f"{path}.svg")) == (409, "ticket_void")
    assert code(await buyer("POST", f"{path}/reissue")) == (409, "ticket_void")


async def test_a_ticket_issued_anew_has_another_code(house: Box) -> None:
    """Once for each Idempotency-Key; the ticket stays the same one."""
    buyer = house.person()
    order = await house.order(user_id=buyer.id)
    before = await house.ticket(order)
    path, key = f"/api/orders/{order.id}/tickets/{before.id}/reissue", {"idempotency-key": new_id("key")}
    first = good(await buyer("POST", path, headers=key))
    again = good(await buyer("POST", path, headers=key))
    assert first == again
    assert first["serial"] == 2
    after = await house.ticket(order)
    assert (after.id, after.code) == (before.id, first["code"])
    assert after.code != before.code


async def test_a_ticket_has_no_end_of_codes(house: Box) -> None:
    """After a thousand it is somebody's matter, and not an error of ours."""
    buyer = house.person()
    order = await house.order(user_id=buyer.id)
    ticket = await house.ticket(order)
    async with house.database.transaction() as tx:
        await store.reissue(tx, ticket.id, 1_000, ticket.kid, ticket.code)
    answer = await buyer("POST", f"/api/orders/{order.id}/tickets/{ticket.id}/reissue")
    assert code(answer) == (409, "reissued_too_often")


async def test_a_seat_sold_again_keeps_its_new_ticket(house: Box) -> None:
    """A refund that fails after its seat was sold to another is refused by name."""
    first, refund = await house.order("A1"), new_id("refund")
    async with house.database.transaction() as tx:
        await house.ticketing.tickets.revoke(tx, first.id, ["A1"], by=refund)
    await house.order("A1", showtime_id=first.showtime_id)

    async def restore() -> None:
        async with house.database.transaction() as tx:
            await house.ticketing.tickets.restore(tx, first.id, by=refund)

    with pytest.raises(SeatHasATicket):
        await restore()


async def test_the_code_is_a_picture(house: Box) -> None:
    """SVG that scales, under a policy that lets it do nothing."""
    buyer = house.person()
    order = await house.order(user_id=buyer.id)
    answer = await buyer("GET", f"/api/orders/{order.id}/tickets/{(await house.ticket(order)).id}.svg")
    root = ET.fromstring(answer.text)
    assert answer.headers["content-type"] == "image/svg+xml"
    assert root.tag.endswith("svg")
    assert "viewBox" in root.attrib
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_the_page_speaks_english_and_turkish(house: Box) -> None:
    """By Accept-Language, with the place's own time and both languages' letters."""
    buyer = house.person()
    order = await house.order(user_id=buyer.id)
    path = f"/api/orders/{order.id}/tickets.html"
    for accepted, language, word in (
        ("tr-TR,tr;q=0.9,en;q=0.8", "tr", "Koltuk"),
        ("en;q=0.9,tr;q=0.4", "en", "Seat"),
        ("de", "en", "Seat"),
        ("tr;q=x, *", "en", "Seat"),
    ):
        answer = await buyer("GET", path, headers={"accept-language": accepted})
        assert answer.headers["content-language"] == language
        assert answer.headers["vary"] == "Accept-Language"
        assert f'lang="{language}"' in answer.text
        assert f"<dt>{word}</dt>" in answer.text
        assert "(Europe/Istanbul)" in answer.text


async def test_the_page_does_nothing_but_show(house: Box) -> None:
    """Whatever was typed is escaped; no script, nothing fetched, one style sheet that the policy names."""
    buyer, evil = house.person(), "<script>alert('1')</script>\"><img src=x>"
    order = await house.order(user_id=buyer.id, event_name=evil, buyer_name=evil)
    answer = await buyer("GET", f"/api/orders/{order.id}/tickets.html")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<script" not in answer.text
    assert "<img" not in answer.text
    assert "src=" not in answer.text.replace("img src=x", "")
    assert "&lt;script&gt;" in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "@page { size: A4" in answer.text
    assert "style=" not in answer.text


async def test_replicas_make_one_first_key(house: Box, servers: Addresses) -> None:
    """Twenty that start at once agree in one key."""
    async with box(servers) as fresh:
        replicas = [TicketKeys(fresh.database, TicketSettings(), fresh.clock.now) for _ in range(20)]
        await asyncio.gather(*(one.run_once() for one in replicas))
        kids = {key.kid for one in replicas for key in await one.published()}
        assert len(kids) == 1


async def test_the_first_orders_do_not_wait_for_the_loop(servers: Addresses) -> None:
    """More at once than there are connections, before there is any key: all are signed, with one key."""
    async with box(servers) as fresh:
        orders = [await fresh.bare_order() for _ in range(20)]
        await asyncio.gather(*(issue(fresh, order) for order in orders))
        assert len({(await fresh.ticket(order)).kid for order in orders}) == 1


async def test_keys_are_published_before_they_sign_and_until_their_shows_are_over(servers: Addresses) -> None:
    """A key signs for a season; the next is known a week ahead; the private half goes first, the public one last."""
    async with box(servers) as fresh:
        keys = TicketKeys(fresh.database, TicketSettings(), fresh.clock.now)
        order = await fresh.order(starts_in=timedelta(days=200))
        (first,) = await keys.published()
        fresh.clock.offset = timedelta(days=84)
        await keys.run_once()
        second, old = await keys.published()
        assert old == first
        assert second.signs_from > fresh.clock.now() + timedelta(days=5)
        assert (await written(fresh, keys))[0] == first.kid
        fresh.clock.offset = timedelta(days=92)
        await keys.run_once()
        assert (await written(fresh, keys))[0] == second.kid
        assert [(key.kid, key.private_key is None) for key in await keys.published()] == [
            (second.kid, False),
            (first.kid, True),
        ]
        printed = codes.read((await fresh.ticket(order)).code)
        assert printed is not None
        assert await keys.verified(printed)
        fresh.clock.offset = timedelta(days=201)
        await keys.run_once()
        assert first.kid not in {key.kid for key in await keys.published()}


async def test_private_keys_are_sealed_by_the_passphrase(servers: Addresses) -> None:
    """Who has only the database cannot sign; another passphrase is told as trouble that passes."""
    async with box(servers) as fresh:
        right = TicketKeys(fresh.database, TicketSettings(key_passphrase="correct horse"), fresh.clock.now)
        ids = (new_id("ticket"), new_id("showtime"))
        _, text = await written(fresh, right, *ids)
        (key,) = await right.published()
        assert "ENCRYPTED PRIVATE KEY" in (key.private_key or "")
        again = TicketKeys(fresh.database, TicketSettings(key_passphrase="correct horse"), fresh.clock.now)
        assert await written(fresh, again, *ids) == (key.kid, text)
        for passphrase in ("", "wrong"):
            wrong = TicketKeys(fresh.database, TicketSettings(key_passphrase=passphrase), fresh.clock.now)
            with pytest.raises(TicketKeysNotReady):
                await written(fresh, wrong, *ids)
            with pytest.raises(TicketKeysNotReady):
                await wrong.run_once()
            assert not wrong.ready
            assert [one.kid for one in await wrong.published()] == [key.kid], "doors go on opening"
