"""The whole OpenAPI document under fire, by everybody who may come: whatever is sent, the answer is a documented one.

schemathesis makes the requests: the borders of every schema, then random ones, then sequences in which one answer's ids
are the next request's. Real ids are among what it draws from. The seed is fixed, so that a build does not fail for
what it did not change; `./taskw test:fuzz` draws more, and anew each time (AISLE_FUZZ_EXAMPLES, AISLE_FUZZ_SEED).
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from tests.e2e.stage import Scene, Stage
from tests.running import Person

_EXAMPLES = int(os.environ.get("AISLE_FUZZ_EXAMPLES", "3"))
_SEED = int(os.environ.get("AISLE_FUZZ_SEED", "20221115"))
_CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
)


@dataclass
class Shots:
    """What was fired, and what is to be mended."""

    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    failures: dict[str, str] = field(default_factory=dict)

    def count(self, status: int) -> int:
        return sum(count for (_, code), count in self.statuses.items() if code == status)


@pytest.mark.parametrize("who", ["stranger", "customer", "owner", "administrator"])
async def test_every_answer_is_a_documented_one(stage: Stage, who: str) -> None:
    """No 5xx, no undocumented status, every body of the documented form, 405 for the methods that are not there."""
    scene = await stage.scene()
    people = {"customer": scene.buyer, "owner": scene.owner, "administrator": await stage.administrator()}
    caller = people.get(who, stage.system.stranger())
    document = await stage.document()
    shots = await asyncio.to_thread(_fire, stage.base, document, caller, scene)
    assert not shots.failures, "\n\n".join(shots.failures.values())
    assert shots.count(200) > len(document["paths"])  # the ids led behind the doors


def _fire(base: str, document: dict[str, Any], caller: Person, scene: Scene) -> Shots:
    config = SchemathesisConfig.from_dict(_settings(base, caller, scene))
    schema = schemathesis.openapi.from_dict(document, config=config)
    shots = Shots()
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            _note(shots, event)
        elif isinstance(event, events.NonFatalError | events.FatalError):
            shots.failures[repr(event)] = str(getattr(event, "value", event))
    return shots


def _note(shots: Shots, event: events.ScenarioFinished) -> None:
    for interaction in event.recorder.interactions.values():
        if interaction.response is not None:
            shots.statuses[event.recorder.label, interaction.response.status_code] += 1
    for nodes in event.recorder.checks.values():
        for node in nodes:
            if node.failure_info is not None:
                failure = node.failure_info.failure
                key = f"{event.recorder.label} {failure.title}"
                text = f"{event.recorder.label}: {failure.title}\n{failure.message}\n{node.failure_info.code_sample}"
                shots.failures.setdefault(key, text)


def _settings(base: str, caller: Person, scene: Scene) -> dict[str, Any]:
    ids = scene.ids
    words = {
        "organizations": [ids["organization_id"]],
        "venues": [ids["venue_id"]],
        "events": [ids["event_id"], ids["draft_event_id"]],
        "showtimes": [ids["showtime_id"], ids["draft_showtime_id"]],
        "tiers": [ids["tier_id"]],
        "categories": [ids["category_id"]],
        "holds": [ids["hold_id"]],
        "orders": [ids["order_id"]],
        "refunds": [ids["refund_id"]],
        "tickets": [ids["ticket_id"]],
        "files": [ids["file_name"]],
        "users": [ids["user_id"], caller.id],
        "emails": [ids["email"]],
        "layouts": [ids["layout_hash"]],
        "seats": [f"A{at}" for at in range(1, 10)],
    }
    bound = {
        "organizations": ("path.organization_id", "query.organizationId", "body.organizationId"),
        "venues": ("path.venue_id", "query.venueId", "body.venueId"),
        "events": ("path.event_id", "query.eventId"),
        "showtimes": ("path.showtime_id", "query.showtimeId"),
        "tiers": ("path.tier_id",),
        "categories": ("path.category_id", "query.categoryId", "body.categoryId"),
        "holds": ("path.hold_id",),
        "orders": ("path.order_id",),
        "refunds": ("path.refund_id",),
        "tickets": ("path.ticket_id",),
        "files": ("path.file_name",),
        "users": ("path.user_id", "body.userId"),
        "emails": ("path.email",),
        "layouts": ("path.layout_hash",),
        "seats": ("path.seat_id", "path.seat_number", "body.seatIds[*]"),
    }
    headers = {"x-forwarded-for": caller.address}
    if caller.token:
        headers["authorization"] = f"Bearer {caller.token}"
    return {
        "base-url": base,
        "seed": _SEED,
        "continue-on-failure": True,
        "headers": headers,
        "dictionaries": {name: {"values": values} for name, values in words.items()},
        "parameters": {
            where: {"dictionary": name, "probability": 0.8} for name, places in bound.items() for where in places
        },
        "checks": {"enabled": False, **{name: {"enabled": True} for name in _CHECKS}},
        "generation": {"mode": "all", "max-examples": _EXAMPLES, "deterministic": True, "database": "none"},
        "phases": {"stateful": {"max-steps": 4}},
        "warnings": False,
    }
