"""What the demo has on: its people, its two houses and what they play. Nothing here speaks to anybody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

__all__ = [
    "ADMIN",
    "CATEGORIES",
    "HALL",
    "HOUSES",
    "ORGANIZERS",
    "PASSWORD",
    "PEOPLE",
    "PLAYS",
    "STAFF",
    "House",
    "Person",
    "Play",
    "Showing",
    "terms",
]

PASSWORD = "aisle-demo"  # noqa: S105 - known to everybody, on a port that this machine alone can reach
_CURTAIN = 17  # o'clock UTC: eight in the evening in Istanbul, all year round
_HALL_PRICES = {"Premium": 95_000, "Stalls": 65_000, "Circle": 48_000, "Balcony": 28_000, "Standing": 22_000}


class Person(NamedTuple):
    """Somebody to log in as."""

    email: str
    name: str
    may: str


class House(NamedTuple):
    """An organisation of the demo and whose it is."""

    name: str
    owner: Person
    staff: tuple[Person, ...] = ()


class Showing(NamedTuple):
    """So many days from the first `up`; on sale at once, or so many days before the play."""

    days: int
    prices: dict[str, int]
    on_sale_before: int | None = None


class Play(NamedTuple):
    """An event. With `seats` it is made by the short form, which brings a hall and its first showtime along."""

    house: str
    name: str
    description: str
    category: str
    showings: tuple[Showing, ...]
    seats: int | None = None
    published: bool = True


ADMIN = Person("admin@demo.aisle", "Administrator", "everything")
_ZEYNEP = Person("owner@demo.aisle", "Zeynep Aydın", "owns Grand Theatre · Büyük Tiyatro")
_OLIVER = Person("moda@demo.aisle", "Oliver Bennett", "owns Moda Stage · Moda Sahnesi")
STAFF = Person("staff@demo.aisle", "Emre Kaya", "works for Grand Theatre")
_ALICE = Person("customer@demo.aisle", "Alice Carter", "buys")

ORGANIZERS = (_ZEYNEP, _OLIVER)
PEOPLE = (*ORGANIZERS, STAFF, _ALICE)  # in the order in which they are shown, after the administrator

HOUSES = (
    House("Grand Theatre · Büyük Tiyatro", _ZEYNEP, (STAFF,)),
    House("Moda Stage · Moda Sahnesi", _OLIVER),
)
HALL = "Grand Theatre · Büyük Tiyatro"  # the hall of the first house, called like it

_THEATRE, _MUSIC, _COMEDY = CATEGORIES = ("Theatre · Tiyatro", "Music · Müzik", "Comedy · Komedi")

PLAYS = (
    Play(
        HOUSES[0].name,
        "Hamlet",
        "Shakespeare's tragedy in three hours, with one interval.\n\nShakespeare'in tragedyası; üç saat, bir ara.",
        _THEATRE,
        (Showing(1, _HALL_PRICES), Showing(2, _HALL_PRICES), Showing(8, _HALL_PRICES)),
    ),
    Play(
        HOUSES[0].name,
        "The Magic Flute · Sihirli Flüt",
        "Mozart's opera, sung in German with English and Turkish surtitles.\n\n"
        "Mozart'ın operası; Almanca, İngilizce ve Türkçe üstyazıyla.",
        _MUSIC,
        (Showing(4, _HALL_PRICES), Showing(11, _HALL_PRICES), Showing(32, _HALL_PRICES, on_sale_before=25)),
    ),
    Play(
        HOUSES[0].name,
        "Anatolian Rock Night · Anadolu Rock Gecesi",
        "Four bands from İzmir to Diyarbakır. The floor is for dancing.\n\n"
        "İzmir'den Diyarbakır'a dört grup. Salonun önü ayakta.",
        _MUSIC,
        (Showing(6, _HALL_PRICES), Showing(20, {**_HALL_PRICES, "Standing": 30_000})),
    ),
    Play(
        HOUSES[1].name,
        "Open Mic · Açık Mikrofon",
        "Ten people, five minutes each, no second takes.\n\nOn kişi, beşer dakika, tekrarı yok.",
        _COMEDY,
        (Showing(3, {"Standard": 25_000}),),
        seats=120,
    ),
    Play(
        HOUSES[1].name,
        "New Year's Eve · Yılbaşı Gecesi",
        "Still being written.\n\nHenüz yazılıyor.",
        _COMEDY,
        (),
        published=False,
    ),
)


def terms(showing: Showing, today: datetime) -> dict[str, str]:
    """When it is played and sold, as the catalog wants to be told."""
    starts = datetime(today.year, today.month, today.day, _CURTAIN, tzinfo=UTC) + timedelta(days=showing.days)
    said = {"startsAt": starts.isoformat(), "timeZone": "Europe/Istanbul", "currency": "TRY"}
    if showing.on_sale_before is not None:
        said["onSaleFrom"] = (starts - timedelta(days=showing.on_sale_before)).isoformat()
    return said
