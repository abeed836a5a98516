from __future__ import annotations

import pytest

from bench.wrk import LoadFailed, read

PRINTED = """Running 5s test @ http://127.0.0.1:17171
  1 threads and 64 connections
  39271 requests in 5.01s, 11.20MB read
Requests/sec:   7838.60
AISLE-BENCH {"requests":39271,"microseconds":5009950,"broken":2,"p50":7700,"p95":12711,"p99":14903,\
"statuses":{"201":39000,"409":271}}
"""


def test_a_run_is_read_with_its_statuses_and_its_times_in_milliseconds() -> None:
    """What report.lua writes becomes a run."""
    run = read(PRINTED)
    assert run.tool == "wrk"
    assert run.rate == pytest.approx(7838.6, abs=0.1)
    assert (run.p50, run.p95, run.p99) == (7.7, 12.711, 14.903)
    assert run.statuses == {201: 39000, 409: 271}
    assert run.others(201) == {409: 271}
    assert run.count(201, 409) == 39271
    assert run.broken == 2


@pytest.mark.parametrize("printed", ["", "unable to connect to 127.0.0.1:17171 Connection refused"])
def test_a_run_without_figures_is_no_run_of_nothing(printed: str) -> None:
    """wrk that failed is told with its own words."""
    with pytest.raises(LoadFailed, match="Connection refused" if printed else "said nothing"):
        read(printed)
