"""What every service has written down about one order, and what of it is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import DictRow, dict_row

__all__ = ["Books", "Bought", "books"]

Rows = list[DictRow]

_UNDER_WAY = {
    "checkout": "select count(*) from sagas where status in ('running', 'undoing') and data->>'order_id' = %s",
    "orders": "select count(*) from orders where status = 'pending' and id = %s",
    "payments": "select count(*) from payments where due_at is not null and order_id = %s",
}
_OUTBOXES = ("checkout", "orders", "payments", "inventory")


@dataclass(frozen=True)
class Bought:
    """What an order should have come to: its seats and what was told of it, each once."""

    order_id: str
    showtime_id: str
    seats: list[str]
    value: int  # of the tickets that are good
    told: tuple[str, ...]


class Books:
    """A connection to each database."""

    def __init__(self, connections: Mapping[str, psycopg.AsyncConnection[DictRow]]) -> None:
        self._connections = connections

    async def rows(self, database: str, query: str, *values: Any) -> Rows:
        return await (await self._connections[database].execute(query, values)).fetchall()

    async def one(self, database: str, query: str, *values: Any) -> Any:
        (row,) = await self.rows(database, query, *values)
        (value,) = row.values()
        return value

    async def under_way(self, bought: Bought) -> list[str]:
        """What is not at its end yet."""
        found = [name for name, query in _UNDER_WAY.items() if await self.one(name, query, bought.order_id)]
        found += [f"{name}'s outbox" for name in _OUTBOXES if await self.one(name, "select count(*) from outbox")]
        told = await self.told(bought)
        found += [subject for subject in bought.told if not told[subject]]
        if bought.value and not await self.one(
            "ledger", "select count(*) from reservations where order_id = %s", bought.order_id
        ):
            found.append("the ledger")
        return found

    async def told(self, bought: Bought) -> Counter[str]:
        """How often each event about the order arrived at its end."""
        rows = await self.rows(
            "ledger",
            "select subject, count(*) as times from audit_entities join audit_events using (position)"
            " where entity = %s group by subject",
            bought.order_id,
        )
        return Counter({row["subject"]: row["times"] for row in rows})

    async def wrong(self, bought: Bought) -> list[str]:
        """Every breach of what must hold of an order that is at its end."""
        return [
            *_seats(bought, await self._of_seats(bought)),
            *_money(bought, await self._of_money(bought)),
            *await self._books_of_the_bank(bought),
            *_events(bought, await self.told(bought)),
            *await self._sold(bought),
        ]

    async def _of_seats(self, bought: Bought) -> Rows:
        return await self.rows(
            "inventory",
            "select seat_id, state, order_id from seat_states where showtime_id = %s and seat_id = any(%s)",
            bought.showtime_id,
            bought.seats,
        )

    async def _of_money(self, bought: Bought) -> dict[str, Any]:
        order = bought.order_id
        return {
            "order": await self.rows("orders", "select status, total, refunded from orders where id = %s", order),
            "tickets": await self.one(
                "orders",
                "select coalesce(sum(i.price), 0)::int from tickets t join order_items i using (order_id, seat_id)"
                " where t.order_id = %s and t.revoked_by is null",
                order,
            ),
            "payments": await self.rows(
                "payments", "select status, captured, refunded from payments where order_id = %s", order
            ),
            "postings": await self.rows(
                "payments",
                "select posting from ledger_entries where order_id = %s group by posting having sum(amount) <> 0",
                order,
            ),
            "sales": await self.one(
                "payments",
                "select coalesce(-sum(amount), 0)::int from ledger_entries where order_id = %s and account = %s",
                order,
                f"order:{order}/sales",
            ),
        }

    async def _books_of_the_bank(self, bought: Bought) -> list[str]:
        charges = await self.rows(
            "pos", 'select captured, refunded, created_at from charges where "order" = %s', bought.order_id
        )
        kept = sum(one["captured"] - one["refunded"] for one in charges)
        found = [] if kept == bought.value else [f"the bank kept {kept} for tickets worth {bought.value}"]
        if len(charges) > 1:
            found.append(f"the bank was asked for {len(charges)} charges")
        claimed = await self.rows("inventory", "select created_at from holds where order_id = %s", bought.order_id)
        if charges and not (claimed and claimed[0]["created_at"] <= min(one["created_at"] for one in charges)):
            found.append("the card was charged before the seats were claimed")
        return found

    async def _sold(self, bought: Bought) -> list[str]:
        rows = await self.rows("ledger", "select seat_ids from reservations where order_id = %s", bought.order_id)
        sold = sorted(seat for row in rows for seat in row["seat_ids"])
        due = sorted(bought.seats) if bought.value else []
        return [] if sold == due else [f"the ledger has {sold} as sold, and {due} were"]


@asynccontextmanager
async def books(databases: Mapping[str, str]) -> AsyncIterator[Books]:
    """Open while the block runs."""
    async with AsyncExitStack() as stack:
        connections = {}
        for name, url in databases.items():
            connection = await psycopg.AsyncConnection.connect(url, autocommit=True, row_factory=dict_row)
            connections[name] = await stack.enter_async_context(connection)
        yield Books(connections)


def _seats(bought: Bought, rows: Rows) -> Iterator[str]:
    due = dict.fromkeys(bought.seats, ("sold", bought.order_id)) if bought.value else {}
    found = {row["seat_id"]: (row["state"], row["order_id"]) for row in rows}
    if found != due:
        yield f"inventory has {found}, and it should be {due}"


def _money(bought: Bought, facts: Mapping[str, Any]) -> Iterator[str]:
    (order,) = facts["order"] or [{"status": "missing"}]
    if order["status"] != ("completed" if bought.value else "canceled"):
        yield f"the order is {order['status']}"
    if facts["tickets"] != bought.value:
        yield f"the good tickets are worth {facts['tickets']}, not {bought.value}"
    if len(facts["payments"]) > 1:
        yield f"{len(facts['payments'])} payments"
    kept = sum(one["captured"] - one["refunded"] for one in facts["payments"])
    if kept != bought.value:
        yield f"payments kept {kept} for tickets worth {bought.value}"
    if facts["postings"]:
        yield f"postings out of balance: {facts['postings']}"
    if facts["sales"] != bought.value:
        yield f"the double-entry ledger says {facts['sales']}, not {bought.value}"


def _events(bought: Bought, told: Counter[str]) -> Iterator[str]:
    due = Counter(bought.told)
    if told != due:
        yield f"told too often {dict(told - due)}, too seldom {dict(due - told)}"
