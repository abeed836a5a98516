"""The demo: a new installation is filled through its own front door, so that a stranger finds a box office at work.

programme   what there is: people, two houses, five events
door        HTTP, as somebody with a token
filling     makes what is missing

It is for a laptop: its passwords are printed. So it is not made where servers are given by URL, nor where AISLE_ENV
says that this is something else than a laptop, unless `--demo` asks for it; where AISLE_ENV is "production", never.

A mark in the data folder says that it was filled: what people change or throw away afterwards stays so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import msgspec

from internal.cli.demo.programme import ADMIN, PASSWORD, PEOPLE
from internal.cli.settings import Launch
from internal.cli.trouble import BadSetting

__all__ = ["Demo", "is_wanted"]

_MARK = "demo.json"
_ADMIN = ("AISLE_AUTH_ADMIN_EMAIL", "AISLE_AUTH_ADMIN_PASSWORD")


class _Mark(msgspec.Struct, frozen=True):
    """That it was filled: which database, and what to look at first."""

    database: str
    links: dict[str, str]


def is_wanted(settings: Launch) -> bool:
    """Whether this installation is a laptop's, or its operator asks for the demo."""
    if settings.demo and settings.env == "production":
        raise BadSetting("the demo's passwords are known to everybody: not with AISLE_ENV=production")
    laptop = settings.env in {"", "laptop"} and not settings.given()
    return laptop if settings.demo is None else settings.demo


@dataclass(frozen=True)
class Demo:
    """The demo of one installation."""

    settings: Launch
    environment: Mapping[str, str]

    def administrator(self) -> dict[str, str]:
        """What auth has to be told so that the demo has an administrator; nothing where the operator named one."""
        if self._operators() or self._mark() is not None:
            return {}
        return dict(zip(_ADMIN, (ADMIN.email, PASSWORD), strict=True))

    async def fill(self, address: str) -> list[str]:
        """Fill the installation if that was not done before; what there is to say of it, the shortest first."""
        mark = self._mark()
        if mark is not None:
            return ["as you left it", *_said(address, mark.links)]
        # httpx takes 0.3 s to import, which the second `up` spares
        from internal.cli.demo.door import Door, Refused  # noqa: PLC0415 - see above
        from internal.cli.demo.filling import fill  # noqa: PLC0415 - see above

        administrator = self._operators() or (ADMIN.email, PASSWORD)
        try:
            async with Door.of(address) as door:
                events = await fill(door, administrator, datetime.now(UTC))
        except Refused as refused:
            return [f"not complete ({refused}); the next `up` goes on, `up --no-demo` does without"]
        links = _links(events)
        self._leave(_Mark(database=self._database, links=links))
        showtimes = sum(len(event["showtimes"]) for event in events)
        return [f"{len(events)} events, {showtimes} showtimes", *_said(address, links)]

    def _operators(self) -> tuple[str, str] | None:
        email, password = (self.environment.get(name, "") for name in _ADMIN)
        return (email, password) if email else None

    @property
    def _database(self) -> str:
        """Which one it is, without its password; of the laptop's own only that it is in this folder."""
        return sha256(self.settings.database_url.encode()).hexdigest()

    def _mark(self) -> _Mark | None:
        try:
            mark = msgspec.json.decode((self.settings.folder / _MARK).read_bytes(), type=_Mark)
        except FileNotFoundError:
            return None
        return mark if mark.database == self._database else None

    def _leave(self, mark: _Mark) -> None:
        written = self.settings.folder / f"{_MARK}.new"
        written.write_bytes(msgspec.json.encode(mark))
        written.replace(self.settings.folder / _MARK)  # there is never half a mark


def _links(events: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    first = events[0]
    return {
        "what is on": "/",
        str(first["name"]): f"/events/{first['id']}",
        "its seats, live": f"/showtimes/{first['showtimes'][0]['id']}",
        "organisers": "/organiser",
        "the door": "/door",
        "operators": "/operator",
        "all routes": "/docs",
    }


def _said(address: str, links: Mapping[str, str]) -> list[str]:
    people = [(person.email, f"{person.name}, {person.may}") for person in (ADMIN, *PEOPLE)]
    rows = [*people, *((name, f"{address}{path}") for name, path in links.items())]
    width = max(len(name) for name, _ in rows)
    lines = [f"  {name.ljust(width)}  {what}" for name, what in rows]
    return [f"Demo users, all with the password {PASSWORD}:", *lines[: len(people)], "Look at:", *lines[len(people) :]]
