"""`aisle rush`: buyers at the front door of a box office that runs, all after the same showtime's seats.

They come as guests with play money, and do as people do: ask for the best that is left or for seats they have seen,
which somebody else may have by now, pay, are declined and try another card, change their minds, or just leave. Whoever
hears nothing asks again under the same key. So whatever is killed meanwhile, `aisle check` can be asked what became of
it; and who has the showtime open in a browser sees it fill.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Sequence
from random import Random
from time import monotonic
from typing import Any

import httpx
import typer
from httpx import codes

from internal.cli.settings import chosen
from internal.cli.trouble import BadSetting, ServerUnusable
from internal.platform.ids import new_id
from internal.platform.plain_http import trusted

__all__ = ["Rush", "rush"]

_PATIENCE = 10.0  # seconds for one answer; after that it is asked again
_AGAIN = 0.5  # seconds until who heard nothing asks again
_LOOK_EVERY = 2.0  # seconds that a picture of the free seats is shared: old enough to be wrong at times
_AFTERWARDS = 60.0  # seconds in which a checkout that was begun is waited for after the end
_THINKING = 0.7  # seconds that somebody thinks before each step, on average
_PARTY = 4  # people who come together, at most
_GOOD, _DECLINED = "4242424242424242", "4000000000000002"
_CHANGES_MIND, _LEAVES, _IS_DECLINED = 0.08, 0.16, 0.28  # of all who hold, as the borders of one draw
_BY_THEMSELVES = 0.5  # of all parties choose their seats
_BEST = 40  # of the free seats, where everybody wants to sit


def rush(
    buyers: int = typer.Option(20, min=1, max=1_000, help="How many are there at a time"),
    seconds: float = typer.Option(60, min=1, max=3_600, help="How long they come"),
    showtime: str | None = typer.Option(None, metavar="SHOWTIME", help="Of what [the first that is on]"),
    address: str | None = typer.Option(None, metavar="URL", help="Where it is open [http://localhost:AISLE_PORT]"),
) -> None:
    """Send buyers to a box office that runs, all after the same seats; it must take play money.

    Kill what you like meanwhile, and then ask `aisle check` what became of it.
    """
    base = address or f"http://localhost:{chosen(os.environ).port}"
    asyncio.run(_rushed(base, showtime, buyers, seconds))


async def _rushed(base: str, showtime: str | None, buyers: int, seconds: float) -> None:
    limits = httpx.Limits(max_connections=buyers)
    async with httpx.AsyncClient(
        base_url=base, timeout=_PATIENCE, limits=limits, trust_env=False, verify=trusted()
    ) as http:
        event_id, showtime_id = await _wanted(http, showtime)
        typer.echo(f"{buyers} buyers at {base}/showtimes/{showtime_id} for {seconds:g} s; Ctrl-C ends it")
        crowd = Rush(http, event_id, showtime_id, monotonic() + seconds)
        telling = asyncio.create_task(_told(crowd))
        try:
            await asyncio.gather(*(crowd.lane() for _ in range(buyers)))
        finally:
            telling.cancel()
    typer.echo(crowd.story())
    typer.echo("`aisle check --wait 60` says whether what must always hold does hold.")


async def _told(crowd: Rush) -> None:
    while True:
        await asyncio.sleep(1.0)
        typer.echo(crowd.line())


async def _wanted(http: httpx.AsyncClient, showtime: str | None) -> tuple[str, str]:
    """The event and the showtime that all are after."""
    try:
        if showtime:
            found = await http.get(f"/api/showtimes/{showtime}")
            if found.is_success:
                return str(found.json()["eventId"]), showtime
            raise BadSetting(f"--showtime: {showtime} is not on")
        active = (await http.get("/api/events/active")).raise_for_status().json()["items"]
        for one in active:
            event = (await http.get(f"/api/events/{one['id']}")).raise_for_status().json()
            if event["showtimes"]:
                return str(one["id"]), str(event["showtimes"][0]["id"])
    except (httpx.HTTPError, ValueError, KeyError) as error:
        raise ServerUnusable(f"{http.base_url}: {error or type(error).__name__}") from error
    raise BadSetting("nothing is on; name --showtime")


class Rush:
    """One showtime's crowd, and what has become of it."""

    def __init__(self, http: httpx.AsyncClient, event_id: str, showtime_id: str, until: float) -> None:
        self._http = http
        self._event_id = event_id
        self._showtime_id = showtime_id
        self._began, self._until = monotonic(), until
        self._free: list[str] = []
        self._seen_at = float("-inf")
        self._chance = Random()  # noqa: S311 - of people, not of keys
        self.counts: Counter[str] = Counter()

    def line(self) -> str:
        """How it stands."""
        told = ("came", "held", "sold", "quicker", "declined", "unanswered")
        return f"{monotonic() - self._began:4.0f} s  " + "  ".join(f"{name} {self.counts[name]:>4}" for name in told)

    def story(self) -> str:
        """What it came to."""
        counts = self.counts
        return (
            f"{counts['came']} buyers bought {counts['sold']} seats in {counts['orders']} orders;"
            f" {counts['quicker']} times somebody was quicker, {counts['declined']} cards were declined,"
            f" {counts['returned']} changed their minds, {counts['left']} just left,"
            f" {counts['too late']} paid too late, {counts['turned away']} were turned away at the door,"
            f" {counts['unanswered']} calls had no answer and were made again"
        )

    async def lane(self) -> None:
        """One buyer after another, until the time is up or the door lets no more in."""
        while monotonic() < self._until:
            answer = await self._asked("POST", "/api/auth/guest", ends=self._until)
            if answer is None or answer.status_code == codes.TOO_MANY_REQUESTS:
                self.counts["turned away"] += 1
                return
            if answer.status_code != codes.CREATED:
                raise ServerUnusable(f"{self._http.base_url}: a guest is answered {answer.status_code}: {answer.text}")
            self.counts["came"] += 1
            await self._buys({"authorization": f"Bearer {answer.json()['accessToken']}"})

    async def _buys(self, who: dict[str, str]) -> None:
        """Until they have as much as they may, or enough of it."""
        while monotonic() < self._until:
            await self._thinks()
            path = f"/api/showtimes/{self._showtime_id}/holds"
            held = await self._asked("POST", path, await self._wish(), headers=who, ends=self._until)
            if held is None:
                return
            if held.status_code != codes.CREATED:
                if held.json().get("code") in {"seat_taken", "not_enough_seats"}:
                    self.counts["quicker"] += 1
                    continue
                return
            hold = held.json()
            self.counts["held"] += len(hold["seatIds"])
            await self._thinks()
            await self._decides(who, hold)

    async def _decides(self, who: dict[str, str], hold: dict[str, Any]) -> None:
        mood = self._chance.random()
        if mood < _CHANGES_MIND:
            await self._asked("DELETE", f"/api/holds/{hold['holdId']}", headers=who, ends=self._until)
            self.counts["returned"] += 1
        elif mood < _LEAVES:
            self.counts["left"] += 1
        elif mood >= _IS_DECLINED or not await self._pays(who, hold, _DECLINED):
            await self._pays(who, hold, _GOOD)

    async def _pays(self, who: dict[str, str], hold: dict[str, Any], card: str) -> bool:
        """The whole checkout, waited for until it is over; whether the seats are theirs."""
        ends = self._until + _AFTERWARDS
        body = {
            "holdId": hold["holdId"],
            "payment": {
                "provider": "mock",
                "method": {"card": {"number": card, "expMonth": 12, "expYear": 2040, "cvc": "123"}},
            },
            "buyer": {"name": "Somebody in a rush", "email": "rush@example.com"},
        }
        keyed = {**who, "idempotency-key": new_id("key")}
        answer = await self._asked("POST", "/api/checkouts", body, headers=keyed, ends=ends)
        while answer is not None and answer.is_success and answer.json()["status"] == "running":
            await asyncio.sleep(_AGAIN)
            path = f"/api/checkouts/{answer.json()['checkoutId']}"
            answer = await self._asked("GET", path, headers=who, ends=ends)
        if answer is None:
            return False
        told = answer.json()
        if answer.is_success and told["status"] == "completed":
            self.counts["orders"] += 1
            self.counts["sold"] += len(hold["seatIds"])
            return True
        self.counts["declined" if "declined" in told.get("code", "") else "too late"] += 1
        return False

    async def _thinks(self) -> None:
        await asyncio.sleep(self._chance.expovariate(1 / _THINKING))

    async def _wish(self) -> dict[str, Any]:
        """Half leave the choice to the house; the others want places side by side that were free a moment ago."""
        party = self._chance.randrange(1, _PARTY + 1)
        free = await self._seen()
        if len(free) <= party or self._chance.random() > _BY_THEMSELVES:
            return {"bestAvailable": {"quantity": party}}
        first = self._chance.randrange(min(len(free) - party, _BEST) + 1)
        return {"seatIds": list(free[first : first + party])}

    async def _seen(self) -> Sequence[str]:
        if monotonic() - self._seen_at > _LOOK_EVERY:
            self._seen_at = monotonic()
            path = f"/api/events/{self._event_id}/seats/available?showtimeId={self._showtime_id}"
            answer = await self._asked("GET", path, ends=self._until)
            if answer is not None and answer.is_success:
                self._free = [seat["seatId"] for seat in answer.json()["seats"]]
        return self._free

    async def _asked(
        self, method: str, path: str, body: object = None, *, headers: dict[str, str] | None = None, ends: float
    ) -> httpx.Response | None:
        """The answer, asked for again until there is one; None if there was none in time."""
        while monotonic() < ends:
            try:
                answer = await self._http.request(method, path, json=body, headers=headers)
            except httpx.TransportError:
                answer = None
            if answer is not None and not answer.is_server_error:
                return answer
            self.counts["unanswered"] += 1
            await asyncio.sleep(_AGAIN)
        return None
