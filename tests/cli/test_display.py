from __future__ import annotations

import io

from rich.console import Console

from internal.cli.display import Display


def _shown(*, terminal: bool) -> str:
    out = io.StringIO()
    show = Display(Console(file=out, force_terminal=terminal, width=100))
    with show.starting(), show.step("postgres") as step:
        step.result = "here"
    show.table([("postgres", "here", "12", "/a/log")])
    show.say("[not markup] " + "x" * 200)
    return out.getvalue()


def test_pipe_gets_plain_lines() -> None:
    """No control sequence, no wrapped line, nothing taken for markup."""
    lines = _shown(terminal=False).splitlines()
    assert lines == [
        "postgres: here (0.0 s)",
        "what      where  pid  log",
        "postgres  here   12   /a/log",
        "[not markup] " + "x" * 200,
    ]


def test_terminal_gets_live_progress() -> None:
    """A step is shown while it runs and ticked off when it is done."""
    shown = _shown(terminal=True)
    assert "✓" in shown
    assert "\x1b[" in shown
