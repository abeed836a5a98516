"""What there is to sell, and who wants it: an organiser's halls, showtimes in them, and guests with tokens."""
# ruff: noqa: ASYNC110 - what is waited for here happens in other processes, which have no event of ours to set

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import redis.asyncio

from internal.platform.bus import Bus, Message
from internal.platform.ids import new_id
from internal.seatmap.layout import encode, places
from internal.seatmap.theatre import simple
from proto.catalog import ShowtimePublished
from proto.seatkeys import show_key

__all__ = ["Box", "Hall", "Organiser", "guests", "organiser"]

_AT_ONCE = 16  # guests asked for side by side: auth signs on one thread, more would only wait
_OPENED_WITHIN = 180.0  # seconds for 5,000 showtimes on a busy machine
_HOLD_SECONDS = 3_600  # the longest there is: no hold ends within a run unless it is meant to
_PIECE = 500


@dataclass(frozen=True)
class Hall:
    """A venue and its layout, and the ids of its seats."""

    venue_id: str
    layout_hash: str
    seats: list[str]

    @classmethod
    def on_paper(cls, seats: int) -> Hall:
        """Seats that nobody sells."""
        return cls("", "", [place.id for place in places(simple("Nowhere", seats))])


@dataclass(frozen=True)
class Organiser:
    """Somebody who owns an organisation, with a token."""

    organization_id: str
    headers: dict[str, str]


async def organiser(http: httpx.AsyncClient) -> Organiser:
    """Registers, logs in, founds an organisation."""
    who = {"email": f"{uuid4().hex}@example.org", "password": "not a secret at all"}
    _checked(await http.post("/api/auth/register", json=who))
    async with asyncio.timeout(10):  # registering answers before the account is there
        while (answer := await http.post("/api/auth/login", json=who)).status_code != httpx.codes.OK:
            await asyncio.sleep(0.05)
    headers = {"Authorization": f"Bearer {answer.json()['accessToken']}"}
    made = _checked(await http.post("/api/organizations", json={"name": "Bench"}, headers=headers))
    return Organiser(made["id"], headers)


async def guests(http: httpx.AsyncClient, count: int) -> list[str]:
    """The tokens of so many buyers, each of them somebody else."""
    async with asyncio.timeout(10):  # auth makes its first signing key after it has begun to serve
        while (await http.post("/api/auth/guest")).status_code == httpx.codes.SERVICE_UNAVAILABLE:
            await asyncio.sleep(0.05)
    turns = asyncio.Semaphore(_AT_ONCE)

    async def one() -> str:
        async with turns:
            return str(_checked(await http.post("/api/auth/guest"))["accessToken"])

    return await asyncio.gather(*(one() for _ in range(count)))


class Box:
    """Halls and showtimes."""

    def __init__(self, http: httpx.AsyncClient, who: Organiser, bus: Bus, redis_url: str) -> None:
        self._http = http
        self._who = who
        self._bus = bus
        self._redis = redis.asyncio.from_url(redis_url)

    async def hall(self, seats: int) -> Hall:
        """A plain hall of so many seats."""
        new = {"organizationId": self._who.organization_id, "name": f"Hall of {seats}"}
        venue = _checked(await self._http.post("/api/venues", json=new, headers=self._who.headers))
        drawn = simple(f"Hall of {seats}", seats)
        kept = _checked(
            await self._http.put(
                f"/api/venues/{venue['id']}/layout",
                content=encode(drawn),
                headers={**self._who.headers, "Content-Type": "application/json"},
            )
        )
        return Hall(venue["id"], kept["layoutHash"], [place.id for place in places(drawn)])

    async def showtimes(self, hall: Hall, count: int) -> list[str]:
        """So many showtimes in it, on sale and open."""
        facts = [_published(self._who.organization_id, hall) for _ in range(count)]
        for start in range(0, count, _PIECE):
            await self._bus.publish_batch([Message.of(fact) for fact in facts[start : start + _PIECE]])
        ids = [fact.showtime_id for fact in facts]
        await self.opened(ids)
        return ids

    async def close(self) -> None:
        """Leave Redis."""
        await self._redis.aclose()

    async def opened(self, showtimes: Sequence[str]) -> None:
        """Return once the inventory has heard of them."""
        async with asyncio.timeout(_OPENED_WITHIN):
            for start in range(0, len(showtimes), _PIECE):
                keys = [show_key(showtime) for showtime in showtimes[start : start + _PIECE]]
                while await self._redis.exists(*keys) < len(keys):
                    await asyncio.sleep(0.02)


def _published(organization_id: str, hall: Hall) -> ShowtimePublished:
    return ShowtimePublished(
        showtime_id=new_id("showtime"),
        event_id=new_id("event"),
        organization_id=organization_id,
        venue_id=hall.venue_id,
        layout_hash=hall.layout_hash,
        starts_at=datetime.now(UTC) + timedelta(days=30),
        seats_per_buyer=1_000_000,
        hold_seconds=_HOLD_SECONDS,
        currency="EUR",
    )


def _checked(answer: httpx.Response) -> Any:
    if answer.is_error:
        raise RuntimeError(
            f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text[:300]}"
        )
    return msgspec.json.decode(answer.content)
