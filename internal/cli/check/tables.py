"""Which rows the checks look at: where they are, and by which keys what belongs together is found."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple

from internal.cli.check import kinds

__all__ = ["LIVE", "TABLES", "By", "Table"]


class By(Enum):
    """What a check puts side by side: all rows of an order, of a showtime, ...; or what is one for all."""

    WHOLE = "whole"
    ORDER = "order"
    SHOWTIME = "showtime"
    HOLD = "hold"
    SUBJECT = "subject"


class Table(NamedTuple):
    """Which database, the name under which it is missing, where the rows go, what to ask, and the row's keys in SQL."""

    database: str
    name: str
    field: str
    kind: Any
    rows: str
    keys: Mapping[By, str]

    def keyed(self, by: By) -> str:
        """All rows in the order of this key, which is the same in every database, whatever its collation."""
        key = f'({self.keys[by]})::text collate "C"'
        return f"select * from (select {key} as sort_key, {self.rows}) as keyed where sort_key is not null order by 1"


_SAGA_ORDER = "coalesce(data->>'orderId', data->>'order_id')"
_PLACED = {By.ORDER: "order_id", By.SHOWTIME: "showtime_id"}
_OF_ORDER = {By.ORDER: "order_id"}

# Sagas first: one that began after this look was under way in none of the others, or is young there.
TABLES = (
    Table(
        "checkout", "checkout", "sagas", kinds.Saga,
        # a lease that nobody has ends at -infinity, which is no moment of Python's
        "id, name, subject, status, stuck, greatest(due_at, leased_until) as due_at,"
        f" {_SAGA_ORDER} as order_id from sagas",
        {By.ORDER: f"coalesce({_SAGA_ORDER}, id)", By.SUBJECT: "name || ' ' || subject"},
    ),
    Table(
        "inventory", "inventory", "seats", kinds.Seat,
        "showtime_id, seat_id, state, order_id, user_id from seat_states", _PLACED,
    ),
    Table(
        "inventory", "inventory", "claims", kinds.Claim,
        "order_id, hold_id, showtime_id, user_id, seat_ids, state, created_at from holds", _PLACED,
    ),
    Table(
        "inventory", "inventory", "showtimes", kinds.Showtime,
        "showtime_id, seats_per_buyer, capacity from showtimes left join layouts using (layout_hash)",
        {By.SHOWTIME: "showtime_id"},
    ),
    Table(
        "orders", "orders", "orders", kinds.Order,
        "id, hold_id, user_id, showtime_id, total, currency, status, refunded, updated_at from orders",
        {By.ORDER: "id", By.SHOWTIME: "showtime_id", By.HOLD: "hold_id"},
    ),
    Table(
        "orders", "orders", "items", kinds.Item, "order_id, seat_id, price, refunded from order_items",
        {By.ORDER: "order_id", By.SHOWTIME: "select showtime_id from orders where orders.id = order_items.order_id"},
    ),
    Table("orders", "orders", "order_refunds", kinds.OrderRefund, "id, order_id, status from refunds", _OF_ORDER),
    Table(
        "orders", "tickets", "tickets", kinds.Ticket,
        "id, order_id, showtime_id, seat_id, revoked_by is null as valid from tickets", _PLACED,
    ),
    Table(
        "payments", "payments", "payments", kinds.Payment,
        "id, order_id, user_id, provider, currency, status, captured, refunded, created_at from payments", _OF_ORDER,
    ),
    Table(
        "payments", "payments", "payment_refunds", kinds.PaymentRefund,
        "id, payment_id, order_id, amount, status, code from refunds", _OF_ORDER,
    ),
    Table(
        "payments", "payments", "entries", kinds.Entry, "posting, account, amount, payment_id from ledger_entries",
        _OF_ORDER,
    ),
    Table(
        "pos", "pos", "charges", kinds.Charge, 'key, "order" as order_id, captured, refunded from charges',
        {By.ORDER: '"order"'},
    ),
    Table(
        "ledger", "ledger", "reservations", kinds.Reservation, "id, order_id, showtime_id, seat_ids from reservations",
        _PLACED,
    ),
    Table(
        "ledger", "ledger", "given_back", kinds.GivenBack, "order_id, seat_id from given_back",
        {
            By.ORDER: "order_id",
            By.SHOWTIME: "select min(showtime_id) from reservations as sold where sold.order_id = given_back.order_id",
        },
    ),
    Table(
        "stats", "stats", "counted", kinds.Counted,
        "showtime_id, sold, blocked from counts join showtimes using (showtime_id, generation) where section_id = ''",
        {By.SHOWTIME: "showtime_id"},
    ),
    Table("bookings", "bookings", "bookings", kinds.Booking, "id, status, updated_at from bookings", {By.ORDER: "id"}),
)  # fmt: skip

# Database -> the orders that something is being done about: few, however many there are.
LIVE = {
    "checkout": f"select coalesce({_SAGA_ORDER}, id) as id from sagas where status in ('running', 'undoing')",
    "orders": "select order_id as id from refunds where status = 'requested'",
    "payments": "select order_id as id from refunds where status = 'pending'",
}
