"""The chain shows every meddling, whatever the events hold; ids are found wherever they stand."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from internal.ledger.domain import (
    EMPTY,
    Head,
    Row,
    Said,
    actor_of,
    chained,
    entities_of,
    first_broken,
    seats_to_write,
)
from internal.platform.ids import new_id

_SAID = st.builds(
    Said,
    event_id=st.text(max_size=8),
    subject=st.text(max_size=8),
    time=st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat),
    actor=st.text(max_size=8),
    request_id=st.text(max_size=8),
    body=st.binary(max_size=20),
)
_TRAIL = st.lists(_SAID, min_size=1, max_size=12)


@given(_TRAIL, _TRAIL)
def test_a_chain_that_was_made_in_parts_is_whole(first: list[Said], second: list[Said]) -> None:
    """Each batch goes on where the one before ended."""
    rows = chained(EMPTY, first)
    head = Head(rows[-1].position, rows[-1].hash)
    more = chained(head, second)
    assert first_broken(EMPTY, [*rows, *more]) is None
    assert first_broken(head, more) is None


@given(_TRAIL, st.data())
def test_a_row_that_is_missing_is_named(said: list[Said], data: st.DataObject) -> None:
    """Any but the last, which only the head of the chain can tell."""
    rows = chained(EMPTY, [*said, said[0]])
    at = data.draw(st.integers(0, len(rows) - 2))
    broken = first_broken(EMPTY, rows[:at] + rows[at + 1 :])
    assert broken is not None
    assert broken.position == at + 1


@given(_TRAIL, _SAID, st.data())
def test_a_row_that_is_another_is_named(said: list[Said], other: Said, data: st.DataObject) -> None:
    """Exchanged for anything else, with its old hash."""
    rows = chained(EMPTY, said)
    at = data.draw(st.integers(0, len(rows) - 1))
    broken = first_broken(EMPTY, [*rows[:at], Row(rows[at].position, other, rows[at].hash), *rows[at + 1 :]])
    assert (broken is None) == (other == said[at])


def test_a_row_has_the_hash_that_it_always_had() -> None:
    """What was written before today is verified by the same rule: these two are of the first day."""
    when = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
    told = [
        Said(
            "hold_1.c.5",
            "inventory.hold.created",
            when.replace(microsecond=123_000).isoformat(),
            "user_ü",
            "req 1",
            b'{"a":1}',
        ),
        Said("e2", "orders.created", when.isoformat(), "", "", b"\xff"),
    ]
    assert [row.hash.hex() for row in chained(EMPTY, told)] == [
        "8c8a0e70b42f286f42f62f54437263754c0f23166567810df825fcadb4b8752b",
        "9f62959a152b4dccb8566e575fc1b415f8a5d7b2f6128dee379c312cc2941b4b",
    ]


@given(st.text(min_size=1, max_size=6), st.text(min_size=1, max_size=6))
def test_nothing_moves_from_one_part_to_its_neighbour(left: str, right: str) -> None:
    """`ab|c` and `a|bc` are two different rows."""
    when = datetime(2026, 1, 1, tzinfo=UTC).isoformat()
    one = Said("e", "s", when, left + right, "", b"")
    other = Said("e", "s", when, left, right, b"")
    assert chained(EMPTY, [one])[0].hash != chained(EMPTY, [other])[0].hash


def test_every_id_that_is_named_is_an_entity() -> None:
    """In whatever field, in lists, and who did it; a service's name and a seat are none."""
    order, ticket, user, actor = new_id("order"), new_id("ticket"), new_id("user"), new_id("user")
    body = f'{{"orderId":"{order}","ticketIds":["{ticket}"],"x":{{"y":"{user}"}},"seatId":"A-1","note":"order_1"}}'
    when = datetime.now(UTC).isoformat()
    assert entities_of(Said("e", "s", when, actor, "r", body.encode())) == {order, ticket, user, actor}
    assert entities_of(Said("e", "s", when, "checkout", "r", b"{")) == set()


def test_who_did_it_is_told_by_the_header_or_by_the_hold_itself() -> None:
    """A hold's buyer stands in its event; an expiry is nobody's; of the rest nothing is made up."""
    body = b'{"holdId":"hold_1","userId":"user_1"}'
    assert actor_of("inventory.hold.created", "", body) == "user_1"
    assert actor_of("inventory.hold.created", "till", body) == "till"
    assert actor_of("inventory.hold.expired", "", body) == "inventory"
    assert actor_of("orders.created", "", body) == ""


@given(st.lists(st.sampled_from("abcdef")), st.lists(st.sampled_from("abcdef")))
def test_a_seat_is_written_once(told: list[str], written: list[str]) -> None:
    """Those that are new, each once, in the order told."""
    new = seats_to_write(told, written)
    assert len(set(new)) == len(new)
    assert set(new) == set(told) - set(written)
