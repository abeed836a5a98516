"""The one way of events and showtimes, tried in every order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from internal.catalog import domain
from internal.catalog.domain import Event, Showtime, Status, Tier
from internal.catalog.faults import BadTerms, ChangedMeanwhile
from internal.platform.faults import Fault, Kind

NOW = datetime(2027, 1, 1, tzinfo=UTC)
NAMES = ("A", "B", "C")
LIMITS = (1800, 100)


def an_event(**more: Any) -> Event:
    return Event(id="event_1", organization_id="org_1", name="Tosca", created_at=NOW, updated_at=NOW, **more)


def a_showtime(**more: Any) -> Showtime:
    terms: dict[str, Any] = {
        "venue_id": "venue_1",
        "layout_hash": "",
        "starts_at": NOW + timedelta(days=10),
        "time_zone": "UTC",
        "seats_per_buyer": 6,
        "hold_seconds": 300,
        "currency": "TRY",
    }
    return Showtime(
        id="showtime_1",
        event_id="event_1",
        organization_id="org_1",
        created_at=NOW,
        updated_at=NOW,
        **{**terms, **more},
    )


class Way(RuleBasedStateMachine):
    """An event with one showtime; whatever is tried, in whatever order, what always holds does."""

    def __init__(self) -> None:
        super().__init__()
        self.event, self.showtime = an_event(), a_showtime()
        self.sold_on: Showtime | None = None
        self.ids = 0

    def attempt(self, step: Any) -> Any:
        """The outcome of a step, or nothing if it was refused as a conflict: no other refusal is possible here."""
        try:
            return step()
        except Fault as fault:
            if fault.kind is not Kind.CONFLICT:
                raise
            return None

    @rule()
    def publish_event(self) -> None:
        done = self.attempt(lambda: domain.published_event(self.event, NOW))
        assert (done is not None) == (self.event.status is Status.DRAFT)
        self.event = done or self.event

    @rule()
    def cancel_event(self) -> None:
        done = self.attempt(lambda: domain.canceled(self.event, "Rain", NOW))
        assert (done is not None) == (self.event.status is Status.PUBLISHED)
        if done:
            self.event = done
            if self.showtime.status is Status.PUBLISHED:
                self.showtime = domain.canceled(self.showtime, "Rain", NOW)

    @rule(layout=st.sampled_from(["", "one", "two"]), used=st.sets(st.sampled_from(NAMES)), late=st.booleans())
    def publish_showtime(self, layout: str, used: set[str], late: bool) -> None:
        now = NOW + timedelta(days=20 if late else 0)
        before = self.showtime
        done = self.attempt(lambda: domain.published_showtime(before, self.event, layout, used, now))
        priced = used <= {tier.name for tier in before.tiers}
        open_to = before.status is Status.DRAFT and self.event.status is Status.PUBLISHED
        assert (done is not None) == (open_to and priced and layout != "" and before.starts_at > now)
        if done:
            self.showtime = self.sold_on = done

    @rule()
    def cancel_showtime(self) -> None:
        done = self.attempt(lambda: domain.canceled(self.showtime, "Rain", NOW))
        assert (done is not None) == (self.showtime.status is Status.PUBLISHED)
        self.showtime = done or self.showtime

    @rule(
        changes=st.fixed_dictionaries(
            {},
            optional={
                "venue_id": st.sampled_from(["venue_1", "venue_2"]),
                "currency": st.sampled_from(["TRY", "EUR"]),
                "seats_per_buyer": st.integers(1, 100),
            },
        )
    )
    def change_showtime(self, changes: dict[str, Any]) -> None:
        done = self.attempt(lambda: domain.changed_showtime(self.showtime, changes, NOW, *LIMITS))
        self.showtime = done or self.showtime

    @rule(names=st.lists(st.sampled_from(NAMES), max_size=4), kept=st.booleans())
    def change_tiers(self, names: list[str], kept: bool) -> None:
        tiers = list(self.showtime.tiers) if kept else []
        for name in names:
            self.ids += 1
            tiers.append(Tier(id=f"tier_{self.ids}", name=name, price=self.ids))
        done = self.attempt(lambda: domain.with_tiers(self.showtime, tiers, NOW))
        self.showtime = done or self.showtime

    @rule()
    def reprice(self) -> None:
        tiers = [msgspec.structs.replace(tier, price=tier.price + 1) for tier in self.showtime.tiers]
        done = self.attempt(lambda: domain.with_tiers(self.showtime, tiers, NOW))
        assert (done is not None) == (self.showtime.status is not Status.CANCELED)
        self.showtime = done or self.showtime

    @invariant()
    def what_was_sold_stays(self) -> None:
        if self.sold_on is not None:
            for name in ("layout_hash", "venue_id", "currency"):
                assert getattr(self.showtime, name) == getattr(self.sold_on, name)
            names = {(tier.id, tier.name) for tier in self.sold_on.tiers}
            assert names <= {(tier.id, tier.name) for tier in self.showtime.tiers}

    @invariant()
    def nothing_is_on_sale_under_what_is_not(self) -> None:
        if self.showtime.status is Status.PUBLISHED:
            assert self.event.status is Status.PUBLISHED
            assert self.showtime.layout_hash

    @invariant()
    def a_name_has_one_price(self) -> None:
        names = [tier.name for tier in self.showtime.tiers]
        assert len(set(names)) == len(names)


TestWay = Way.TestCase


@given(st.integers(1, 9), st.none() | st.integers(1, 9))
def test_a_change_is_of_the_version_that_was_seen(version: int, seen: int | None) -> None:
    """Whoever names a version changes that one or none; whoever names none changes whichever there is."""
    event = an_event(version=version)
    if seen in (None, version):
        domain.require_version(event, seen)
    else:
        with pytest.raises(ChangedMeanwhile):
            domain.require_version(event, seen)


MOMENTS = st.datetimes(datetime(2027, 1, 1), datetime(2027, 1, 20), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone


@given(st.none() | MOMENTS, st.none() | MOMENTS, MOMENTS)
def test_a_sale_begins_before_it_ends(opens: datetime | None, closes: datetime | None, starts: datetime) -> None:
    """Terms that pass leave a time in which somebody can buy."""
    showtime = a_showtime(on_sale_from=opens, on_sale_until=closes, starts_at=starts)
    try:
        domain.checked_terms(showtime, *LIMITS)
    except BadTerms:
        assert opens is not None or closes is not None
    else:
        assert opens is None or opens < (closes or starts)
