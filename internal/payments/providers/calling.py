"""How every provider's server is called: bounded, repeated with care, and not at all while it is down.

`await calling.send("POST", "/charges", key=payment_id, json={...})` answers within `BUDGET` seconds, whatever the other
side does: with a response below 500, with ProviderDown (nothing was done), or with AnswerLost (it may have been).
A call with an idempotency key may be repeated when its answer is lost; `repeatable=False` forbids that, and only a call
that never reached the server is tried again.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

import anyio._backends._asyncio  # noqa: F401 - or the first payment waits while httpx imports it
import httpx
from structlog.typing import FilteringBoundLogger

from internal.payments.providers.breaker import Breaker
from internal.payments.providers.interface import AnswerLost, ProviderDown
from internal.platform.plain_http import PlainTransport, trusted

__all__ = ["BUDGET", "Calling"]

BUDGET = 4.0  # seconds in all: a buyer waits at a button, and the saga's question waits 5
_CONNECT = 1.0  # a server that takes longer to be reached has no time left to answer
_FIRST_PAUSE = 0.1  # doubles, and each is drawn between half and all of it, so that replicas do not come back together
_LONGEST_PAUSE = 1.0
_LIMITS = httpx.Limits(max_connections=64, max_keepalive_connections=16)  # as many as an endpoint answers at once

_SENDS = "http11.send_request_headers.started"  # as httpcore calls it
_NOT_BEGUN = 429  # refused at the door: nothing was done, and it may be asked again
# The same key is being worked on just now. It counts as perhaps done, as all of 5xx does: a 503 may come from a proxy
# whose server has begun, or from a server whose database went away in the commit.
_IN_FLIGHT = 409


class Calling:
    """One provider's server: its address, its credentials, its circuit."""

    def __init__(
        self,
        name: str,
        url: str,
        log: FilteringBoundLogger,
        *,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Callable[[], float] = monotonic,
        budget: float = BUDGET,
    ) -> None:
        self.name = name
        self.breaker = Breaker(clock)
        self._log = log.bind(provider=name)
        self._clock = clock
        self._budget = budget
        self._client = httpx.AsyncClient(
            base_url=url,
            headers=headers,
            auth=auth,
            transport=transport,
            verify=trusted(),
            mounts={"http://": PlainTransport(_LIMITS)} if transport is None else None,
            limits=_LIMITS,
            follow_redirects=False,
        )

    async def send(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        form: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool = True,
    ) -> httpx.Response:
        """The response, of whatever status below 500 except 409 and 429, which are waited out."""
        if not self.breaker.allows():
            raise ProviderDown(provider=self.name)
        until = self._clock() + self._budget
        request = self._client.build_request(method, path, json=json, data=form, params=query, headers=headers)
        trouble: ProviderDown | AnswerLost = ProviderDown(provider=self.name)
        pause = _FIRST_PAUSE
        while (left := until - self._clock()) > 0:
            try:
                response = await self._once(request, left)
            except ProviderDown as down:
                trouble = trouble if isinstance(trouble, AnswerLost) else down
            except AnswerLost as lost:
                trouble = lost
                if not repeatable:
                    break
            else:
                self.breaker.succeeded()
                return response
            await asyncio.sleep(min(pause * random.uniform(0.5, 1.0), max(0.0, until - self._clock())))  # noqa: S311
            pause = min(pause * 2, _LONGEST_PAUSE)
        self.breaker.failed()
        self._log.warning("provider did not answer", path=path, fault=trouble.code, circuit=self.breaker.state)
        raise trouble

    async def _once(self, request: httpx.Request, left: float) -> httpx.Response:
        """One try. A wait for a free connection or for the handshake has sent nothing; everything after it may have."""
        sent = False

        async def trace(what: str, _: Any) -> None:
            nonlocal sent
            sent = sent or what == _SENDS

        request.extensions["trace"] = trace
        request.extensions["timeout"] = {
            "connect": min(_CONNECT, left),
            "pool": min(_CONNECT, left),
            "write": left,
            "read": left,
        }
        try:
            async with asyncio.timeout(left):
                response = await self._client.send(request)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            raise ProviderDown(provider=self.name) from None
        except TimeoutError:  # the budget's end, mostly of a last try that had no time for its handshake
            raise (AnswerLost if sent else ProviderDown)(provider=self.name) from None
        except httpx.HTTPError:
            raise AnswerLost(provider=self.name) from None
        if response.status_code == _NOT_BEGUN:
            raise ProviderDown(provider=self.name)
        if response.status_code == _IN_FLIGHT or response.is_server_error:
            raise AnswerLost(provider=self.name)
        return response

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.aclose()
