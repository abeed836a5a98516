"""All counters of the process as Prometheus' families, made when somebody scrapes and not before.

Every sample says which worker it is of: the workers of one machine share a port, so a scrape meets any of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from internal.platform.bus import Bus, Durable, Endpoint
from internal.platform.loops import Loop
from internal.platform.outbox import Backlog
from internal.platform.postgres import Database
from internal.platform.redis import Lane
from internal.platform.telemetry.figures import Figure
from internal.platform.telemetry.lag import Lag
from internal.platform.telemetry.process import process
from internal.platform.telemetry.requests import BOUNDS, Requests, Times

__all__ = ["Collector", "Sources"]

Row = tuple[Sequence[str], float]

_PARAMETER = re.compile(r"\{[^}]*\}")
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
_STATUSES = ("none", "1xx", "2xx", "3xx", "4xx", "5xx")
_POOL = {  # psycopg's name -> ours, and what it means
    "pool_size": ("size", "Connections of the pool."),
    "pool_available": ("available", "Connections that nobody uses just now."),
    "requests_waiting": ("waiting", "Callers that wait for a connection."),
}
_POOL_TOTALS = {
    "requests_num": ("requests", "Connections asked for."),
    "requests_queued": ("queued", "Connections that had to be waited for."),
    "requests_wait_ms": ("wait_milliseconds", "Time waited for connections."),
    "requests_errors": ("refused", "Connections that were not had in time."),
    "connections_lost": ("lost", "Connections that the server closed."),
}


@dataclass
class Sources:
    """Where the numbers are."""

    worker: str
    lane: Lane
    bus: Bus
    databases: Mapping[str, Database]
    requests: Requests = field(default_factory=Requests)
    lag: Lag = field(default_factory=Lag)
    loops: Sequence[Loop] = ()
    consumers: Sequence[Durable] = ()
    endpoints: Sequence[Endpoint[Any]] = ()
    figures: Sequence[Figure] = ()


class Collector:
    """What Prometheus' client asks at each scrape."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._backlogs: Mapping[str, Backlog] = {}
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def text(self, backlogs: Mapping[str, Backlog]) -> bytes:
        """The whole exposition. The backlogs were asked for by the caller, because that is a query."""
        self._backlogs = backlogs
        return generate_latest(self._registry)

    def describe(self) -> list[Metric]:
        """Nothing beforehand: it would be another scrape."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Everything."""
        yield from self._http()
        yield from self._work()
        yield from self._servers()
        yield from self._pools()
        yield from self._figures()
        yield from process(self._sources.worker)

    def _http(self) -> Iterator[Metric]:
        counts = self._sources.requests.by_route
        labels = ("method", "route", "road")
        told = [(_route(template, method), count) for (template, method), count in list(counts.items())]
        yield self._counters(
            "http_requests",
            "Requests answered.",
            (*labels, "status"),
            [((*where, name), n) for where, count in told for name, n in zip(_STATUSES, count.statuses, strict=True)],
        )
        yield self._histogram("http_request_seconds", "From the request's head to the end of its answer.", labels, told)
        lag = self._sources.lag.times
        yield self._histogram("event_loop_lag_seconds", "How late the event loop woke a timer.", (), [((), lag)])

    def _work(self) -> Iterator[Metric]:
        loops, consumers, endpoints = self._sources.loops, self._sources.consumers, self._sources.endpoints
        for name in ("rounds", "handled", "failures"):
            rows: list[Row] = [((loop.name,), getattr(loop, name)) for loop in loops]
            yield self._counters(f"loop_{name}", f"Loops: {name}.", ("loop",), rows)
        yield self._counters(
            "consumer_messages",
            "Messages by what became of them.",
            ("durable", "outcome"),
            [((one.durable, what), getattr(one, what)) for one in consumers for what in _OUTCOMES],
        )
        yield self._counters(
            "endpoint_requests",
            "Questions and commands by what became of them.",
            ("subject", "outcome"),
            [((one.subject, what), getattr(one, what)) for one in endpoints for what in _ANSWERS],
        )

    def _servers(self) -> Iterator[Metric]:
        bus, lane = self._sources.bus, self._sources.lane
        yield self._gauges("nats_connected", "Whether NATS can be reached.", (), [((), bus.ready)])
        yield self._counters("nats_stored", "Facts that NATS has confirmed.", (), [((), bus.stored)])
        yield self._counters("nats_duplicates", "Facts that NATS had already.", (), [((), bus.duplicates)])
        yield self._gauges("redis_connected", "Whether Redis can be reached.", (), [((), lane.ready)])
        yield self._counters("redis_calls", "Calls to Redis.", (), [((), lane.asked)])
        yield self._counters("redis_batches", "Script calls that carried those of a tick.", (), [((), lane.batches)])
        yield self._gauges("redis_waiting", "Calls that have no answer yet.", (), [((), lane.waiting)])

    def _pools(self) -> Iterator[Metric]:
        stats = {name: database.stats() for name, database in self._sources.databases.items()}
        for key, (name, about) in _POOL.items():
            rows: list[Row] = [((database,), figures.get(key, 0)) for database, figures in stats.items()]
            yield self._gauges(f"database_pool_{name}", about, ("database",), rows)
        for key, (name, about) in _POOL_TOTALS.items():
            rows = [((database,), figures.get(key, 0)) for database, figures in stats.items()]
            yield self._counters(f"database_pool_{name}", about, ("database",), rows)
        waiting: list[Row] = [((name,), backlog.count) for name, backlog in self._backlogs.items()]
        oldest: list[Row] = [((name,), backlog.oldest_seconds) for name, backlog in self._backlogs.items()]
        yield self._gauges("outbox_events", "Events committed and not yet published.", ("database",), waiting)
        yield self._gauges("outbox_oldest_seconds", "How long the oldest of them waits.", ("database",), oldest)

    def _figures(self) -> Iterator[Metric]:
        by_name: dict[str, list[Figure]] = {}
        for figure in self._sources.figures:
            by_name.setdefault(figure.name, []).append(figure)
        for name, figures in by_name.items():
            make = self._counters if figures[0].kind == "counter" else self._gauges
            rows = [(tuple(figure.labels.values()), figure.read()) for figure in figures]
            yield make(name, figures[0].about, tuple(figures[0].labels), rows)

    def _counters(self, name: str, about: str, labels: Sequence[str], rows: Iterable[Row]) -> Metric:
        return self._filled(CounterMetricFamily(f"aisle_{name}", about, labels=("worker", *labels)), rows)

    def _gauges(self, name: str, about: str, labels: Sequence[str], rows: Iterable[Row]) -> Metric:
        return self._filled(GaugeMetricFamily(f"aisle_{name}", about, labels=("worker", *labels)), rows)

    def _filled(self, family: Any, rows: Iterable[Row]) -> Metric:
        for values, number in rows:
            family.add_metric((self._sources.worker, *values), number)
        return family  # type: ignore[no-any-return]

    def _histogram(
        self, name: str, about: str, labels: Sequence[str], rows: Sequence[tuple[Sequence[str], Times]]
    ) -> Metric:
        family = HistogramMetricFamily(f"aisle_{name}", about, labels=("worker", *labels))
        for values, times in rows:
            family.add_metric((self._sources.worker, *values), list(_cumulated(times.buckets)), times.seconds)
        return family


_OUTCOMES = ("handled", "retried", "parked")
_ANSWERS = ("answered", "faults", "dropped")


def _cumulated(buckets: Sequence[int]) -> Iterator[tuple[str, float]]:
    total = 0
    for bound, count in zip((*map(str, BOUNDS), "+Inf"), buckets, strict=True):
        total += count
        yield bound, total


def _route(template: str, method: str) -> tuple[str, str, str]:
    """The labels: parameters' names are ours alone, and a fast route has the same name as its ordinary twin."""
    road = "fast" if "{}" in template else "ordinary"
    return method if method in _METHODS else "other", _PARAMETER.sub("{id}", template) or "none", road
