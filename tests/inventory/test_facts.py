"""Lines of the outbox, read as facts and as changes of a picture."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from internal.inventory.facts import Change, Pictures, read
from proto import EVENTS, Event
from proto.inventory import HoldCreated, HoldExpired, HoldRefreshed, HoldReleased
from proto.live import LiveUser

seats = st.lists(st.from_regex(r"[A-Za-z0-9._:-]{1,8}", fullmatch=True), min_size=1, max_size=4, unique=True)
moments = st.integers(1_700_000_000_000, 1_900_000_000_000)
trailers = st.sampled_from(["|", "req_1|", "|00-" + "a" * 32 + "-" + "b" * 16 + "-01", "req_1|a|b|c"])


def line(kind: str, expires: int, listed: list[str], trailer: str, hold: str = "hold_1") -> tuple[str, str]:
    text = f"{kind}|7|{expires}|{hold}|user_1|showtime_1|{','.join(listed)}|{trailer}"
    return "1777593600000-4", text


@given(st.sampled_from("crlx"), moments, seats, trailers)
def test_a_line_is_a_fact_of_the_contract(kind: str, expires: int, listed: list[str], trailer: str) -> None:
    """What is written by hand decodes as the contract's own struct, with everything that the line said."""
    message, change, news = read(*line(kind, expires, [] if kind == "r" else listed, trailer))
    assert message is not None
    at = datetime.fromtimestamp(expires / 1000, UTC)
    expected: dict[str, Event] = {
        "c": HoldCreated(hold_id="hold_1", user_id="user_1", showtime_id="showtime_1", seat_ids=listed, expires_at=at),
        "r": HoldRefreshed(hold_id="hold_1", showtime_id="showtime_1", expires_at=at),
        "l": HoldReleased(hold_id="hold_1", showtime_id="showtime_1", seat_ids=listed),
        "x": HoldExpired(hold_id="hold_1", showtime_id="showtime_1", seat_ids=listed),
    }
    assert msgspec.json.decode(message.body, type=EVENTS[message.subject]) == expected[kind]
    assert news is not None
    shown = msgspec.json.decode(news[1], type=LiveUser)
    assert (shown.to(), shown.topic) == (news[0], message.subject)
    assert msgspec.convert(shown.data, EVENTS[message.subject]) == expected[kind]
    assert change.seats == ([] if kind == "r" else listed)
    assert change.state == ("h" if kind in "cr" else ".")
    assert datetime.fromisoformat(message.headers["Aisle-Time"]) == datetime(2026, 5, 1, tzinfo=UTC)


def test_a_line_has_one_id_however_often_it_is_read() -> None:
    """A relay that was killed tells the same line under the same id."""
    first, second = read(*line("c", 1, ["A1"], "|")), read(*line("c", 1, ["A1"], "|"))
    assert first[0] is not None
    assert first == second


def test_an_expiry_without_seats_is_told_as_such() -> None:
    """A hold whose seats were taken over expires without any."""
    message, _, _ = read(*line("x", 0, [], "|"))
    assert message is not None
    assert msgspec.json.decode(message.body, type=HoldExpired).seat_ids == []


def test_what_postgres_decided_is_a_picture_and_no_fact() -> None:
    """A claim's or a sale's line changes the picture; its fact comes from Postgres' outbox."""
    message, change, news = read(*line("p", 0, ["A1"], "|", hold="s"))
    assert (message, news) == (None, None)
    assert change == Change("showtime_1", 7, ["A1"], "s")


@given(st.lists(st.tuples(st.sampled_from("AB"), seats, st.sampled_from(".hcsb")), max_size=12))
def test_pictures_show_the_last_state_of_each_seat(told: list[tuple[str, list[str], str]]) -> None:
    """However changes are gathered, a picture has every seat once, in its last state, and spans all their versions."""
    pictures = Pictures()
    last: dict[tuple[str, str], str] = {}
    for version, (showtime, listed, state) in enumerate(told, 1):
        pictures.gather([Change(showtime, version, listed, state)])
        last |= {(showtime, seat): state for seat in listed}
    shown = pictures.take()
    assert {one.showtime_id for one in shown} == {showtime for showtime, _, _ in told}
    for one in shown:
        own = [version for version, (showtime, _, _) in enumerate(told, 1) if showtime == one.showtime_id]
        assert (one.from_version, one.version) == (own[0] - 1, own[-1])
        lists = {"h": one.held, "c": one.held, ".": one.released, "s": one.sold, "b": one.blocked}
        shown_seats = [*one.held, *one.released, *one.sold, *one.blocked]
        assert sorted(shown_seats) == sorted(seat for showtime, seat in last if showtime == one.showtime_id)
        assert all(seat in lists[state] for (showtime, seat), state in last.items() if showtime == one.showtime_id)
    assert pictures.take() == []
