"""The catalog as it runs, beside the directory and the seatmap that it asks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from internal.catalog.service import SERVICE as CATALOG
from internal.directory.service import SERVICE as DIRECTORY
from internal.seatmap.service import SERVICE as SEATMAP
from proto.catalog import (
    EventCanceled,
    EventCreated,
    EventDeleted,
    EventPublished,
    EventUpdated,
    ShowtimeCanceled,
    ShowtimeCreated,
    ShowtimeDeleted,
    ShowtimePublished,
    ShowtimeUpdated,
)
from tests.conftest import Addresses
from tests.running import Person, System, running

TOLD = (
    EventCreated,
    EventUpdated,
    EventPublished,
    EventCanceled,
    EventDeleted,
    ShowtimeCreated,
    ShowtimeUpdated,
    ShowtimePublished,
    ShowtimeCanceled,
    ShowtimeDeleted,
)


@pytest.fixture(scope="package")
async def system(servers: Addresses, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    folder = tmp_path_factory.mktemp("catalog")
    async with running([CATALOG, DIRECTORY, SEATMAP], servers, folder, hears=TOLD) as system:
        yield system


@pytest.fixture
async def ada(system: System) -> Organizer:
    """Owns an organisation with a venue of two tiers."""
    person = system.person()
    return Organizer(person, await person.organizes())


def soon(days: float = 10) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


def good(answer: httpx.Response) -> Any:
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


class Organizer:
    """Somebody who puts on events, and the shortest way to each step of it."""

    def __init__(self, person: Person, organization: str) -> None:
        self.call = person
        self.organization = organization

    async def event(self, **more: Any) -> dict[str, Any]:
        body = {"organizationId": self.organization, "name": "Tosca", **more}
        event: dict[str, Any] = good(await self.call("POST", "/api/events", body))
        return event

    async def published_event(self, **more: Any) -> dict[str, Any]:
        event = await self.event(**more)
        published: dict[str, Any] = good(await self.call("POST", f"/api/events/{event['id']}/publish"))
        return published

    async def venue(self, *tiers: str) -> str:
        """A venue with one seat in each of these tiers; with none, it has no layout."""
        body = {"organizationId": self.organization, "name": "Hall"}
        venue_id = str(good(await self.call("POST", "/api/venues", body))["id"])
        if tiers:
            good(await self.call("PUT", f"/api/venues/{venue_id}/layout", layout(*tiers)))
        return venue_id

    async def showtime(self, event: dict[str, Any], venue_id: str, **more: Any) -> dict[str, Any]:
        body = {"venueId": venue_id, "startsAt": soon(), "currency": "TRY", **more}
        showtime: dict[str, Any] = good(await self.call("POST", f"/api/events/{event['id']}/showtimes", body))
        return showtime

    async def on_sale(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """A published event with a published showtime of one tier, `Stalls` at 50.00."""
        event, venue_id = await self.published_event(), await self.venue("Stalls")
        draft = await self.showtime(event, venue_id, tiers=[{"name": "Stalls", "price": 5000}])
        showtime: dict[str, Any] = good(await self.call("POST", f"/api/showtimes/{draft['id']}/publish"))
        return event, showtime


def layout(*tiers: str) -> dict[str, Any]:
    """One row with a seat in each of these tiers."""
    seats = [{"id": f"A{at}", "label": str(at), "x": at, "y": 0, "tier": tier} for at, tier in enumerate(tiers, 1)]
    return {
        "name": "Hall",
        "tiers": [{"name": tier, "color": "#ffffff"} for tier in sorted(set(tiers))],
        "sections": [{"id": "hall", "label": "Hall", "rows": [{"id": "A", "label": "A", "seats": seats}]}],
    }
