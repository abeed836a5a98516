from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
import redis

from bench.checks import Found, Record, found, verdict
from internal.platform.ids import new_id
from proto.seatkeys import map_key, shard_of, tag_of
from tests.databases import fresh_database_url

MIGRATIONS = Path(__file__).parents[2] / "internal" / "inventory" / "migrations"
SHOW = "showtime_" + "1" * 32

FIRST = Record("hold_1", "user_1", SHOW, ("A1", "A2"))
SECOND = Record("hold_2", "user_2", SHOW, ("A3", "A4"))
SOUND = Found(
    records=[FIRST, SECOND],
    locks={(SHOW, "A1"): "hold_1", (SHOW, "A2"): "hold_1", (SHOW, "A3"): "hold_2", (SHOW, "A4"): "hold_2"},
    held={SHOW: 4},
)
ANSWERED = ["hold_1", "hold_2"]


def test_nothing_is_wrong_where_all_is_well() -> None:
    """Two holds of two seats, both answered, locked, shown and told."""
    assert verdict(SOUND, ANSWERED, created=2) == []


def test_a_claim_of_the_hold_that_has_the_seat_is_well_too() -> None:
    """Postgres and Redis may both know a seat, as long as they mean the same owner."""
    assert verdict(replace(SOUND, claims=[((SHOW, "A1"), "hold_1")]), ANSWERED, created=2) == []


@pytest.mark.parametrize(
    ("broken", "answered", "created", "said"),
    [
        (replace(SOUND, records=[FIRST, replace(SECOND, seats=("A2", "A4"))]), ANSWERED, 2, "seat A2 .* has 2 owners"),
        (replace(SOUND, claims=[((SHOW, "A1"), "hold_9")]), ANSWERED, 2, "seat A1 .* has 2 owners: hold_1, hold_9"),
        (SOUND, [*ANSWERED, "hold_3"], 2, "1 holds were answered 201 and are not there, the first is hold_3"),
        (replace(SOUND, locks={**SOUND.locks, (SHOW, "A3"): "hold_1"}), ANSWERED, 2, "hold_2 does not have the lock"),
        (replace(SOUND, locks={}), ANSWERED, 2, "hold_1 does not have the lock of A1 .2 such seats"),
        (replace(SOUND, held={SHOW: 5}), ANSWERED, 2, "the maps show 5 held seats, the holds have 4"),
        (SOUND, ANSWERED, 1, "1 holds were told on JetStream, 2 were made"),
        (SOUND, ANSWERED, 3, "3 holds were told on JetStream, 2 were made"),
    ],
)
def test_each_thing_that_can_be_wrong_is_said(broken: Found, answered: list[str], created: int, said: str) -> None:
    """The check can fail, and names what it found."""
    assert _matches(said, verdict(broken, answered, created))


def test_more_holds_than_were_in_flight_at_the_end_are_not_explained_by_it() -> None:
    """64 connections may each have left one hold that nobody was told of, and no more."""
    records = [Record(f"hold_{n}", "user_1", SHOW, (f"A{n}",)) for n in range(65)]
    locks = {(SHOW, f"A{n}"): f"hold_{n}" for n in range(65)}
    all_held = Found(records=records, locks=locks, held={SHOW: 65})
    assert verdict(all_held, [], created=65) == ["65 holds were made that nobody was told of; 64 may be"]
    assert verdict(all_held, ["hold_7"], created=65) == []


def test_what_was_there_before_is_not_counted() -> None:
    """A second run in the same showtimes answers for its own holds alone."""
    assert verdict(SOUND, ["hold_2"], created=1, earlier={"hold_1"}) == []
    assert verdict(SOUND, ["hold_2"], created=2, earlier={"hold_1"}) == ["2 holds were told on JetStream, 1 were made"]


async def test_a_made_up_double_owner_is_found_in_the_stores(redis_url: str, database_url: str) -> None:
    """Two holds of one seat in Redis, and a sold seat that a hold has in Postgres' place: both are said."""
    show = new_id("showtime")
    tag = tag_of(shard_of(show))
    one, other = (f"{new_id('hold')}{shard_of(show):02x}" for _ in range(2))
    with redis.Redis.from_url(redis_url) as client:
        for hold, seats in ((one, "A1,A2"), (other, "A2,A3")):
            client.hset(f"{tag}:holds", hold, f"1893456000000|2|h|user_1|{show}|{seats}|0")
            client.zadd(f"{tag}:expiry", {hold: 1893456000000})
            for seat in seats.split(","):
                client.set(f"{tag}:seat:{show}:{seat}", hold, ex=60)
        client.set(map_key(show), "hhh", ex=60)
    try:
        with fresh_database_url(database_url, [MIGRATIONS]) as url:
            with psycopg.connect(url) as database:
                database.execute(
                    "insert into seat_states (showtime_id, seat_id, state, order_id) values (%s, 'A3', 'sold', 'o')",
                    [show],
                )
            wrong = verdict(await found(redis_url, url, [show]), [one, other], created=2)
    finally:
        with redis.Redis.from_url(redis_url) as client:
            client.zrem(f"{tag}:expiry", one, other)
    assert _matches(f"seat A2 of {show} has 2 owners", wrong)
    assert _matches(f"seat A3 of {show} has 2 owners: {other}, nobody", wrong)
    assert _matches(f"{one} does not have the lock of A2", wrong)
    assert _matches("the maps show 3 held seats, the holds have 4", wrong)


def _matches(pattern: str, lines: list[str]) -> bool:
    return any(re.search(pattern, line) for line in lines)
