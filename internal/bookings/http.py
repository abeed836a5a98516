"""The routes of bookings: decode, call the handler, encode."""

from __future__ import annotations

from typing import Annotated

from litestar import Response, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from internal.bookings.domain import Booking, BookingInLine, BookingUnknown, NothingToBook, NotYourself, ShowtimeNeeded
from internal.bookings.handlers import Asked, Bookings
from internal.platform import idempotency
from internal.platform.http import Page, RouteHandler, cursor_of, member_of, position_of, problems, visitor_of
from internal.platform.http.forms import Body, Cursor, PageLimit, Web
from internal.platform.http.once import IdempotencyKey, once_of
from internal.platform.http.paying import Method, Paying, ReturnElsewhere, ReturnUrl, require_plain
from proto import SeatId

__all__ = ["routes"]

_Line = Annotated[str, Meta(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$(?!\n)")]
_BookingId = Annotated[str, Meta(pattern=r"^booking_[0-9a-f]{32}$(?!\n)")]


class Payment(Body, frozen=True, kw_only=True):
    """Who takes the money, and what they need to know for it; the house's own provider if none is named."""

    provider: Annotated[str, Meta(pattern=r"^[a-z0-9_-]{0,40}$(?!\n)")] = ""
    method: Method | None = None
    return_url: ReturnUrl | None = None

    def __post_init__(self) -> None:
        require_plain(self.method)


class Buyer(Body, frozen=True, kw_only=True):
    """Whose name the ticket carries, and whom the house can write to."""

    name: _Line = ""
    email: Annotated[str, Meta(max_length=254, pattern=r"^([^\x00-\x20\x7f@]+@[^\x00-\x20\x7f@]+)?$(?!\n)")] = ""


class BookingForm(Body, frozen=True, kw_only=True):
    """A seat of an event; of which showtime only needs to be said where there are several."""

    user_id: Annotated[str, Meta(pattern=r"^user_[0-9a-f]{32}$(?!\n)")]
    event_id: Annotated[str, Meta(pattern=r"^event_[0-9a-f]{32}$(?!\n)")]
    seat_id: SeatId
    showtime_id: Annotated[str, Meta(pattern=r"^showtime_[0-9a-f]{32}$(?!\n)")] | None = None
    payment: Payment | None = None
    buyer: Buyer | None = None


def routes(bookings: Bookings, paying: Paying) -> list[RouteHandler]:
    """All of them."""

    @post(
        "/api/book",
        status_code=202,
        tags=["bookings"],
        responses=problems(
            ReturnElsewhere, NothingToBook, ShowtimeNeeded, NotYourself, idempotency.KeyReused, idempotency.InFlight
        ),
    )
    async def book(
        request: Web, data: JSONBody[BookingForm], idempotency_key: IdempotencyKey = None
    ) -> Response[Booking]:
        """Ask for a seat and go on: it is held and paid in the order of arrival. Ask the Location how it stands."""
        made = await bookings.book(
            member_of(request), _asked(request, data, paying), await once_of(request, idempotency_key)
        )
        return Response(made, headers={"location": f"/api/bookings/{made.id}"})

    @get("/api/bookings/{booking_id:str}", tags=["bookings"], responses=problems(BookingUnknown))
    async def get_booking(request: Web, booking_id: FromPath[str]) -> Response[BookingInLine]:
        """How a booking stands, and its place in line while it waits. For whoever made it."""
        return Response(
            await bookings.get(member_of(request), booking_id), headers={"cache-control": "private, no-store"}
        )

    @get("/api/bookings", tags=["bookings"])
    async def list_bookings(request: Web, limit: PageLimit = 50, cursor: Cursor = None) -> Page[Booking]:
        """One's own bookings, the newest first."""
        (position,) = position_of(cursor, tuple[_BookingId]) or ("",)
        found = await bookings.before(member_of(request), position, limit)
        return Page(items=found, next_cursor=cursor_of(found[-1].id) if len(found) == limit else None)

    return [book, get_booking, list_bookings]


def _asked(request: Web, form: BookingForm, paying: Paying) -> Asked:
    payment, buyer = form.payment or Payment(), form.buyer or Buyer()
    own = paying.provider if form.payment else ""  # nothing said of a payment: what costs something is refused
    return Asked(
        user_id=form.user_id,
        event_id=form.event_id,
        seat_id=form.seat_id,
        showtime_id=form.showtime_id,
        method=payment.method or {},
        provider=payment.provider or own,
        buyer_name=buyer.name,
        buyer_email=buyer.email,
        return_url=paying.back(payment.return_url),
        buyer_ip=visitor_of(request).address,
    )
