"""How the figures are shown: on the terminal, and in docs/PERFORMANCE.md."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table as Grid

from bench.lines import Line, Table

__all__ = ["BEGIN", "END", "Say", "markdown", "show", "write", "written"]

Say = Callable[[str], None]

BEGIN = "<!-- bench: begin {name} -->"
END = "<!-- bench: end {name} -->"

_MOST_FAULTS = 5  # of one line; a thousand alike say no more
_HEADINGS = ("what", "each second, or as said", "p50 ms", "p95 ms", "p99 ms", "ratio", "target", "checks", "by")


def show(table: Table, console: Console) -> None:
    """On the terminal."""
    grid = Grid(
        *_HEADINGS,
        title=table.title,
        caption=f"ratio to {table.compared}" if table.compared else None,
        title_justify="left",
    )
    for line in table.lines:
        grid.add_row(*_cells(line), style="red" if line.wrong else None)
    console.print(grid)
    for text in _remarks(table.lines):
        console.print(f"  {text}", markup=False, highlight=False)


def markdown(table: Table, command: str, machine: str) -> str:
    """For the document, with where it came from."""
    rows = [_HEADINGS, tuple("---" for _ in _HEADINGS), *(_cells(line) for line in table.lines)]
    told = [f"- {text}" for text in _remarks(table.lines)]
    compared = f" Ratio to: {table.compared}." if table.compared else ""
    head = [f"### {table.title}", "", f"`{command}`, {machine}.{compared}", ""]
    return "\n".join([*head, *(f"| {' | '.join(row)} |" for row in rows), *(["", *told] if told else []), ""])


def written(document: str, name: str, text: str) -> str:
    """The document with this between the scenario's markers; at its end if it has none yet."""
    begin, end = BEGIN.format(name=name), END.format(name=name)
    block = f"{begin}\n{text.strip()}\n{end}"
    before, found, rest = document.partition(begin)
    if not found:
        return f"{document.rstrip()}\n\n{block}\n"
    _, closed, after = rest.partition(end)
    if not closed:
        raise ValueError(f"{begin} is never ended")
    return before + block + after


def write(file: Path, name: str, text: str) -> None:
    """Into the document."""
    file.write_text(written(file.read_text() if file.exists() else "# Performance\n", name, text))


def _cells(line: Line) -> tuple[str, ...]:
    if line.figure:
        speed: tuple[str, ...] = (line.figure, "", "", "")
    else:
        speed = (f"{line.rate:,.0f}", f"{line.p50:.1f}", f"{line.p95:.1f}", f"{line.p99:.1f}")
    target = ", ".join(f"{what}: {_judged(line, reached=reached)}" for what, reached in line.targets)
    checks = ("" if not line.is_checked else "ok") if not line.wrong else f"{len(line.wrong)} wrong"
    return (line.name, *speed, f"{line.ratio:.2f}" if line.ratio else "", target, checks, line.tool)


def _judged(line: Line, *, reached: bool) -> str:
    if line.tool == "k6":
        return "not judged"  # k6 takes the cores that it measures: the ceiling comes down to us, and flatters us
    return "reached" if reached else "not reached"


def _remarks(lines: Sequence[Line]) -> list[str]:
    told = []
    for line in lines:
        span = [f"{line.lowest:,.0f} to {line.highest:,.0f} each second"] if line.lowest < line.highest else []
        wrong = [f"WRONG: {fault}" for fault in line.wrong[:_MOST_FAULTS]]
        told += [f"{line.name}: {text}" for text in (*span, *line.notes, *wrong)]
    return told
