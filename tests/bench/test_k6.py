from __future__ import annotations

import pytest

from bench.k6 import read

SUMMARY = b"""{"metrics": {
    "http_reqs": {"count": 12000, "rate": 2400.0},
    "http_req_duration": {"p(50)": 21.5, "p(95)": 48.25, "p(99)": 70.0}
}}"""


def test_the_summary_and_the_answers_make_a_run() -> None:
    """Counts and times come from the summary, the statuses from the answers; no answer is no status."""
    run = read(SUMMARY, [201] * 11_990 + [409] * 7 + [0] * 3)
    assert run.tool == "k6"
    assert run.rate == pytest.approx(2400)
    assert run.seconds == pytest.approx(5)
    assert run.statuses == {201: 11_990, 409: 7}
    assert run.broken == 3
    assert (run.p50, run.p95, run.p99) == (21.5, 48.25, 70.0)
