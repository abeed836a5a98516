from __future__ import annotations

from io import StringIO

import pytest
from msgspec.structs import replace
from rich.console import Console

from bench.figures import Run
from bench.lines import Line, Table
from bench.table import markdown, show, written

RUNS = [Run(tool="wrk", requests=n, seconds=1.0, statuses={201: n}, p95=9.0) for n in (9_000, 12_000, 10_000)]
TOPS = [Run(tool="wrk", requests=n, seconds=1.0, statuses={}) for n in (20_000, 20_000, 20_000)]
LINE = Line.of("hold", RUNS, TOPS).aimed("0.35 of the ceiling", reached=True).aimed("p95 under 5 ms", reached=False)
TABLE = Table("Hold", "raw ASGI POST", [LINE.checked([]).noted("told in time")])


def test_a_line_is_the_median_with_its_ratio() -> None:
    """Three runs, the middle one, compared with the ceiling; the others are its span."""
    assert (LINE.rate, LINE.lowest, LINE.highest, LINE.ratio) == (10_000, 9_000, 12_000, 0.5)


def test_a_table_says_command_machine_targets_and_checks() -> None:
    """Whoever reads it can do it again, and sees what was not reached."""
    text = markdown(TABLE, "./taskw bench --only hold", "A processor, 2 cores")
    assert "`./taskw bench --only hold`, A processor, 2 cores. Ratio to: raw ASGI POST." in text
    assert (
        "| 10,000 | 0.0 | 9.0 | 0.0 | 0.50 | 0.35 of the ceiling: reached, p95 under 5 ms: not reached | ok | wrk |"
        in text
    )
    assert "- hold: 9,000 to 12,000 each second" in text


def test_what_was_wrong_is_not_called_well() -> None:
    """A line whose checks found something says so, on the terminal too."""
    bad = Table("Hold", "", [LINE.checked(["seat A1 has 2 owners"])])
    assert "| 1 wrong |" in markdown(bad, "bench", "here")
    console = Console(file=StringIO(), width=200)
    show(bad, console)
    assert isinstance(console.file, StringIO)
    assert "WRONG: seat A1 has 2 owners" in console.file.getvalue()


def test_a_figure_of_k6_reaches_no_target() -> None:
    """It takes the cores that it measures, so a ratio of two of its figures says little."""
    text = markdown(Table("Hold", "", [replace(LINE, tool="k6")]), "bench", "here")
    assert "0.35 of the ceiling: not judged, p95 under 5 ms: not judged" in text


def test_a_scenario_replaces_its_own_part_of_the_document_alone() -> None:
    """What people wrote around the markers stays; a new scenario comes last."""
    before = (
        "# Performance\n\nWords.\n\n<!-- bench: begin hold -->\nyesterday\n<!-- bench: end hold -->\n\nMore words.\n"
    )
    after = written(before, "hold", "new")
    assert after == before.replace("yesterday", "new")
    assert written(after, "event", "page").endswith("<!-- bench: begin event -->\npage\n<!-- bench: end event -->\n")


def test_a_marker_without_its_end_is_refused() -> None:
    """Half a marker would make the rest of the document go."""
    with pytest.raises(ValueError, match="never ended"):
        written("<!-- bench: begin hold -->\nold\n", "hold", "new")
