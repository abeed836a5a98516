"""taskw with a Python that only pretends to make environments and to install: what it decides, not what pip does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.launched import PROJECT

_PYTHON = f"""#!/bin/sh
here=$(dirname "$0")
case "$*" in
*"-m venv"*) mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; for name in task aisle; do
  printf '#!/bin/sh\\necho "%s $(pwd)"; for each in "$@"; do echo "<$each>"; done\\n' $name >"$3/bin/$name"
  chmod +x "$3/bin/$name"; done ;;
*"-m pip"*) echo "$*" >>"$PIP_LOG"; exit "${{PIP_FAILS:-0}}" ;;
*) exec "{sys.executable}" "$@" ;;
esac
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what taskw looks at, in a folder with a space in its name, and the pretending Python."""
    root = tmp_path / "the project"
    root.mkdir()
    for name in ("taskw", "pyproject.toml", "requirements-laptop.lock", "requirements-dev.lock"):
        shutil.copy(PROJECT / name, root / name)
    (tmp_path / "python").write_text(_PYTHON)
    (tmp_path / "python").chmod(0o755)
    return root


def _start(project: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    own = {"AISLE_PYTHON": str(project.parent / "python"), "PIP_LOG": str(project.parent / "pip.log")}
    return subprocess.Popen(
        [str(project / "taskw"), *arguments],
        cwd="/usr",
        env=os.environ | own | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _run(project: Path, *arguments: str, **environment: str) -> tuple[int, list[str], list[str]]:
    process = _start(project, *arguments, **environment)
    out, errors = process.communicate(timeout=30)
    return process.returncode, out.splitlines(), errors.splitlines()


def _installed(project: Path) -> list[str]:
    log = project.parent / "pip.log"
    lines = log.read_text().splitlines() if log.exists() else []
    return [line.rpartition("/")[2] for line in lines if "--require-hashes" in line]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["up", "--port", "9000"], ["aisle /usr", "<up>", "<--port>", "<9000>"]),
        (["aisle", "reset", "--data", "a b"], ["aisle /usr", "<reset>", "<--data>", "<a b>"]),
        (["test", "-k", "a b"], ["task /usr", "<-t>", "<{}/Taskfile.yml>", "<test>", "<-->", "<-k>", "<a b>"]),
        (["test", "--", "-x"], ["task /usr", "<-t>", "<{}/Taskfile.yml>", "<test>", "<-->", "<-x>"]),
        (["--list", "--json"], ["task /usr", "<-t>", "<{}/Taskfile.yml>", "<--list>", "<--json>"]),
        ([], ["task /usr", "<-t>", "<{}/Taskfile.yml>", "<--list>"]),
    ],
)
def test_arguments_pass_through(project: Path, arguments: list[str], expected: list[str]) -> None:
    """Everything after the task's name reaches it as it was typed, from any folder."""
    code, out, _ = _run(project, *arguments)
    assert (code, out) == (0, [line.format(project) for line in expected])


def test_installs_once_and_when_the_lock_changes(project: Path) -> None:
    """The second start installs nothing; development's lock serves `up` too; a changed lock is installed again."""
    for command in ("up", "up", "test", "up", "--list"):
        assert _run(project, command)[0] == 0
    assert _installed(project) == ["requirements-laptop.lock", "requirements-dev.lock"]
    with (project / "requirements-dev.lock").open("a") as lock:
        lock.write("# changed\n")
    assert _run(project, "test")[0] == 0
    assert _installed(project)[2:] == ["requirements-dev.lock"]


def test_two_first_starts_at_once_install_once(project: Path) -> None:
    """The second waits for the first and finds all of it done."""
    both = [_start(project, "up") for _ in range(2)]
    assert [process.communicate(timeout=30)[0].splitlines()[-1] for process in both] == ["<up>", "<up>"]
    assert _installed(project) == ["requirements-laptop.lock"]


def test_moved_project_is_installed_anew(project: Path) -> None:
    """An environment knows where it was made, so a moved one is made again."""
    assert _run(project, "up")[0] == 0
    moved = project.rename(project.parent / "moved")
    assert _run(moved, "up")[0] == 0
    assert len(_installed(moved)) == 2


def test_failed_install_is_not_taken_for_done(project: Path) -> None:
    """It says so in its last line, and the next start tries again."""
    code, _, errors = _run(project, "up", PIP_FAILS="1")
    assert (code, errors[-1]) == (1, "taskw: could not install requirements-laptop.lock")
    assert _run(project, "up")[0] == 0


def test_no_python_is_one_line(project: Path) -> None:
    """A machine without a new enough Python is told what it needs."""
    tools = project.parent / "tools"
    tools.mkdir()
    for name in ("sh", "dirname", "cat", "cmp"):
        (tools / name).symlink_to(str(shutil.which(name)))
    code, out, errors = _run(project, "up", AISLE_PYTHON="", PATH=str(tools))
    assert (code, out) == (1, [])
    assert errors == ["taskw: Python 3.11 or later is needed and was not found; install it or name it in AISLE_PYTHON"]
