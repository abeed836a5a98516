"""What is on, and which of it fits what somebody looks for: pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from proto.catalog import Played, PlayedEvent
from proto.seatmap import VenueFacts

__all__ = ["Listing", "Place", "Poster", "Wanted", "cities", "folded", "found", "posters"]

_SHOWN = 240  # characters of the description on a poster: three lines


class Place(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Where."""

    name: str
    city: str = ""
    country: str = ""


class Poster(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An event as it is listed: its next time that fits, and from which price on."""

    id: str
    name: str
    description: str
    category_id: str | None
    image_url: str | None
    next_starts_at: datetime
    time_zone: str
    showtimes: int
    places: list[Place]
    lowest_price: int
    currency: str


class Listing(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What fits, the soonest first; and all cities in which something is played, whatever was looked for."""

    items: list[Poster]
    total: int
    cities: list[str]
    next_cursor: str | None = None


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for; None where it does not matter."""

    text: str | None = None
    city: str | None = None
    category_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def folded(text: str) -> str:
    """The text as it is compared: without case and accents, and with one i for the two of Turkish."""
    plain = unicodedata.normalize("NFD", text.replace("İ", "i").replace("ı", "i")).casefold()
    return "".join(char for char in plain if not unicodedata.combining(char))


def posters(events: Iterable[PlayedEvent], venues: Mapping[str, VenueFacts], wanted: Wanted) -> list[Poster]:
    """Those that fit, the soonest first."""
    words = folded(wanted.text or "").split()
    city = folded(wanted.city) if wanted.city else None
    fitting = []
    for event in events:
        if wanted.category_id is not None and event.category_id != wanted.category_id:
            continue
        times = [one for one in event.showtimes if _fits(one, venues.get(one.venue_id), wanted, city)]
        if times and _says(event, times, venues, words):
            fitting.append(_poster(event, times, venues))
    return sorted(fitting, key=lambda poster: (poster.next_starts_at, poster.id))


def found(fitting: Sequence[Poster], position: tuple[datetime, str] | None, limit: int) -> list[Poster]:
    """The next of them."""
    if position is None:
        return list(fitting[:limit])
    return [one for one in fitting if (one.next_starts_at, one.id) > position][:limit]


def cities(venues: Iterable[VenueFacts]) -> list[str]:
    """Each once, however it is written."""
    by_name = {folded(venue.city): venue.city for venue in venues if venue.city}
    return [by_name[name] for name in sorted(by_name)]


def _fits(one: Played, venue: VenueFacts | None, wanted: Wanted, city: str | None) -> bool:
    if wanted.since is not None and one.starts_at < wanted.since:
        return False
    if wanted.until is not None and one.starts_at >= wanted.until:
        return False
    return city is None or (venue is not None and folded(venue.city) == city)


def _says(event: PlayedEvent, times: Sequence[Played], venues: Mapping[str, VenueFacts], words: Sequence[str]) -> bool:
    """Whether each word begins a word of what is said about it."""
    if not words:
        return True
    places = (venues[one.venue_id] for one in times if one.venue_id in venues)
    text = " ".join([event.name, event.description, *(f"{venue.name} {venue.city}" for venue in places)])
    said = folded(text).split()
    return all(any(one.startswith(word) for one in said) for word in words)


def _poster(event: PlayedEvent, times: Sequence[Played], venues: Mapping[str, VenueFacts]) -> Poster:
    first = min(times, key=lambda one: one.starts_at)
    there = {one.venue_id: venues[one.venue_id] for one in times if one.venue_id in venues}
    comparable = [one.lowest_price for one in times if one.currency == first.currency]
    return Poster(
        id=event.event_id,
        name=event.name,
        description=_shortened(event.description),
        category_id=event.category_id,
        image_url=event.image_url,
        next_starts_at=first.starts_at,
        time_zone=first.time_zone,
        showtimes=len(times),
        places=[Place(name=venue.name, city=venue.city, country=venue.country) for venue in there.values()],
        lowest_price=min(comparable),
        currency=first.currency,
    )


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1].rsplit(" ", 1)[0] + "…"
