from __future__ import annotations

import socket

import httpx
from prometheus_client.parser import text_string_to_metric_families

from internal.embedded import Nats
from internal.platform.telemetry.settings import TelemetrySettings
from tests.platform.telemetry.probe import probing
from tests.waiting import until

W = "3"


def numbers(text: str) -> dict[tuple[str, frozenset[str]], float]:
    """Every sample, by its name and the values of its labels."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            assert sample.labels["worker"] == W
            found[sample.name, frozenset(value for name, value in sample.labels.items() if name != "worker")] = (
                sample.value
            )
    return found


async def test_the_numbers_are_there_after_traffic(nats: Nats, redis_url: str, database: str) -> None:
    """/metrics parses, and every part has counted: http, loops, consumers, endpoints, nats, redis, pools, process."""
    async with probing(nats, redis_url, database, worker=W) as probe:
        await probe.ready()
        for _ in range(3):
            await probe.client.post("/probe/o1")
            await probe.client.post("/fast/o1/probe")
        await probe.client.get("/nowhere")
        await until(lambda: len(probe.told("heard")) >= 4)
        answer = await probe.client.get("/metrics")
        assert answer.headers["content-type"].startswith("text/plain")
        found = numbers(answer.text)

        def number(name: str, *labels: str) -> float:
            return found[f"aisle_{name}", frozenset(labels)]

        assert number("http_requests_total", "POST", "/fast/{id}/probe", "fast", "2xx") == 3
        assert number("http_requests_total", "POST", "/probe/{id}", "ordinary", "2xx") >= 4
        assert number("http_requests_total", "GET", "none", "ordinary", "4xx") == 1
        assert number("http_request_seconds_count", "POST", "/fast/{id}/probe", "fast") == 3
        assert number("http_request_seconds_bucket", "POST", "/fast/{id}/probe", "fast", "+Inf") == 3
        assert number("loop_handled_total", "probe-outbox") >= 4
        assert number("consumer_messages_total", "probe", "handled") >= 3
        assert number("endpoint_requests_total", "rpc.directory.role", "answered") >= 4
        assert number("nats_connected") == number("redis_connected") == 1
        assert number("nats_stored_total") >= 4
        assert number("redis_calls_total") >= 15
        assert number("redis_batches_total") >= 4
        assert number("database_pool_requests_total", "probe") > 0
        assert number("outbox_events", "probe") >= 0
        assert number("probe_answers_total", "last") == 42
        assert number("process_resident_bytes") > 10_000_000
        assert ("aisle_gc_rounds_total", frozenset({"2"})) in found
        assert ("aisle_event_loop_lag_seconds_count", frozenset()) in found
        document = (await probe.client.get("/api/openapi.json")).json()
        assert "/metrics" not in document["paths"]


async def test_a_database_away_leaves_the_other_numbers(nats: Nats, redis_url: str) -> None:
    """What cannot be asked is left out, and in time."""
    async with probing(nats, redis_url, "postgresql://x@127.0.0.1:9/x", worker=W) as probe:
        await until(lambda: _answers(probe.client))
        found = numbers((await probe.client.get("/metrics")).text)
        assert ("aisle_outbox_events", frozenset({"probe"})) not in found
        assert ("aisle_redis_connected", frozenset()) in found


async def _answers(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/health/live")).status_code == 200
    except httpx.TransportError:
        return False


async def test_strangers_do_not_read_them(nats: Nats, redis_url: str, database: str) -> None:
    """Who comes through a proxy, or from a network that is not named, is refused."""
    async with probing(nats, redis_url, database, worker=W) as probe:
        await until(lambda: _answers(probe.client))
        for name in ("x-forwarded-for", "forwarded", "x-real-ip"):
            refused = await probe.client.get("/metrics", headers={name: "127.0.0.1"})
            assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    async with probing(nats, redis_url, database, worker=W, telemetry_metrics_networks="10.0.0.0/8") as probe:
        await until(lambda: _answers(probe.client))
        assert (await probe.client.get("/metrics")).status_code == 403
    assert not any(network.num_addresses == 1 << 32 for network in TelemetrySettings().networks())


async def test_each_worker_has_a_port_of_its_own(nats: Nats, redis_url: str, database: str) -> None:
    """The metrics' port is the one given plus the worker's number; it serves nothing else."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = {"worker": W, "telemetry_metrics_port": str(port - int(W))}
    async with probing(nats, redis_url, database, **settings) as probe:
        await until(lambda: _answers(probe.client))
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as own:
            assert numbers((await own.get("/metrics")).text)
            assert (await own.get("/health/live")).status_code == 404


async def test_no_metrics_where_none_are_wanted(nats: Nats, redis_url: str, database: str) -> None:
    """With AISLE_TELEMETRY_METRICS=false there is no such address."""
    async with probing(nats, redis_url, database, telemetry_metrics="false") as probe:
        await until(lambda: _answers(probe.client))
        assert (await probe.client.get("/metrics")).status_code == 404
