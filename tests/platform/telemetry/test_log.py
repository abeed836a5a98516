from __future__ import annotations

import io
import json
import logging

import pytest

from internal.embedded import Nats
from internal.platform.config import BadConfig, given, read
from internal.platform.telemetry import TelemetrySettings, bridge, logger
from tests.platform.telemetry.probe import probing
from tests.waiting import until


def test_secrets_are_masked() -> None:
    """A careless line gives nothing away: neither by a field's name nor within a URL or an error's text."""
    output = io.BytesIO()
    log = logger(TelemetrySettings(), "probe", output)
    try:
        raise ValueError("cannot reach postgresql://aisle:hidden@db/x")
    except ValueError:
        log.exception("failed", password="hidden", refresh_token="hidden", url="redis://:hidden@h", Authorization="")
    text = output.getvalue().decode()
    assert "hidden" not in text
    line = json.loads(text)
    assert line["url"] == "redis://:***@h"
    assert line["Authorization"] == ""
    assert "ValueError" in line["exception"]


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("nats://aisle:hidden@a:4222,nats://aisle:hid:den@b", "nats://aisle:***@a:4222,nats://aisle:***@b"),
        ("nats://hidden@a:4222,tls://hidden@b", "nats://***@a:4222,tls://***@b"),
        ("postgresql://db/x?user=aisle&password=hidden", "postgresql://db/x?user=aisle&password=***"),
        ("host=db password=hidden user=aisle", "host=db password=*** user=aisle"),
        ("host=db password='hid den'", "host=db password=***"),
        ("postgresql://aisle@db/x", "postgresql://aisle@db/x"),
    ],
)
def test_however_an_address_holds_its_secret(told: str, shown: str) -> None:
    """As a password, as NATS' token, which stands where users do, or as one of Postgres' parameters."""
    output = io.BytesIO()
    settings = given({"AISLE_SOME_URL": told})
    logger(TelemetrySettings(), "probe", output).info("configured", url=told)
    assert settings == {"AISLE_SOME_URL": shown}
    assert json.loads(output.getvalue())["url"] == shown


def test_quiet_lines_are_not_written() -> None:
    """The level is the least that is told."""
    output = io.BytesIO()
    log = logger(TelemetrySettings(log_level="warning"), "probe", output)
    log.info("quiet")
    log.warning("loud")
    assert [json.loads(line)["event"] for line in output.getvalue().splitlines()] == ["loud"]


def test_people_have_a_form_of_their_own() -> None:
    """`console` is plain text with the same facts."""
    output = io.StringIO()
    logger(TelemetrySettings(log_format="console"), "probe", output).info("hello", seat="A-1")
    assert "hello" in output.getvalue()
    assert "A-1" in output.getvalue()


def test_libraries_speak_through_our_log() -> None:
    """A warning of a library becomes a line of ours, masked like any other."""
    output = io.BytesIO()
    kept = logging.getLogger().handlers[:], logging.getLogger().level
    try:
        bridge(logger(TelemetrySettings(), "probe", output))
        logging.getLogger("psycopg.pool").warning("lost %s", "postgresql://aisle:hidden@db/x")
    finally:
        logging.getLogger().handlers[:], level = kept
        logging.getLogger().setLevel(level)
    line = json.loads(output.getvalue())
    assert (line["library"], line["level"]) == ("psycopg.pool", "warning")
    assert line["said"] == "lost postgresql://aisle:***@db/x"


def test_a_setting_that_makes_no_sense_is_told() -> None:
    """Every wrong variable is named."""
    wrong = {"AISLE_TELEMETRY_SAMPLE_RATIO": "7", "AISLE_TELEMETRY_LOG_LEVEL": "loud"}
    with pytest.raises(BadConfig, match=r"(?s)LOG_LEVEL.*SAMPLE_RATIO"):
        read(TelemetrySettings, wrong)
    with pytest.raises(BadConfig, match="METRICS_NETWORKS"):
        TelemetrySettings(metrics_networks="home").networks()


async def test_the_configuration_is_told_at_start_without_its_secrets(
    nats: Nats, redis_url: str, database: str
) -> None:
    """What the operator chose is in the log, and no password of it."""
    async with probing(nats, redis_url, database, auth_admin_password="hidden") as probe:
        await until(lambda: bool(probe.told("serving")))
        (line,) = probe.told("configured")
        assert line["given"]["AISLE_AUTH_ADMIN_PASSWORD"] == "***"
        assert line["given"]["AISLE_NATS_URL"] == nats.url
        text = probe.output.getvalue().decode()
        assert "hidden" not in text
        assert ":secret@" not in text


async def test_requests_are_told_on_demand_only(nats: Nats, redis_url: str, database: str) -> None:
    """No line for a request by default; with a ratio of 1 one for each, on both roads, without its query."""
    async with probing(nats, redis_url, database) as probe:
        await probe.ready()
        assert probe.told("request") == []
    async with probing(nats, redis_url, database, telemetry_access_log="1") as probe:
        await probe.ready()
        await probe.client.post("/probe/o1?code=hidden", headers={"x-request-id": "mine"})
        await probe.client.post("/fast/o1/probe")
        slow, fast = probe.told("request")[-2:]
        assert (slow["path"], slow["status"], slow["request"]) == ("/probe/o1", 200, "mine")
        assert (fast["path"], fast["method"]) == ("/fast/o1/probe", "POST")
        assert "hidden" not in probe.output.getvalue().decode()
