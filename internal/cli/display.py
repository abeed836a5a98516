"""What the operator sees: live progress on a terminal, plain lines in a pipe or a log."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

__all__ = ["Display", "Row", "Step", "aligned"]

Row = tuple[str, str, str, str]
_HEADINGS: Row = ("what", "where", "pid", "log")


@dataclass
class Step:
    """Something under way; `result` is what there is to say once it is done."""

    name: str
    result: str = ""


@dataclass
class Display:
    console: Console
    _progress: Progress | None = field(default=None, init=False)

    @contextmanager
    def starting(self) -> Iterator[None]:
        """Within it, steps are shown live; after it, their last state stays on the screen."""
        if not self.console.is_terminal:
            yield
            return
        columns = (SpinnerColumn(finished_text="✓"), TextColumn("{task.description}"), TimeElapsedColumn())
        with Progress(*columns, TextColumn("[dim]{task.fields[result]}"), console=self.console) as self._progress:
            yield
        self._progress = None

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        step, began = Step(name), time.monotonic()
        task: TaskID | None = self._progress.add_task(name, total=1, result="") if self._progress else None
        yield step
        if self._progress and task is not None:
            self._progress.update(task, completed=1, result=step.result)
        else:
            self.say(f"{name}: {step.result or 'done'} ({time.monotonic() - began:.1f} s)")

    def table(self, rows: Sequence[Row]) -> None:
        if self.console.is_terminal:
            table = Table(*_HEADINGS, box=None, header_style="bold", pad_edge=False, padding=(0, 3, 0, 0))
            for row in rows:
                table.add_row(*row)
            self.console.print(table)
            return
        for line in aligned([_HEADINGS, *rows]):
            self.say(line)

    def say(self, line: str) -> None:
        """One line, as it is: neither wrapped nor coloured, so that a program can read it."""
        self.console.print(line, markup=False, highlight=False, soft_wrap=True)


def aligned(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Each row as a line, in columns of equal width: for a person to read, and for `awk`."""
    table = list(rows)
    widths = [max(len(cell) for cell in column) for column in zip(*table, strict=True)]
    for row in table:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
