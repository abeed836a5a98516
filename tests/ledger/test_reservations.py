"""What was really sold: in every order of arrival, told once or often, and shown to whom it concerns."""

from __future__ import annotations

from itertools import permutations

import psycopg
import pytest

from internal.platform.ids import new_id
from proto.inventory import SeatsReleased
from tests.ledger.conftest import House, Sale
from tests.running import Person
from tests.waiting import until


async def test_a_purchase_alone_is_enough(house: House) -> None:
    """What the fact does not name is asked of orders."""
    buyer = house.system.person()
    sale = Sale(buyer.id, new_id("org"))
    house.orders.known[sale.order_id] = sale.facts()
    await house.tell(sale.purchased())
    (found,) = await house.reservations(buyer, 1)
    assert (found["orderId"], found["eventId"], found["showtimeId"]) == (sale.order_id, sale.event_id, sale.showtime_id)
    assert (found["userId"], found["seatIds"], found["releasedSeatIds"]) == (buyer.id, ["A-1", "A-2"], [])
    assert found["organizationId"] == sale.organization_id


async def test_what_was_learnt_before_is_not_asked(house: House) -> None:
    """Orders may be away when the seats are sold."""
    buyer = house.system.person()
    sale = Sale(buyer.id, new_id("org"))
    await house.tell(sale.published(), sale.completed())
    for table, column, value in (
        ("known_orders", "order_id", sale.order_id),
        ("known_showtimes", "showtime_id", sale.showtime_id),
    ):
        await _written(house, table, column, value)
    asked = house.orders.asked
    await house.tell(sale.purchased())
    await house.reservations(buyer, 1)
    assert house.orders.asked == asked


async def _written(house: House, table: str, column: str, value: str) -> None:
    async def there() -> bool:
        return bool(await house.rows(f"select 1 from {table} where {column} = %s", value))

    await until(there)


async def _gave_back(house: House, buyer: Person) -> bool:
    (found,) = await house.reservations(buyer, 1)
    return bool(found["releasedSeatIds"])


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_any_order_of_arrival_gives_the_same(house: House, order: tuple[int, ...]) -> None:
    """Sold, one seat given back, and the order's end, in all orders: one reservation, one seat of it back."""
    buyer = house.system.person()
    sale = Sale(buyer.id, new_id("org"))
    house.orders.known[sale.order_id] = sale.facts()
    back = SeatsReleased(showtime_id=sale.showtime_id, seat_ids=["A-2"], order_id=sale.order_id)
    facts = [sale.purchased(), back, sale.completed()]
    for which in order:
        await house.tell(facts[which])
    await house.reservations(buyer, 1)
    await until(lambda: _gave_back(house, buyer))
    (found,) = await house.reservations(buyer, 1)
    assert (found["seatIds"], found["releasedSeatIds"]) == (["A-1", "A-2"], ["A-2"])
    assert found["releasedAt"] is not None


async def test_a_fact_told_again_under_another_id_changes_nothing(house: House) -> None:
    """Replayed after years, when no inbox remembers it: the book itself does. Seats that are new are added."""
    buyer = house.system.person()
    sale = Sale(buyer.id, new_id("org"))
    house.orders.known[sale.order_id] = sale.facts()
    await house.tell(*(sale.purchased() for _ in range(20)))
    more = Sale(buyer.id, sale.organization_id, sale.event_id, sale.showtime_id, sale.order_id, ("A-1", "A-2", "A-3"))
    await house.tell(more.purchased())
    found = await house.reservations(buyer, 2)
    sold = [seat for one in found for seat in one["seatIds"]]
    assert sorted(sold) == ["A-1", "A-2", "A-3"]


async def test_an_order_that_is_not_known_yet_is_waited_for(house: House) -> None:
    """The seats are told before orders can say whose they are."""
    buyer = house.system.person()
    sale = Sale(buyer.id, new_id("org"))
    asked = house.orders.asked
    await house.tell(sale.purchased())
    await until(lambda: house.orders.asked > asked)
    house.orders.known[sale.order_id] = sale.facts()
    await house.reservations(buyer, 1)


async def test_one_that_is_not_known_holds_up_no_other(house: House) -> None:
    """Told in one breath: the sale that orders knows is in the book while the other is asked for again and again."""
    buyer = house.system.person()
    unknown, sale = (Sale(buyer.id, new_id("org")) for _ in range(2))
    house.orders.known[sale.order_id] = sale.facts()
    await house.tell(unknown.purchased(), sale.purchased())
    (found,) = await house.reservations(buyer, 1)
    assert found["orderId"] == sale.order_id
    house.orders.known[unknown.order_id] = unknown.facts()
    await house.reservations(buyer, 2)


async def test_reservations_are_for_their_buyer_and_the_staff(house: House) -> None:
    """A stranger sees none, another member nothing of the organisation, its owner all, an administrator everything."""
    owner, buyer, other = house.system.person(), house.system.person(), house.system.person()
    root, stranger = house.system.person(roles=("admin",)), house.system.stranger()
    sale = Sale(buyer.id, await owner.organizes())
    house.orders.known[sale.order_id] = sale.facts()
    await house.tell(sale.purchased())
    await house.reservations(buyer, 1)
    query = f"?organizationId={sale.organization_id}"
    assert await house.reservations(other, 0) == []
    assert [one["orderId"] for one in await house.reservations(owner, 1, query)] == [sale.order_id]
    assert [one["orderId"] for one in await house.reservations(root, 1, query)] == [sale.order_id]
    assert sale.order_id in {one["orderId"] for one in await house.reservations(root, 1, "?limit=200")}
    assert (await other("GET", f"/api/reservations{query}")).status_code == 403
    assert (await buyer("GET", f"/api/reservations{query}")).status_code == 403
    assert (await stranger("GET", "/api/reservations")).status_code == 401


async def test_pages_and_exports_hold_the_same(house: House) -> None:
    """By cursor, as lines of JSON, and as CSV."""
    owner, buyer = house.system.person(), house.system.person()
    organization = await owner.organizes()
    sales = [Sale(buyer.id, organization) for _ in range(5)]
    for sale in sales:
        house.orders.known[sale.order_id] = sale.facts()
    await house.tell(*(sale.purchased() for sale in sales))
    all_of_them = await house.reservations(buyer, 5)
    paged: list[str] = []
    cursor = ""
    while True:
        page = (await buyer("GET", f"/api/reservations?limit=2{cursor}")).json()
        paged += [one["id"] for one in page["items"]]
        if page["nextCursor"] is None:
            break
        cursor = f"&cursor={page['nextCursor']}"
    assert paged == [one["id"] for one in all_of_them]
    lines = await buyer("GET", "/api/reservations.ndjson")
    assert lines.headers["content-type"].startswith("application/x-ndjson")
    assert len(lines.text.splitlines()) == 5
    sheet = await owner("GET", f"/api/reservations.csv?organizationId={organization}")
    head, *rows = sheet.text.splitlines()
    assert head.startswith("id,eventId,organizationId,showtimeId,userId,seatIds")
    assert len(rows) == 5
    assert (await buyer("GET", f"/api/reservations.ndjson?organizationId={organization}")).status_code == 403


@pytest.mark.parametrize("sql", ["update {} set order_id = 'x'", "delete from {}", "truncate {}"])
@pytest.mark.parametrize("book", ["reservations", "given_back"])
async def test_history_is_never_lost(house: House, sql: str, book: str) -> None:
    """The database itself refuses to change or remove a row of the books."""
    with pytest.raises(psycopg.errors.RestrictViolation):
        await house.rows(sql.format(book))
