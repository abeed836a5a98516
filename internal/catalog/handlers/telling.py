"""Events and showtimes as the other services are told of them."""

from __future__ import annotations

from typing import Any

from internal.catalog import domain
from proto.catalog import ShowtimeFacts, Tier

__all__ = ["answer", "event_facts", "showtime_facts"]


def event_facts(event: domain.Event) -> dict[str, Any]:
    """What is told of an event."""
    return {
        "event_id": event.id,
        "organization_id": event.organization_id,
        "name": event.name,
        "description": event.description,
        "category_id": event.category_id,
        "image_url": event.image_url,
    }


def showtime_facts(showtime: domain.Showtime) -> dict[str, Any]:
    """What is told of a showtime."""
    return {
        "showtime_id": showtime.id,
        "event_id": showtime.event_id,
        "organization_id": showtime.organization_id,
        "venue_id": showtime.venue_id,
        "layout_hash": showtime.layout_hash,
        "starts_at": showtime.starts_at,
        "on_sale_from": showtime.on_sale_from,
        "on_sale_until": showtime.on_sale_until,
        "seats_per_buyer": showtime.seats_per_buyer,
        "hold_seconds": showtime.hold_seconds,
        "currency": showtime.currency,
        "time_zone": showtime.time_zone,
        "tiers": [Tier(tier_id=tier.id, name=tier.name, price=tier.price) for tier in showtime.tiers],
    }


def answer(showtime: domain.Showtime) -> ShowtimeFacts:
    """The answer to whoever asks."""
    return ShowtimeFacts(**showtime_facts(showtime), status=showtime.status.value)
