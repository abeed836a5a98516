"""What people see of orders, and who sees what."""

from __future__ import annotations

import asyncio
import csv
import io

import msgspec
import pytest

from internal.orders.faults import StoppedByBuyer
from internal.orders.http.export import harmless
from internal.platform.ids import new_id
from proto.orders import OrderCanceled, OrderCreated, OrderStopped
from tests.edge import code
from tests.orders.conftest import Office, good
from tests.running import Person


async def test_an_order_is_seen_by_its_buyer_and_by_staff(office: Office, buyer: Person) -> None:
    """To anybody else there is none, and without a token nobody sees anything."""
    order = await office.pending(buyer)
    path = f"/api/orders/{order.order_id}"
    shown = good(await buyer("GET", path))
    assert (shown["id"], shown["total"], shown["status"]) == (order.order_id, 10_000, "pending")
    assert (shown["buyerEmail"], shown["timeZone"]) == ("ada@example.com", "Europe/Istanbul")
    assert good(await office.organizer("GET", path)) == shown
    assert good(await office.system.person(roles=("admin",))("GET", path)) == shown
    assert code(await office.system.person()("GET", path)) == (404, "order_unknown")
    assert code(await office.system.person(guest=True)("GET", path)) == (404, "order_unknown")
    assert code(await office.system.stranger()("GET", path)) == (401, "unauthenticated")
    assert code(await buyer("GET", "/api/orders/nothing")) == (404, "order_unknown")


async def test_who_has_it_already_is_not_sent_it_again(office: Office, buyer: Person) -> None:
    """The ETag is that of the order as it stands."""
    order = await office.pending(buyer)
    path = f"/api/orders/{order.order_id}"
    tag = (await buyer("GET", path)).headers["etag"]
    assert (await buyer("GET", path, headers={"if-none-match": tag})).status_code == 304
    await office.complete(order.order_id)
    assert (await buyer("GET", path, headers={"if-none-match": tag})).status_code == 200


async def test_staff_find_an_order_by_what_a_buyer_can_say_of_it(office: Office, buyer: Person) -> None:
    """Its number or the end of it, the name, the e-mail, a seat; signs of patterns are letters like others."""
    order = await office.pending(buyer)
    path = f"/api/organizations/{office.organization}/orders"

    async def found(text: str) -> list[str]:
        return [
            one["id"] for one in good(await office.organizer("GET", path, params={"q": text, "limit": 200}))["items"]
        ]

    seen = good(await buyer("GET", f"/api/orders/{order.order_id}"))
    seat = seen["items"][0]["seatId"]
    for text in (order.order_id, order.order_id[-8:].upper(), "ada@EXAMPLE", seat):
        assert order.order_id in await found(text), text
    for text in ("%", "_da@", "nobody", f"{seat}0", "\\"):
        assert await found(text) == [], text
    assert code(await office.organizer("GET", path, params={"q": "x" * 201})) == (400, "malformed")


async def test_own_orders_come_page_by_page_the_newest_first(office: Office, buyer: Person) -> None:
    """Each once, and nobody else's."""
    made = [(await office.pending(buyer)).order_id for _ in range(5)]
    await office.pending(office.system.person())
    await office.cancel(made[0])
    found: list[str] = []
    path = "/api/orders?limit=2"
    while path:
        page = good(await buyer("GET", path))
        found += [order["id"] for order in page["items"]]
        path = page["nextCursor"] and f"/api/orders?limit=2&cursor={page['nextCursor']}"
    assert found == made[::-1]
    canceled = good(await buyer("GET", "/api/orders?status=canceled"))["items"]
    assert [order["id"] for order in canceled] == [made[0]]


async def test_an_organisation_has_its_own_orders(office: Office, buyer: Person) -> None:
    """Its staff see them, by event, showtime and status; nobody else does."""
    event_id = new_id("event")
    showtime_id = office.house.showtime(office.organization, event_id=event_id)
    one = await office.pending(buyer, showtime_id=showtime_id)
    two = await office.completed(office.system.person(), event_id=event_id)
    three = await office.pending(buyer)
    path = f"/api/organizations/{office.organization}/orders"

    async def ids(query: str) -> list[str]:
        return [order["id"] for order in good(await office.organizer("GET", path + query))["items"]]

    assert await ids("") == [three.order_id, two.order_id, one.order_id]
    assert await ids(f"?eventId={event_id}") == [two.order_id, one.order_id]
    assert await ids(f"?showtimeId={showtime_id}") == [one.order_id]
    assert await ids(f"?eventId={event_id}&status=completed") == [two.order_id]
    assert code(await buyer("GET", path)) == (403, "not_allowed_here")
    assert code(await buyer("GET", path + ".csv")) == (403, "not_allowed_here")
    assert code(await buyer("GET", "/api/organizations/x/orders")) == (403, "not_allowed_here")


@pytest.mark.parametrize(
    "query", ["cursor=nonsense", "cursor=WyJhIl0", "limit=0", "limit=201", "status=paid", "eventId=x", "showtimeId="]
)
async def test_what_is_no_question_is_refused(office: Office, query: str) -> None:
    """With 400, and not with an error of ours."""
    for path in ("/api/orders", f"/api/organizations/{office.organization}/orders"):
        if "Id=" not in query or "organizations" in path:
            assert (await office.organizer("GET", f"{path}?{query}")).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"reason": ""},
        {"reason": "x" * 501},
        {"reason": "ill", "seatIds": []},
        {"reason": "ill", "seatIds": "A1"},
        {"reason": "ill", "seatIds": ["A 1"]},
        {"reason": "ill", "amount": 5},
        [],
    ],
)
async def test_what_is_no_wish_is_refused(office: Office, buyer: Person, body: object) -> None:
    """With 400, before anything is looked at."""
    order = await office.completed(buyer, "A1")
    answer = await buyer("POST", f"/api/orders/{order.order_id}/refunds", body)
    assert answer.status_code == 400, answer.text


async def test_a_pending_order_is_given_up(office: Office, buyer: Person) -> None:
    """It stays pending with the wish on it; it cannot be completed; its checkout cancels it, for the buyer's reason."""
    order = await office.pending(buyer)
    path = f"/api/orders/{order.order_id}/cancel"
    answers = await asyncio.gather(*(buyer("POST", path) for _ in range(10)))
    assert {(answer.status_code, answer.json()["status"], answer.json()["cancelRequested"]) for answer in answers} == {
        (202, "pending", True)
    }
    with pytest.raises(StoppedByBuyer):
        await office.complete(order.order_id)
    assert (await office.cancel(order.order_id, "stopped_by_buyer")).reason == "Canceled by the buyer."
    assert good(await buyer("POST", path))["status"] == "canceled"
    await office.system.heard.told(order.order_id, OrderCreated, OrderStopped, OrderCanceled)


async def test_what_is_completed_is_not_given_up(office: Office, buyer: Person) -> None:
    """Nor is another's, whoever asks."""
    order = await office.completed(buyer)
    path = f"/api/orders/{order.order_id}/cancel"
    answer = await buyer("POST", path)
    assert code(answer) == (409, "order_is_completed")
    assert (answer.json()["status"], answer.json()["orderStatus"]) == (409, "completed")
    assert code(await office.organizer("POST", path)) == (403, "not_the_buyer")
    assert code(await office.system.person()("POST", path)) == (404, "order_unknown")
    assert code(await office.system.stranger()("POST", path)) == (401, "unauthenticated")


async def test_given_up_and_completed_at_once_one_of_them_wins(office: Office, buyer: Person) -> None:
    """Either it is completed and the buyer is told so, or it never will be."""
    for _ in range(10):
        order = await office.pending(buyer)
        done, wish = await asyncio.gather(
            office.complete(order.order_id),
            buyer("POST", f"/api/orders/{order.order_id}/cancel"),
            return_exceptions=True,
        )
        assert not isinstance(wish, BaseException)
        assert isinstance(done, StoppedByBuyer) == (wish.status_code == 202)
        assert (await office.get(order.order_id)).status == ("pending" if wish.status_code == 202 else "completed")


async def test_orders_are_exported_one_line_for_each_seat(office: Office, buyer: Person) -> None:
    """Whatever a buyer calls himself, a spreadsheet calculates nothing."""
    command = msgspec.structs.replace(
        office.command(buyer, "A1", "B1"), buyer_name='=HYPERLINK("http://x","y")', buyer_email="+1@example.com"
    )
    await office.ask(command)
    for _ in range(3):
        await office.pending(buyer)
    answer = await office.organizer("GET", f"/api/organizations/{office.organization}/orders.csv")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 8
    assert [row["seat_id"] for row in rows[-2:]] == ["A1", "B1"]
    assert {row["buyer_name"] for row in rows[-2:]} == {'\'=HYPERLINK("http://x","y")'}
    assert {row["buyer_email"] for row in rows[-2:]} == {"'+1@example.com"}
    assert [row["price_in_minor_units"] for row in rows[-2:]] == ["5000", "2500"]


async def test_the_export_has_what_the_list_has(office: Office, buyer: Person) -> None:
    """Text and filters find the same orders for the spreadsheet as for the list; text that is none is refused alike."""
    for name in ("Ada Lovelace", "Charles Babbage"):
        await office.ask(msgspec.structs.replace(office.command(buyer, "A1"), buyer_name=name))
    listed = f"/api/organizations/{office.organization}/orders"
    for wanted in ({"q": "lovelace"}, {"q": "A1"}, {"q": "%"}, {"q": "lovelace", "status": "completed"}):
        shown = {one["id"] for one in good(await office.organizer("GET", listed, params=wanted))["items"]}
        answer = await office.organizer("GET", f"{listed}.csv", params=wanted)
        rows = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
        assert {row["order_id"] for row in rows} == shown
    assert code(await office.organizer("GET", f"{listed}.csv", params={"q": "x" * 201})) == (400, "malformed")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum", "\t=1", "\r=1", " =1", "＝1"])  # noqa: RUF001
def test_a_formula_is_text(text: str) -> None:
    """It begins with an apostrophe; what is no formula is as it was."""
    assert harmless(text) == f"'{text}"
    assert harmless("Ada = Lovelace") == "Ada = Lovelace"


async def test_health_names_the_ticket_keys(office: Office) -> None:
    """As every part is named: whose it is, then what it is."""
    parts = (await office.system.client.get("/health")).json()["parts"]
    assert parts["orders.ticket-keys"] == "up"
