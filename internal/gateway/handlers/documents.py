"""The documents that developers read: of the interface, gathered from wherever the services run, and of the events."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import httpx
import msgspec
from structlog.typing import FilteringBoundLogger

from internal.gateway.documents import merged
from internal.platform.plain_http import trusted
from internal.platform.recent import Recent
from proto.generate import asyncapi

__all__ = ["Documents"]

_SECONDS = 30.0  # a service that was just deployed is in the document within half a minute
_PATIENCE = 3.0  # seconds for one service's document of 100 kB


class Documents:
    """`bases` are the other services; a service that does not answer is shown as it was when it last did."""

    def __init__(self, bases: Sequence[str], log: FilteringBoundLogger) -> None:
        self._bases = bases
        self._log = log
        self._last: dict[str, dict[str, Any]] = {}
        self._whole: Recent[str, bytes] = Recent(_SECONDS)

    @cached_property
    def events(self) -> bytes:
        """The AsyncAPI document of the contracts that this process was built with."""
        return msgspec.json.encode(asyncapi())

    async def interface(self, own: bytes) -> bytes:
        """The OpenAPI document of all services; `own` is that of this process."""
        if not self._bases:
            return own
        return await self._whole.get("", lambda: self._gathered(own))

    async def _gathered(self, own: bytes) -> bytes:
        async with httpx.AsyncClient(timeout=_PATIENCE, verify=trusted()) as http:
            await asyncio.gather(*(self._ask(http, base) for base in self._bases))
        others = [self._last[base] for base in self._bases if base in self._last]
        return await asyncio.to_thread(lambda: msgspec.json.encode(merged([msgspec.json.decode(own), *others])))

    async def _ask(self, http: httpx.AsyncClient, base: str) -> None:
        try:
            answer = await http.get(f"{base}/api/openapi.json")
            self._last[base] = msgspec.json.decode(answer.raise_for_status().content, type=dict[str, Any])
        except (httpx.HTTPError, msgspec.DecodeError) as error:
            self._log.warning("a service's document could not be read", service=base, error=repr(error))
