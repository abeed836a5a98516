"""Tickets over HTTP: for whoever bought them, and for the staff who help at the counter."""

from __future__ import annotations

import asyncio
from base64 import urlsafe_b64encode
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, HeaderParameter

from internal.orders.admission import Doors, NotIssued, ReissuedTooOften, Shown, Ticket, TicketUnknown, TicketVoid
from internal.orders.store.tickets import Key
from internal.orders.ticket_keys import TicketKeys
from internal.orders.ticket_pages import PAGE_POLICY, SVG_POLICY, language_of, page, svg
from internal.orders.tickets import Tickets, shown
from internal.platform.http import RouteHandler, json_answer, member_of, problems
from internal.platform.http.forms import Web
from internal.platform.http.once import IdempotencyKey, once_of
from internal.platform.idempotency import InFlight, KeyReused

__all__ = ["routes"]

Languages = Annotated[str | None, HeaderParameter(name="Accept-Language", max_length=1_000)]
_PRIVATE = "private, no-store"  # a code is a key to a door
_KNOWN = "public, max-age=300"  # scanners fetch before the show; a new key is there for a week before it signs
_SVG = "image/svg+xml"


class IssuedTicket(Shown, frozen=True, kw_only=True):
    """A ticket. `code` is what the QR holds; a revoked one has none."""

    status: Literal["valid", "revoked"]
    serial: int
    inside: bool
    code: str | None


class OrderTickets(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An order's tickets, and what they are for."""

    order_id: str
    showtime_id: str
    event_id: str
    event_name: str
    starts_at: datetime
    time_zone: str
    canceled: bool
    items: list[IssuedTicket]


class TicketKey(msgspec.Struct, frozen=True, kw_only=True):
    """A public key as RFC 8037 writes it."""

    kty: str
    crv: str
    kid: str
    use: str
    alg: str
    x: str


class TicketKeySet(msgspec.Struct, frozen=True, kw_only=True):
    """What a scanner needs to check codes without asking anybody."""

    keys: list[TicketKey]


def routes(tickets: Tickets, keys: TicketKeys) -> list[RouteHandler]:
    """All of them."""
    return [_keys(keys), *_reading(tickets), _reissuing(tickets)]


def _keys(keys: TicketKeys) -> RouteHandler:
    @get("/.well-known/tickets.json", tags=["tickets"])
    async def list_ticket_keys(request: Web) -> Response[TicketKeySet]:
        """The public keys that tickets are signed with: fetch them before the doors open, and check offline."""
        published = TicketKeySet(keys=[_jwk(key) for key in await keys.published()])
        answer: Response[Any] = json_answer(request, published, cache=_KNOWN)
        return answer

    return list_ticket_keys


def _reading(tickets: Tickets) -> list[RouteHandler]:
    @get("/api/orders/{order_id:str}/tickets", tags=["tickets"], responses=problems(NotIssued))
    async def list_tickets(request: Web, order_id: FromPath[str]) -> Response[OrderTickets]:
        """An order's tickets with their codes. For its buyer, and the organization's staff."""
        doors, found = await tickets.of_order(member_of(request), order_id)
        answer: Response[Any] = json_answer(request, _listed(order_id, doors, found), cache=_PRIVATE)
        return answer

    @get(
        "/api/orders/{order_id:str}/tickets/{file_name:str}",
        tags=["tickets"],
        media_type=_SVG,
        responses=problems(NotIssued, TicketUnknown, TicketVoid),
    )
    async def get_ticket_code(request: Web, order_id: FromPath[str], file_name: FromPath[str]) -> Response[bytes]:
        """`{ticketId}.svg`: a ticket's QR code. For its buyer, and the organization's staff."""
        ticket_id, _, kind = file_name.rpartition(".")
        if kind != "svg":
            raise TicketUnknown
        ticket = await tickets.good_one(member_of(request), order_id, ticket_id)
        picture = await asyncio.to_thread(svg, ticket.code)
        return Response(picture, media_type=_SVG, headers=_sealed(SVG_POLICY))

    @get(
        "/api/orders/{order_id:str}/tickets.html",
        tags=["tickets"],
        media_type="text/html",
        responses=problems(NotIssued),
    )
    async def print_tickets(
        request: Web, order_id: FromPath[str], accept_language: Languages = None
    ) -> Response[bytes]:
        """An order's tickets as a page to print, in English or Turkish. For its buyer, and the organization's staff."""
        doors, found = await tickets.of_order(member_of(request), order_id)
        language = language_of(accept_language)
        headers = {**_sealed(PAGE_POLICY), "content-language": language, "vary": "Accept-Language"}
        text = await asyncio.to_thread(page, doors, found, language)  # 2 ms a ticket, which nobody else has to wait for
        return Response(text.encode(), media_type="text/html", headers=headers)

    return [list_tickets, get_ticket_code, print_tickets]


def _reissuing(tickets: Tickets) -> RouteHandler:
    @post(
        "/api/orders/{order_id:str}/tickets/{ticket_id:str}/reissue",
        status_code=200,
        tags=["tickets"],
        responses=problems(NotIssued, TicketUnknown, TicketVoid, ReissuedTooOften, KeyReused, InFlight),
    )
    async def reissue_ticket(
        request: Web, order_id: FromPath[str], ticket_id: FromPath[str], idempotency_key: IdempotencyKey = None
    ) -> Response[IssuedTicket]:
        """Another code for a ticket that went astray; the one before opens no door any more."""
        once = await once_of(request, idempotency_key)
        made = await tickets.reissue(member_of(request), order_id, ticket_id, once)
        answer: Response[Any] = json_answer(request, _issued(made), cache=_PRIVATE)
        return answer

    return reissue_ticket


def _listed(order_id: str, doors: Doors, found: list[Ticket]) -> OrderTickets:
    return OrderTickets(
        order_id=order_id,
        showtime_id=doors.showtime_id,
        event_id=doors.event_id,
        event_name=doors.event_name,
        starts_at=doors.starts_at,
        time_zone=doors.time_zone,
        canceled=doors.canceled,
        items=[_issued(one) for one in found],
    )


def _issued(ticket: Ticket) -> IssuedTicket:
    good = ticket.revoked_by is None
    return IssuedTicket(
        **msgspec.structs.asdict(shown(ticket)),
        status="valid" if good else "revoked",
        serial=ticket.serial,
        inside=ticket.inside,
        code=ticket.code if good else None,
    )


def _jwk(key: Key) -> TicketKey:
    x = urlsafe_b64encode(key.public_key).decode().rstrip("=")
    return TicketKey(kty="OKP", crv="Ed25519", kid=key.kid, use="sig", alg="EdDSA", x=x)


def _sealed(policy: str) -> dict[str, str]:
    """A page or a picture that can do nothing but be seen, and that no cache keeps."""
    return {
        "content-security-policy": policy,
        "cache-control": _PRIVATE,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
    }
