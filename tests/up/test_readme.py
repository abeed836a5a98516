"""The README's calls, run as they are written, so that it stays true."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from internal.cli.demo.programme import ADMIN, PASSWORD, PEOPLE
from tests.cli.launched import PROJECT, Launched

_README = (PROJECT / "README.md").read_text()
_BLOCKS = re.findall(r"^```sh\n(.*?)^```$", _README, re.MULTILINE | re.DOTALL)
_BETWEEN = "=== the next block ==="


@pytest.fixture(scope="package")  # once for each box office: what is bought stays sold
def said(box_office: Launched) -> list[list[str]]:
    """What each block prints, in one shell, one after another."""
    assert shutil.which("curl"), "the README's calls need curl (Debian, Ubuntu: apt-get install curl)"
    script = f"echo '{_BETWEEN}'\n".join(_BLOCKS).replace("localhost:8080", f"localhost:{box_office.port}")
    shell = subprocess.run(["sh", "-eu"], input=script, capture_output=True, text=True, timeout=60, check=False)
    assert (shell.returncode, shell.stderr) == (0, "")
    return [block.strip().splitlines() for block in shell.stdout.split(_BETWEEN)]


def test_looking_around_shows_what_is_on(said: list[list[str]]) -> None:
    """The soonest event and its first seat, which is free."""
    event, seat = said[1]
    assert event == "Hamlet"
    assert json.loads(seat)["status"] == "available"


def test_held_seats_are_seen_held(said: list[list[str]]) -> None:
    """By everybody, right after the hold."""
    (held,) = said[2]
    assert {"stalls-C12", "stalls-C13"} <= set(json.loads(held))


def test_who_is_late_gets_neither_seat(said: list[list[str]]) -> None:
    """The guest is told which seat is taken; best available and standing places are held."""
    taken, best, standing = map(json.loads, said[3])
    assert (taken["status"], taken["code"], taken["seatIds"]) == (409, "seat_taken", ["stalls-C13"])
    assert len(best["seatIds"]) == 3
    assert [seat.partition(":")[0] for seat in standing["seatIds"]] == ["floor", "floor"]


def test_a_declined_card_and_a_good_one(said: list[list[str]]) -> None:
    """The first is told why and keeps the hold, the second has tickets."""
    reason, code = said[4]
    assert reason == "card_declined"
    assert len(code) > 40


def test_one_seat_goes_back(said: list[list[str]]) -> None:
    """The house's staff asks for it, and the money is on its way."""
    assert said[5] == ["requested"]


def test_a_hold_is_kept_and_given_back(said: list[list[str]]) -> None:
    """Refreshed, then released."""
    refreshed, released = said[6]
    assert json.loads(refreshed)["seatIds"] == ["stalls-D12"]
    assert released == "204"


def test_the_short_form_is_on_sale_at_once(said: list[list[str]]) -> None:
    """Two seats blocked, one held, in a hall of sixty that was not there before."""
    blocked, held, seats = map(json.loads, said[7])
    assert [(one["seatId"], one["reason"]) for one in blocked["blocks"]] == [("A1", "sound desk"), ("A2", "sound desk")]
    assert held["seatIds"] == ["A3"]
    assert (seats["capacity"], seats["available"], seats["held"], seats["blocked"]) == (60, 57, ["A3"], ["A1", "A2"])


def test_what_up_prints_is_what_the_readme_shows(box_office: Launched) -> None:
    """Line by line the same words, whatever the ports, process ids, times and ids of the day are."""
    shown = _README.partition("## What you will see\n\n```\n")[2].partition("\n```")[0].splitlines()
    assert sorted(map(_words, shown)) == sorted(map(_words, box_office.lines))


def _words(line: str) -> str:
    """What stays the same at every start."""
    line = re.sub(r"\S*/logs/", "logs/", line)
    line = re.sub(r"; \S+ keeps its data", "; it keeps its data", line)
    return " ".join(re.sub(r"(event_)?[0-9a-f]{32}|\d+(\.\d+)?", "0", line).split())


def test_the_readme_names_the_demos_people() -> None:
    """Everybody that `up` makes, with the password, is in the README."""
    assert PASSWORD in _README
    assert all(person.email in _README for person in (ADMIN, *PEOPLE))


def test_every_link_leads_to_a_file() -> None:
    """Nothing is linked that is not in the repository."""
    linked: list[Any] = re.findall(r"\]\((?!http)([^)#]+)", _README)
    assert linked
    assert [path for path in linked if not Path(PROJECT / path).exists()] == []
