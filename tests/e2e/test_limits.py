"""Rate limits over two processes at once: told in headers, kept together, not to be talked out of, back after Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import structlog
from litestar import get, post

from internal.embedded import Valkey
from internal.embedded import running as started
from internal.platform.http.gate import GateSettings
from internal.platform.ids import new_id
from tests.edge import edge
from tests.issuer import Issuer
from tests.waiting import until


@post("/write", status_code=200)
async def write() -> str:
    """Under the general limits."""
    return "done"


@post("/narrow", status_code=200)
async def narrow() -> str:
    """Under a limit of its own."""
    return "done"


@get("/read")
async def read() -> str:
    """Under none."""
    return "done"


@dataclass
class Pair:
    """Two processes' worth of edges on one Redis, and its issuer of tokens."""

    clients: list[httpx.AsyncClient]
    issuer: Issuer
    valkey: Valkey
    asked: int = 0

    async def ask(self, path: str, user: str = "", method: str = "POST", **headers: str) -> httpx.Response:
        """Once here, once there."""
        self.asked += 1
        if user:
            headers["authorization"] = f"Bearer {self.issuer.token(user)}"
        return await self.clients[self.asked % 2].request(method, path, headers=headers)


@asynccontextmanager
async def pair(folder: Path, **settings: int | str) -> AsyncIterator[Pair]:
    issuer, valkey = Issuer(), Valkey(folder, structlog.get_logger())
    chosen = GateSettings(**{"anonymous_writes": 6, "member_writes": 4, "window": 3600, **settings})  # type: ignore[arg-type]
    routes = [write, narrow, read]
    async with (
        started(valkey),
        edge(routes, issuer.verifier, valkey.url, chosen) as one,
        edge(routes, issuer.verifier, valkey.url, chosen) as two,
    ):
        yield Pair([one, two], issuer, valkey)


def told(answer: httpx.Response) -> tuple[int, int, int]:
    """Limit, remaining, reset."""
    named = ("limit", "remaining", "reset")
    limit, remaining, reset = (int(answer.headers[f"ratelimit-{name}"]) for name in named)
    return limit, remaining, reset


async def test_an_address_has_one_limit_in_all_processes(tmp_path: Path) -> None:
    """Six writes from one address, whichever process they reach, and each answer says what is left; then 429."""
    async with pair(tmp_path) as system:
        answers = [await system.ask("/write") for _ in range(6)]
        assert [answer.status_code for answer in answers] == [200] * 6
        assert [told(answer)[:2] for answer in answers] == [(6, left) for left in (5, 4, 3, 2, 1, 0)]
        resets = [told(answer)[2] for answer in answers]
        assert resets == sorted(resets)
        assert 3590 <= resets[-1] <= 3600
        for _ in range(2):
            refused = await system.ask("/write")
            assert (refused.status_code, refused.json()["code"]) == (429, "limited")
            assert 590 <= int(refused.headers["retry-after"]) <= 600
        assert (await system.ask("/narrow")).status_code == 200  # another route counts for itself


async def test_a_user_has_a_limit_of_their_own(tmp_path: Path) -> None:
    """Members count by who they are, not by where they are; reading is not counted."""
    async with pair(tmp_path) as system:
        ada, ben = new_id("user"), new_id("user")
        assert [(await system.ask("/write", ada)).status_code for _ in range(6)] == [200] * 4 + [429] * 2
        assert (await system.ask("/write", ben)).status_code == 200
        assert (await system.ask("/write")).status_code == 200
        for _ in range(10):
            answer = await system.ask("/read", method="GET")
            assert answer.status_code == 200
            assert "ratelimit-limit" not in answer.headers


async def test_the_operator_can_limit_one_route(tmp_path: Path) -> None:
    """`AISLE_GATE_LIMITS` says another limit for a route, reading routes too, and touches no other."""
    async with pair(tmp_path, limits="POST /narrow=2/60, GET /read=3/60") as system:
        assert [(await system.ask("/narrow")).status_code for _ in range(3)] == [200, 200, 429]
        assert [(await system.ask("/read", method="GET")).status_code for _ in range(4)] == [200, 200, 200, 429]
        assert told(await system.ask("/write"))[0] == 6


@pytest.mark.parametrize("proxies", [0, 1])
async def test_nobody_talks_their_way_to_another_address(tmp_path: Path, proxies: int) -> None:
    """Without proxies X-Forwarded-For says nothing; behind one, only what the proxy itself wrote, the last, counts."""
    async with pair(tmp_path, proxies=proxies) as system:
        seen = "203.0.113.9"
        for number in range(6):
            claimed = f"10.0.0.{number}" if proxies == 0 else f"10.0.0.{number}, {seen}"
            assert (await system.ask("/write", **{"x-forwarded-for": claimed})).status_code == 200
        claimed = "192.0.2.1" if proxies == 0 else f"192.0.2.1, {seen}"
        assert (await system.ask("/write", **{"x-forwarded-for": claimed})).status_code == 429
        other = await system.ask("/write", **{"x-forwarded-for": f"{seen}, 192.0.2.77"})
        assert other.status_code == (429 if proxies == 0 else 200)


async def test_a_header_above_that_of_the_proxy_is_no_other_address(tmp_path: Path) -> None:
    """A proxy may write a line of its own below the caller's, as HAProxy does: the last of all lines counts."""
    async with pair(tmp_path, proxies=1) as system:
        lines = [("x-forwarded-for", ""), ("x-forwarded-for", "203.0.113.9")]
        statuses = []
        for number in range(7):
            lines[0] = ("x-forwarded-for", f"10.0.0.{number}")
            statuses.append((await system.clients[number % 2].post("/write", headers=lines)).status_code)
        assert statuses == [200] * 6 + [429]


async def test_a_network_of_ipv6_is_one_address(tmp_path: Path) -> None:
    """Whoever has one has 2**64 addresses to write from; an IPv4 address within IPv6 is that one alone."""
    async with pair(tmp_path, proxies=1) as system:

        async def status(address: str) -> int:
            return (await system.ask("/write", **{"x-forwarded-for": address})).status_code

        assert [await status(f"2001:db8:1:2::{host:x}") for host in range(7)] == [200] * 6 + [429]
        assert await status("2001:db8:1:3::1") == 200
        assert [await status(f"::ffff:192.0.2.{host}") for host in range(7)] == [200] * 7
        assert [await status("192.0.2.1") for _ in range(6)] == [200] * 5 + [429]


async def test_without_redis_nothing_limited_is_let_through(tmp_path: Path) -> None:
    """Redis away: 503 with a time to come back, for what is limited alone; and it goes on when Redis does."""
    async with pair(tmp_path) as system:
        assert (await system.ask("/write")).status_code == 200
        await system.valkey.kill()

        async def refused() -> bool:
            answer = await system.ask("/write")
            assert answer.status_code in (200, 503)
            return answer.status_code == 503 and "retry-after" in answer.headers

        await until(refused)
        assert (await system.ask("/read", method="GET")).status_code == 200
        await system.valkey.start()

        async def served() -> bool:
            return (await system.ask("/write")).status_code in (200, 429)

        await until(served)
