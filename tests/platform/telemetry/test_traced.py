from __future__ import annotations

import random

from internal.embedded import Nats
from tests.platform.telemetry.collector import collecting
from tests.platform.telemetry.probe import probing
from tests.waiting import until

TRACE, CALLER = f"{random.getrandbits(128):032x}", "00f067aa0ba902b7"


async def test_one_request_is_one_trace_to_the_last_consumer(nats: Nats, redis_url: str, database: str) -> None:
    """HTTP -> NATS request -> Redis, Postgres and outbox -> consumer, each span below the one that caused it."""
    with collecting() as collected:
        sampling = {"telemetry_otlp_endpoint": collected.url, "telemetry_sample_ratio": "0"}
        async with probing(nats, redis_url, database, **sampling) as probe:
            await probe.ready()
            headers = {"traceparent": f"00-{TRACE}-{CALLER}-01", "x-request-id": "mine"}
            assert (await probe.client.post("/probe/o1", headers=headers)).status_code == 200
            await until(lambda: any(line.get("organization") == "o1" for line in probe.told("heard")))
        edge = collected.one(TRACE, "POST /probe/{organization_id}")
        asked = collected.one(TRACE, "ask rpc.directory.role")
        answered = collected.one(TRACE, "answer rpc.directory.role")
        consumed = collected.one(TRACE, "consume directory.organization.deleted")
        leaves = [collected.one(TRACE, name) for name in ("redis PING", "transaction probe")]
        assert edge.parent == CALLER
        assert asked.parent == edge.id
        assert answered.parent == asked.id
        assert {leaf.parent for leaf in leaves} == {answered.id}
        assert consumed.parent == answered.id
        assert edge.attributes["http.response.status_code"] == 200
        assert {span.attributes["aisle.request_id"] for span in (edge, answered, consumed)} == {"mine"}
        limits = [span.parent for span in collected.of(TRACE) if span.name == "redis gcra"]
        assert sorted(limits) == sorted([edge.id, answered.id])
        (published,) = [span for span in collected.spans if span.name == "publish DIRECTORY"]
        assert published.links == [TRACE]
        assert {span.trace for span in collected.spans} == {TRACE, published.trace}


async def test_the_log_names_the_request_and_the_trace(nats: Nats, redis_url: str, database: str) -> None:
    """What the endpoint and the consumer log carries the caller's request id and the trace, tracing on or off."""
    with collecting() as collected:
        for settings in ({"telemetry_otlp_endpoint": collected.url}, {}):
            async with probing(nats, redis_url, database, **settings) as probe:
                await probe.ready()
                headers = {"traceparent": f"00-{TRACE}-{CALLER}-01", "x-request-id": "mine"}
                await probe.client.post("/probe/o2", headers=headers)
                await until(lambda: any(line.get("organization") == "o2" for line in probe.told("heard")))
                for event in ("answered", "heard"):
                    assert (
                        probe.told(event)[-1]
                        | {
                            "request": "mine",
                            "trace": TRACE,
                            "service": "probe",
                            "level": "info",
                        }
                        == (probe.told(event)[-1])
                    )


async def test_the_fast_road_is_seen_where_chance_falls_on_it(nats: Nats, redis_url: str, database: str) -> None:
    """A request without a trace begins one, on the ordinary twin of its route; a probe of its health begins none."""
    with collecting() as collected:
        sampling = {"telemetry_otlp_endpoint": collected.url, "telemetry_sample_ratio": "1"}
        async with probing(nats, redis_url, database, **sampling) as probe:
            await probe.ready()
            assert (await probe.client.post("/fast/o1/probe")).status_code == 200
            await probe.client.get("/health")
            await probe.client.get("/metrics")
        assert not [span for span in collected.spans if span.name.startswith("GET ")]
        (edge,) = [span for span in collected.spans if span.name.startswith("POST /fast/")]
        call = collected.one(edge.trace, "redis PING")
        assert (call.parent, edge.parent) == (edge.id, "")


async def test_nobody_is_recorded_against_the_sampling(nats: Nats, redis_url: str, database: str) -> None:
    """A caller that says no, one that says nothing, one that lies, and one that is not followed: no span."""
    with collecting() as collected:
        sampling = {
            "telemetry_otlp_endpoint": collected.url,
            "telemetry_sample_ratio": "0",
            "telemetry_follow_callers": "0",
        }
        async with probing(nats, redis_url, database, **sampling) as probe:
            await probe.ready()
            for trace in (f"00-{TRACE}-{CALLER}-00", f"00-{TRACE}-{CALLER}-01", "a|b|-01", "00-zz-zz-01"):
                headers = {"traceparent": trace}
                assert (await probe.client.post("/probe/o1", headers=headers)).status_code == 200
            await until(lambda: len(probe.told("heard")) >= 5)
            told = [line.get("trace") for line in probe.told("answered")]
            assert told[-4:] == [TRACE, TRACE, None, None]
        assert collected.spans == []


async def test_a_line_for_each_request_is_no_trace_for_each(nats: Nats, redis_url: str, database: str) -> None:
    """Requests leave the fast road to be logged, and are not traced for that."""
    with collecting() as collected:
        sampling = {
            "telemetry_otlp_endpoint": collected.url,
            "telemetry_sample_ratio": "0",
            "telemetry_access_log": "1",
        }
        async with probing(nats, redis_url, database, **sampling) as probe:
            await probe.ready()
            for headers in ({}, {"traceparent": f"00-{TRACE}-{CALLER}-00"}):
                assert (await probe.client.post("/fast/o1/probe", headers=headers)).status_code == 200
            assert [line["path"] for line in probe.told("request")[-2:]] == ["/fast/o1/probe"] * 2
        assert collected.spans == []


async def test_a_collector_that_is_away_harms_nobody(nats: Nats, redis_url: str, database: str) -> None:
    """Requests are answered and the process stops in good time."""
    sampling = {"telemetry_otlp_endpoint": "http://127.0.0.1:9", "telemetry_sample_ratio": "1"}
    async with probing(nats, redis_url, database, **sampling) as probe:
        await probe.ready()
        for _ in range(20):
            assert (await probe.client.post("/probe/o1")).status_code == 200


async def test_what_the_caller_did_wrong_is_no_failure_of_ours(nats: Nats, redis_url: str, database: str) -> None:
    """A 404 leaves its span unmarked; a 503 marks it."""
    with collecting() as collected:
        sampling = {"telemetry_otlp_endpoint": collected.url, "telemetry_sample_ratio": "1"}
        async with probing(nats, redis_url, database, **sampling) as probe:
            await probe.ready()
            assert (await probe.client.get("/nowhere")).status_code == 404
            await nats.stop()
            assert (await probe.client.post("/probe/o1")).status_code == 503
            await nats.start()
        by_status = {span.attributes.get("http.response.status_code"): span.failed for span in collected.spans}
        assert by_status[404] is False
        assert by_status[503] is True
