"""The process as Linux and Python see it. The Prometheus client has collectors for this, which know no worker."""

from __future__ import annotations

import gc
import os
import resource
from collections.abc import Iterator
from pathlib import Path

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

__all__ = ["process"]

_SELF = Path("/proc/self")


def process(worker: str) -> Iterator[Metric]:
    """Memory, processor, files and the garbage collector's rounds."""
    if _SELF.exists():
        pages = int((_SELF / "statm").read_text().split()[1])
        yield _gauge("resident_bytes", "Memory of the process.", worker, pages * os.sysconf("SC_PAGE_SIZE"))
        yield _gauge("open_files", "Files and sockets.", worker, sum(1 for _ in (_SELF / "fd").iterdir()))
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = CounterMetricFamily("aisle_process_cpu_seconds", "Processor time used.", labels=("worker",))
    seconds.add_metric((worker,), used.ru_utime + used.ru_stime)
    yield seconds
    rounds = CounterMetricFamily("aisle_gc_rounds", "The collector's rounds.", labels=("worker", "generation"))
    for generation, stats in enumerate(gc.get_stats()):
        rounds.add_metric((worker, str(generation)), stats["collections"])
    yield rounds


def _gauge(name: str, about: str, worker: str, value: float) -> Metric:
    family = GaugeMetricFamily(f"aisle_process_{name}", about, labels=("worker",))
    family.add_metric((worker,), value)
    return family
