"""Who asks, and how often: one middleware before every ordinary route.

It checks the token if there is one, finds the caller's address, and takes a place under the route's rate limit.
A handler that needs somebody signed in calls `member_of(request)`; nothing else decides who may enter.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network
from typing import Any, cast

from litestar import Request
from litestar.types import ASGIApp as LitestarApp

from internal.platform import context
from internal.platform.config import Settings
from internal.platform.faults import Forbidden, Unauthenticated
from internal.platform.http.front import ASGIApp, Message, Receive, Scope, Send
from internal.platform.http.limits import Limit, Limiter, Verdict
from internal.platform.tokens import Principal, Verifier

__all__ = [
    "Gate",
    "GateSettings",
    "Visitor",
    "address_of",
    "admin_of",
    "counted_as",
    "member_of",
    "secret_of",
    "visitor_of",
]

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_NETWORK = 64  # bits that name a network of IPv6; providers give nobody less than one
_KEY = "aisle.visitor"
_MARKING = "aisle.marking"


class GateSettings(Settings, frozen=True, kw_only=True):
    """`AISLE_GATE_...`: how much is let in. `limits` overrides single routes: `POST /api/x=20/60,POST /api/y=5/1`."""

    prefix = "AISLE_GATE_"

    anonymous_writes: int = 100  # in `window` seconds from one address
    member_writes: int = 1_000  # in `window` seconds by one user: a till sells every few seconds all day
    window: int = 900
    limits: str = ""
    proxies: int = 0  # how many proxies in front of us write X-Forwarded-For; 0 believes nobody


@dataclass(frozen=True, slots=True)
class Visitor:
    """The caller: an address, and a principal if a token was shown."""

    address: str
    principal: Principal | None


def visitor_of(request: Request[Any, Any, Any]) -> Visitor:
    """Whoever asks."""
    visitor: Visitor = request.scope["state"][_KEY]
    return visitor


def secret_of(request: Request[Any, Any, Any]) -> bytes:
    """What the house marks requests with, so that nobody else can (see `idempotency.fingerprint`)."""
    secret: bytes = request.scope["state"][_MARKING]
    return secret


def member_of(request: Request[Any, Any, Any]) -> Principal:
    """Somebody who is signed in, a guest included, or `Unauthenticated`."""
    principal = visitor_of(request).principal
    if principal is None:
        raise Unauthenticated
    return principal


def admin_of(request: Request[Any, Any, Any]) -> Principal:
    """Somebody who runs the whole system."""
    principal = member_of(request)
    if not principal.is_admin:
        raise Forbidden
    return principal


def address_of(scope: Scope, proxies: int) -> str:
    """The caller's address: the peer's, or what the outermost proxy that we trust wrote down."""
    client = scope.get("client")
    peer = client[0] if client else "unknown"
    if proxies == 0:
        return peer
    # all lines of it are one list: some proxies write a line of their own below the one that the caller sent
    said = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for").decode("latin-1")
    hops = [hop.strip() for hop in said.split(",") if hop.strip()]
    return hops[-proxies] if len(hops) >= proxies else peer


def counted_as(address: str) -> str:
    """The address under which limits count: of IPv6 the network, for every customer has 2**64 addresses in theirs."""
    if ":" not in address:
        return address
    try:
        whole = IPv6Address(address)
    except ValueError:  # whatever a proxy wrote
        return address
    return str(whole.ipv4_mapped or IPv6Network((int(whole), _NETWORK), strict=False))


class Gate:
    """Made once for the process; `middleware` is what Litestar wraps around each route."""

    def __init__(self, verifier: Verifier, limiter: Limiter, settings: GateSettings, secret: bytes = b"") -> None:
        self._secret = secret
        self._verifier = verifier
        self._limiter = limiter
        self._proxies = settings.proxies
        self._anonymous = Limit(settings.anonymous_writes, settings.window)
        self._member = Limit(settings.member_writes, settings.window)
        self._overrides = dict(_parse(entry) for entry in settings.limits.split(",") if entry.strip())

    def middleware(self, app: LitestarApp) -> LitestarApp:
        """What Litestar calls for each route."""
        inner = cast("ASGIApp", app)

        async def enter(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await inner(scope, receive, send)
                return
            visitor = Visitor(address_of(scope, self._proxies), await self._principal(scope))
            scope["state"][_KEY] = visitor
            scope["state"][_MARKING] = self._secret
            context.actor.set(visitor.principal.user_id if visitor.principal else "")
            verdict = await self._limit(scope, visitor)
            await inner(scope, receive, send if verdict is None else _telling(send, verdict))

        return cast("LitestarApp", enter)

    async def _principal(self, scope: Scope) -> Principal | None:
        for name, value in scope["headers"]:
            if name == b"authorization":
                if value[:7].lower() != b"bearer ":
                    raise Unauthenticated("The Authorization header must hold a Bearer token.")
                return await self._verifier.verify_async(value[7:].strip())
        return None

    async def _limit(self, scope: Scope, visitor: Visitor) -> Verdict | None:
        if scope["route_handler"].opt.get("own_limit"):
            return None
        route = f"{scope['method']} {scope['path_template']}"
        limit = self._overrides.get(route) or scope["route_handler"].opt.get("limit")
        if limit is None and scope["method"] in _SAFE:
            return None
        # Where tokens are given out, one that was given out buys no further tries: there everybody is an address.
        principal = None if scope["route_handler"].opt.get("by_address") else visitor.principal
        if principal is None:
            return await self._limiter.take(f"{counted_as(visitor.address)} {route}", limit or self._anonymous)
        return await self._limiter.take(f"{principal.user_id} {route}", limit or self._member)


def _telling(send: Send, verdict: Verdict) -> Send:
    async def tell(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *verdict.headers()]
        await send(message)

    return tell


def _parse(entry: str) -> tuple[str, Limit]:
    route, _, amount = entry.strip().rpartition("=")
    requests, _, seconds = amount.partition("/")
    return route.strip(), Limit(int(requests), float(seconds))
