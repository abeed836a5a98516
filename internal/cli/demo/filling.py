"""Makes what is missing, and leaves alone what is there: what an earlier run began is known by its name.

Of an event's showtimes the first are there or none: they are made one after another, so their number says which.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from internal.cli.demo.door import Door
from internal.cli.demo.programme import (
    CATEGORIES,
    HALL,
    HOUSES,
    ORGANIZERS,
    PASSWORD,
    PEOPLE,
    PLAYS,
    House,
    Person,
    Play,
    Showing,
    terms,
)
from internal.seatmap.theatre import demo_theatre

__all__ = ["fill"]

Made = dict[str, Any]
T = TypeVar("T")


async def fill(anybody: Door, admin: tuple[str, str], now: datetime) -> list[Made]:
    """All of it; the events of the programme in its order, each with its showtimes."""
    manager = await anybody.login_soon(*admin)
    users, categories = await _together(_users(manager), _categories(manager))
    tokens = await _together(*(anybody.login(person.email, PASSWORD) for person in ORGANIZERS))
    doors = dict(zip(ORGANIZERS, tokens, strict=True))
    made = await _together(*(_house(doors[house.owner], house, users, categories, now) for house in HOUSES))
    events = [event for events in made for event in events]
    await _together(*(_opened(anybody, showtime["id"]) for event in events for showtime in event["showtimes"]))
    return events


async def _together(*work: Awaitable[T]) -> list[T]:
    """All of it at once; a refusal is raised when the others have ended, so that nothing goes on behind it."""
    ended = await asyncio.gather(*work, return_exceptions=True)
    for one in ended:
        if isinstance(one, BaseException):
            raise one
    return [one for one in ended if not isinstance(one, BaseException)]


async def _users(manager: Door) -> dict[str, str]:
    known = {user["email"]: user["id"] for user in await manager.items("/api/users")}

    async def user(person: Person) -> str:
        if person.email in known:
            return str(known[person.email])
        account = {"email": person.email, "password": PASSWORD, "name": person.name}
        return str((await manager.send("/api/users", account))["id"])

    ids = await _together(*map(user, PEOPLE))
    return {person.email: user_id for person, user_id in zip(PEOPLE, ids, strict=True)}


async def _categories(manager: Door) -> dict[str, str]:
    known = {category["name"]: category["id"] for category in await manager.items("/api/categories")}

    async def category(name: str) -> str:
        return str(known.get(name) or (await manager.send("/api/categories", {"name": name}))["id"])

    return dict(zip(CATEGORIES, await _together(*map(category, CATEGORIES)), strict=True))


async def _house(
    owner: Door, house: House, users: Mapping[str, str], categories: Mapping[str, str], now: datetime
) -> list[Made]:
    known = {one["name"]: one["id"] for one in await owner.items("/api/organizations")}
    organization = known.get(house.name) or (await owner.send("/api/organizations", {"name": house.name}))["id"]
    plays = [play for play in PLAYS if play.house == house.name]
    await _together(*(_employ(owner, organization, users[person.email]) for person in house.staff))
    hall = await _hall(owner, organization) if house.name == HALL else ""
    known_events = await owner.items("/api/events", organizationId=organization, status="any")
    found = {event["name"]: event for event in known_events}
    return await _together(
        *(_play(owner, organization, hall, play, categories[play.category], found, now) for play in plays)
    )


async def _employ(owner: Door, organization: str, user: str) -> None:
    await owner.send(f"/api/organizations/{organization}/members/{user}", {"role": "staff"}, method="PUT")


async def _hall(owner: Door, organization: str) -> str:
    known = {venue["name"]: venue for venue in await owner.items("/api/venues", organizationId=organization)}
    place = {"organizationId": organization, "name": HALL, "city": "Istanbul", "country": "TR"}
    venue = known.get(HALL) or await owner.send("/api/venues", place)
    if not venue.get("layoutHash"):
        await owner.send(f"/api/venues/{venue['id']}/layout", demo_theatre(), method="PUT")
    return str(venue["id"])


async def _play(
    owner: Door, organization: str, hall: str, play: Play, category: str, known: Mapping[str, Made], now: datetime
) -> Made:
    event = known.get(play.name) or await owner.send("/api/events", _described(play, organization, category, now))
    if play.published and event["status"] == "draft":
        event = await owner.send(f"/api/events/{event['id']}/publish")
    return {**event, "showtimes": await _showtimes(owner, event["id"], hall, play, now)}


def _described(play: Play, organization: str, category: str, now: datetime) -> Made:
    words = {"organizationId": organization, "name": play.name, "description": play.description, "categoryId": category}
    if play.seats is None:
        return words
    (price,) = play.showings[0].prices.values()
    return {**words, "totalSeats": play.seats, "price": price, **terms(play.showings[0], now)}


async def _showtimes(owner: Door, event: str, hall: str, play: Play, now: datetime) -> list[Made]:
    path = f"/api/events/{event}/showtimes"
    there = await owner.items(path, drafts="true")
    for showing in play.showings[len(there) :]:
        there.append(await owner.send(path, _planned(showing, hall, now)))
    return [
        await owner.send(f"/api/showtimes/{one['id']}/publish") if one["status"] == "draft" else one
        for one in there[: len(play.showings)]
    ]


async def _opened(anybody: Door, showtime: str) -> None:
    """Returns once its seats can be seen: inventory hears of a publication a moment after catalog wrote it down."""
    await anybody.get_soon(f"/api/showtimes/{showtime}/seats")


def _planned(showing: Showing, hall: str, now: datetime) -> Made:
    tiers = [{"name": name, "price": price} for name, price in showing.prices.items()]
    return {"venueId": hall, "tiers": tiers, **terms(showing, now)}
