from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from internal.gateway.programme import Poster, Wanted, cities, folded, found, posters
from proto.catalog import Played, PlayedEvent
from proto.seatmap import VenueFacts

NOW = datetime(2027, 1, 1, 18, tzinfo=UTC)
VENUES = {
    "izmir": VenueFacts(venue_id="izmir", organization_id="org", name="Kültürpark", city="İzmir", country="TR"),
    "london": VenueFacts(venue_id="london", organization_id="org", name="Globe", city="London", country="GB"),
}


def played(venue: str, days: float, price: int = 100, currency: str = "TRY") -> Played:
    return Played(
        showtime_id=f"{venue}{days}",
        venue_id=venue,
        starts_at=NOW + timedelta(days=days),
        time_zone="UTC",
        currency=currency,
        lowest_price=price,
        highest_price=price * 2,
    )


EVENTS = [
    PlayedEvent(event_id="flute", organization_id="org", name="Sihirli Flüt", showtimes=[played("izmir", 3, 50)]),
    PlayedEvent(
        event_id="hamlet",
        organization_id="org",
        name="Hamlet",
        description="A tragedy. " * 50,
        category_id="theatre",
        showtimes=[played("london", 1, 90, "GBP"), played("izmir", 5, 10), played("gone", 9, 20, "GBP")],
    ),
]


def names(wanted: Wanted) -> list[str]:
    return [poster.id for poster in posters(EVENTS, VENUES, wanted)]


@pytest.mark.parametrize(
    ("wanted", "fitting"),
    [
        (Wanted(), ["hamlet", "flute"]),
        (Wanted(text="SIHIRLI"), ["flute"]),
        (Wanted(text="flut izm"), ["flute"]),
        (Wanted(text="kulturpark"), ["hamlet", "flute"]),
        (Wanted(text="let"), []),
        (Wanted(city="IZMIR"), ["flute", "hamlet"]),
        (Wanted(city="london"), ["hamlet"]),
        (Wanted(city="Ankara"), []),
        (Wanted(category_id="theatre"), ["hamlet"]),
        (Wanted(since=NOW + timedelta(days=2)), ["flute", "hamlet"]),
        (Wanted(until=NOW + timedelta(days=3)), ["hamlet"]),
        (Wanted(city="İzmir", until=NOW + timedelta(days=4)), ["flute"]),
        (Wanted(text="globe", city="izmir"), []),
    ],
)
def test_what_is_looked_for_is_found(wanted: Wanted, fitting: list[str]) -> None:
    """By words as somebody types them, by city, day and category together, the soonest that fits first."""
    assert names(wanted) == fitting


def test_a_poster_tells_of_the_times_that_fit() -> None:
    """When next, where, and from which price on in the currency of that time; a long text is cut at a word."""
    (hamlet,) = posters(EVENTS, VENUES, Wanted(text="hamlet"))
    assert (hamlet.next_starts_at, hamlet.showtimes, hamlet.lowest_price, hamlet.currency) == (
        NOW + timedelta(days=1),
        3,
        20,
        "GBP",
    )
    assert [place.city for place in hamlet.places] == ["London", "İzmir"]
    assert len(hamlet.description) <= 240
    assert hamlet.description.endswith("tragedy.…") or hamlet.description.endswith("A…")
    (later,) = posters(EVENTS, VENUES, Wanted(text="hamlet", city="izmir"))
    assert (later.lowest_price, later.currency) == (10, "TRY")


def test_pages_go_on_where_the_last_ended() -> None:
    """Each is seen once, though two begin at one moment."""
    events = [
        PlayedEvent(event_id=f"event{n}", organization_id="org", name="x", showtimes=[played("izmir", n // 3)])
        for n in range(10)
    ]
    fitting, seen, position = posters(events, VENUES, Wanted()), [], None
    while page := found(fitting, position, 4):
        seen += [poster.id for poster in page]
        position = (page[-1].next_starts_at, page[-1].id)
    assert seen == [event.event_id for event in events]


def test_letters_are_compared_without_their_marks() -> None:
    """Turkish has two letters i and English one; who types without marks finds what has them."""
    assert folded("İSTANBUL") == folded("istanbul") == folded("ıstanbul")
    assert folded("Şükrü Çağrı") == "sukru cagri"


def test_cities_are_each_named_once() -> None:
    """However often it is written, and in the order of the letters."""
    again = VenueFacts(venue_id="x", organization_id="org", name="x", city="izmir")
    nowhere = VenueFacts(venue_id="y", organization_id="org", name="y")
    assert [folded(one) for one in cities([*VENUES.values(), again, nowhere])] == ["izmir", "london"]


def test_what_is_shown_is_no_more_than_a_poster() -> None:
    """Nobody's organisation is in it."""
    assert "organization_id" not in Poster.__struct_fields__
