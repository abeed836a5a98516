"""The front door, as a person with a token comes through it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
import msgspec

__all__ = ["Door", "Refused"]

_PATIENCE = 20.0  # seconds for one answer: a layout of 1,200 seats takes 0.1, on a machine that has other work more
_AT_ONCE = 16  # connections: as many as two cores make use of
_WITHIN = 10.0  # seconds: auth makes the administrator, and inventory opens a showtime, in the background
_TRIES_EVERY = 0.25  # seconds between; 40 logins stay below the 50 that an e-mail has in 15 minutes

T = TypeVar("T")


class Refused(Exception):  # noqa: N818 - said to the operator as it is
    """An answer that the demo did not expect."""


class Door:
    """Somebody's way in; without a token it is nobody's."""

    def __init__(self, http: httpx.AsyncClient, token: str = "") -> None:
        self._http = http
        self._headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})

    @classmethod
    def of(cls, address: str) -> Self:
        """As nobody yet; to be closed by `async with`."""
        limits = httpx.Limits(max_connections=_AT_ONCE)
        return cls(httpx.AsyncClient(base_url=address, timeout=_PATIENCE, limits=limits, trust_env=False))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def login(self, email: str, password: str) -> Self:
        """The same door, as this user."""
        answer = await self._ask("POST", "/api/auth/login", {"email": email, "password": password})
        return type(self)(self._http, _read(answer)["accessToken"])

    async def login_soon(self, email: str, password: str) -> Self:
        """The same, of an account that may be in the making."""
        return await _soon(lambda: self.login(email, password))

    async def get(self, path: str, **query: str | int) -> Any:
        """What is there."""
        return _read(await self._ask("GET", path, query=query))

    async def get_soon(self, path: str) -> Any:
        """The same, of what may be in the making."""
        return await _soon(lambda: self.get(path))

    async def items(self, path: str, **query: str | int) -> list[dict[str, Any]]:
        """The first two hundred of a list: the demo itself has never so many."""
        found: list[dict[str, Any]] = (await self.get(path, limit=200, **query))["items"]
        return found

    async def send(self, path: str, body: object = None, *, method: str = "POST") -> Any:
        """What was made."""
        return _read(await self._ask(method, path, body))

    async def _ask(
        self, method: str, path: str, body: object = None, query: dict[str, str | int] | None = None
    ) -> httpx.Response:
        content = b"" if body is None else msgspec.json.encode(body)
        try:
            answer = await self._http.request(method, path, params=query, content=content, headers=self._headers)
        except httpx.HTTPError as error:
            raise Refused(f"{method} {path}: {error or type(error).__name__}") from error
        if not answer.is_success:
            raise Refused(f"{method} {path}: {answer.status_code} {_said(answer)}")
        return answer


async def _soon(ask: Callable[[], Awaitable[T]]) -> T:
    give_up = asyncio.get_running_loop().time() + _WITHIN
    while True:
        try:
            return await ask()
        except Refused:
            if asyncio.get_running_loop().time() > give_up:
                raise
            await asyncio.sleep(_TRIES_EVERY)


def _read(answer: httpx.Response) -> Any:
    return msgspec.json.decode(answer.content) if answer.content else None


def _said(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return answer.text[:200]
