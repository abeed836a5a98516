"""Everything that is told stands in the trail once, in a chain that shows every meddling."""

from __future__ import annotations

import asyncio
import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import psycopg
import pytest
from structlog import get_logger

from internal.ledger.domain import Broken
from internal.ledger.handlers import Anchors, Trail, verify
from internal.ledger.service import SERVICE
from internal.platform.bus import Delivery, Meta
from internal.platform.ids import new_id
from internal.platform.postgres import Database
from proto.inventory import HoldCreated, HoldExpired
from proto.ledger import ChainAnchored, Verify
from proto.orders import OrderCreated
from proto.seatmap import VenueCreated
from tests.conftest import Addresses
from tests.databases import fresh_database
from tests.ledger.conftest import House, Sale

MEDDLING = {
    "changed": ("update audit_events set body = body || ' ' where position = 5", 5),
    "another actor": ("update audit_events set actor = 'user_x' where position = 5", 5),
    "another time": ("update audit_events set time = time + interval '1 microsecond' where position = 5", 5),
    "removed": ("delete from audit_events where position = 5", 5),
    "first removed": ("delete from audit_events where position = 1", 1),
    "last removed": ("delete from audit_events where position = 12", 12),
    "all removed": ("delete from audit_events", 1),
    "cut off, head and all": (
        "delete from audit_events where position > 9; update audit_head set position = 9",
        9,
    ),
    "exchanged": (
        (
            "update audit_events set position = -position where position in (5, 6);"
            " update audit_events set position = 11 + position where position < 0"
        ),
        5,
    ),
    "moved along": (
        (
            "update audit_events set position = position + 1000 where position > 4;"
            " update audit_events set position = position - 999 where position > 1000;"
            " insert into audit_events select 5, 'x', subject, time, actor, request_id, body, hash"
            " from audit_events where position = 4; update audit_head set position = 13"
        ),
        5,
    ),
    "put behind the end": (
        (
            "insert into audit_events select 13, 'x', subject, time, actor, request_id, body, hash"
            " from audit_events where position = 12"
        ),
        13,
    ),
    "put before the beginning": (
        (
            "insert into audit_events select 0, 'x', subject, time, actor, request_id, body, hash"
            " from audit_events where position = 12"
        ),
        1,
    ),
}


def delivery(number: int, event_id: str = "", body: bytes = b"") -> Delivery:
    meta = Meta(
        id=event_id or f"fact_{number}",
        subject="orders.created",
        stream="ORDERS",
        durable="d",
        sequence=number,
        deliveries=1,
        request_id="",
        stored_at=datetime.now(UTC),
        headers={},
    )
    return Delivery(meta, body or b'{"orderId":"%s"}' % new_id("order").encode())


@pytest.fixture
async def database(servers: Addresses) -> AsyncIterator[Database]:
    assert SERVICE.migrations is not None
    async with fresh_database(servers.database_url, [SERVICE.migrations]) as database:
        yield database


@pytest.fixture
def trail(database: Database) -> Trail:
    return Trail(database, None, None, Anchors(database, _none_told, get_logger()))  # type: ignore[arg-type]  # asks nobody here


async def _none_told() -> AsyncIterator[ChainAnchored]:
    for one in list[ChainAnchored]():
        yield one


async def meddle(database: Database, sql: str) -> None:
    """As somebody does who may do everything with the tables."""
    tables = ("audit_events", "audit_entities")
    async with await psycopg.AsyncConnection.connect(database.url) as connection:
        for table in tables:
            await connection.execute(f"alter table {table} disable trigger only_ever_added")
        await connection.execute(sql)


async def test_a_trail_that_nobody_touched_is_whole(trail: Trail, database: Database) -> None:
    """Empty, after one batch, and after several at once."""
    assert await verify(database) is None
    await trail.keep([delivery(n) for n in range(10)])
    assert await verify(database) is None
    await asyncio.gather(*(trail.keep([delivery(100 * k + n) for n in range(50)]) for k in range(1, 9)))
    assert await verify(database) is None
    assert (await trail.verify(Verify())).rows == 410


@pytest.mark.parametrize("how", MEDDLING)
async def test_meddling_shows(trail: Trail, database: Database, how: str) -> None:
    """A row that is changed, removed, moved or put in is named as the first broken one."""
    await trail.keep([delivery(n) for n in range(12)])
    sql, position = MEDDLING[how]
    await meddle(database, sql)
    broken = await verify(database)
    assert broken is not None
    assert broken.position == position
    told = await trail.verify(Verify())
    assert told.broken is not None
    assert told.broken.position == position


async def test_a_long_trail_is_read_in_parts(trail: Trail, database: Database) -> None:
    """Part after part gives the same as all at once, and finds what is broken in the last."""
    await trail.keep([delivery(n) for n in range(25)])
    parts = [await trail.verify(Verify(limit=10))]
    while not parts[-1].complete:
        parts.append(await trail.verify(Verify(after=parts[-1].last, limit=10)))
    assert [(part.rows, part.last, part.broken) for part in parts] == [(10, 10, None), (10, 20, None), (5, 25, None)]
    await meddle(database, "update audit_events set subject = 'x.y' where position = 24")
    assert await verify(database) == Broken(24, "the row is not what was written", "fact_23")


async def test_the_same_event_stands_there_once(trail: Trail, database: Database) -> None:
    """Twice in a batch, in two batches, and in eight at once."""
    same = [delivery(n) for n in range(20)]
    await trail.keep([*same, *same])
    await asyncio.gather(*(trail.keep(same) for _ in range(8)))
    assert (await trail.verify(Verify())).rows == 20


async def test_whatever_a_body_holds_is_kept(trail: Trail, database: Database) -> None:
    """No JSON, nothing at all, NUL and half a character."""
    bodies = [b"\x00\xff{", b"[", b'"\\u0000"', b'{"a":"\xc3"}']
    await trail.keep([delivery(n, body=body) for n, body in enumerate(bodies)])
    assert await verify(database) is None
    async with database.read() as tx:
        rows = await (await tx.execute("select body from audit_events order by position")).fetchall()
    assert [row[0] for row in rows] == bodies


@pytest.mark.parametrize("sql", ["update {} set position = 1", "delete from {}", "truncate {}"])
@pytest.mark.parametrize("table", ["audit_events", "audit_entities"])
async def test_the_database_refuses(database: Database, sql: str, table: str) -> None:
    """No statement of ours or anybody's changes the trail while its trigger stands."""
    async with await psycopg.AsyncConnection.connect(database.url) as connection:
        with pytest.raises(psycopg.errors.RestrictViolation):
            await connection.execute(sql.format(table))


async def test_what_is_told_is_kept_with_who_and_why(house: House) -> None:
    """From the bus to the page: actor, request, body; for an administrator."""
    root = house.system.person(roles=("admin",))
    sale = Sale(new_id("user"), new_id("org"))
    await house.tell(sale.completed(), ids=["fact_a"], headers={"Aisle-Actor": "checkout", "X-Request-Id": "req_7"})
    await house.kept("fact_a")
    (found,) = (await root("GET", f"/api/audit?entity={sale.order_id}")).json()["items"]
    assert (found["id"], found["subject"], found["actor"], found["requestId"]) == (
        "fact_a",
        "orders.completed",
        "checkout",
        "req_7",
    )
    assert found["body"]["userId"] == sale.user_id
    assert (await root("GET", f"/api/audit?entity={sale.user_id}")).json()["items"] == [found]


async def test_the_buyer_of_a_hold_is_its_actor(house: House) -> None:
    """The hot path writes no header: the trail reads the buyer out of the event, and an expiry is inventory's."""
    root = house.system.person(roles=("admin",))
    hold, user, showtime = new_id("hold"), new_id("user"), new_id("showtime")
    created = HoldCreated(
        hold_id=hold, user_id=user, showtime_id=showtime, seat_ids=["A"], expires_at=datetime.now(UTC)
    )
    await house.tell(created, HoldExpired(hold_id=hold, showtime_id=showtime, seat_ids=["A"]), ids=["h.c", "h.x"])
    await house.kept("h.c", "h.x")
    found = (await root("GET", f"/api/audit?entity={hold}")).json()["items"]
    assert {one["id"]: one["actor"] for one in found} == {"h.c": user, "h.x": "inventory"}


async def test_the_owner_of_the_organisation_reads_its_trail(house: House) -> None:
    """Of event, showtime, order and hold; a member of another organisation, the buyer and a stranger do not."""
    owner, other, buyer = (house.system.person() for _ in range(3))
    stranger = house.system.stranger()
    organization, _ = await owner.organizes(), await other.organizes()
    sale, hold = Sale(buyer.id, organization), new_id("hold")
    held = HoldCreated(
        hold_id=hold, user_id=buyer.id, showtime_id=sale.showtime_id, seat_ids=["A"], expires_at=datetime.now(UTC)
    )
    ids = [new_id("fact") for _ in range(3)]
    await house.tell(sale.published(), sale.completed(), held, ids=ids)
    await house.kept(*ids)
    for entity in (organization, sale.event_id, sale.showtime_id, sale.order_id, hold):
        answer = await owner("GET", f"/api/audit?entity={entity}")
        assert answer.status_code == 200, (entity, answer.text)
        assert answer.json()["items"]
        assert (await other("GET", f"/api/audit?entity={entity}")).status_code == 403
        assert (await buyer("GET", f"/api/audit?entity={entity}")).status_code == 403
        assert (await stranger("GET", f"/api/audit?entity={entity}")).status_code == 401
    assert (await owner("GET", f"/api/audit?entity={buyer.id}")).status_code == 404
    export = await owner("GET", f"/api/audit.csv?entity={sale.showtime_id}")
    assert len(export.text.splitlines()) == 1 + 3
    assert (await other("GET", f"/api/audit.ndjson?entity={sale.showtime_id}")).status_code == 403


async def test_an_order_that_only_orders_knows_has_its_owner(house: House) -> None:
    """A trail that begins late asks; what nobody knows is not found."""
    owner = house.system.person()
    sale = Sale(new_id("user"), await owner.organizes())
    house.orders.known[sale.order_id] = sale.facts()
    assert (await owner("GET", f"/api/audit?entity={sale.order_id}")).json()["items"] == []
    assert (await owner("GET", f"/api/audit?entity={new_id('order')}")).status_code == 404
    for nonsense in ("%00", "order_x", f"{sale.order_id}%0A"):
        assert (await owner("GET", f"/api/audit?entity={nonsense}")).status_code == 400
    forgeries: list[object] = [["\x00"], [2**63], [-1], [], {}, "x"]
    for forged in forgeries:
        cursor = urlsafe_b64encode(json.dumps(forged).encode()).decode().rstrip("=")
        for path in (f"/api/audit?entity={sale.order_id}&", "/api/reservations?"):
            assert (await owner("GET", f"{path}cursor={cursor}")).status_code == 400


async def test_another_organisations_word_on_a_shared_thing_is_not_shown(house: House) -> None:
    """The venue's owner sees what their own say of it, and not who else plays there."""
    owner, guest_player = house.system.person(), house.system.person()
    organization, other = await owner.organizes(), await guest_player.organizes()
    sale = Sale(new_id("user"), other)
    playing = sale.published()
    venue = VenueCreated(venue_id=playing.venue_id, organization_id=organization, name="Hall", city="Izmir")
    ids = [new_id("fact"), new_id("fact")]
    await house.tell(playing, venue, ids=ids)
    await house.kept(*ids)
    found = (await owner("GET", f"/api/audit?entity={playing.venue_id}")).json()["items"]
    assert [one["subject"] for one in found] == ["seatmap.venue.created"]
    assert (await guest_player("GET", f"/api/audit?entity={playing.venue_id}")).status_code == 403


async def test_verifying_by_request(house: House) -> None:
    """As the operator's check asks it."""
    ids = [new_id("fact") for _ in range(3)]
    await house.tell(
        *(
            OrderCreated(order_id=new_id("order"), user_id="u", showtime_id="s", seat_ids=[], total=1, currency="EUR")
            for _ in ids
        ),
        ids=ids,
    )
    await house.kept(*ids)
    answer = await house.system.bus.request(Verify())
    assert answer.broken is None
    assert answer.complete
    assert answer.rows >= 3


@pytest.mark.parametrize("actor", ["", "x"])
@pytest.mark.parametrize("text", ["a\tb", "a\nb", "a\\b", "\\.", "\\N", "", "é ü", "a  b c d e f"])
async def test_whatever_a_header_holds_is_kept(trail: Trail, database: Database, text: str, actor: str) -> None:
    """Tabs, line ends and backslashes stay within their column."""
    plain = delivery(1, f"fact {text}")
    odd = Delivery(plain.meta._replace(request_id=text, headers={"Aisle-Actor": actor}), plain.body)
    await trail.keep([delivery(2), odd, delivery(3)])
    assert await verify(database) is None
    async with database.read() as tx:
        (row,) = await (
            await tx.execute("select event_id, request_id, actor from audit_events where position = 2")
        ).fetchall()
    assert row == (f"fact {text}", text, actor)
