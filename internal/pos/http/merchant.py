"""What the merchant's programs ask; each with the key in X-Pos-Key."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.params import FromPath, FromQuery, HeaderParameter, JSONBody
from msgspec import Meta

from internal.platform.http import RouteHandler, problems
from internal.platform.http.forms import Body, Web
from internal.platform.http.paying import ADDRESS
from internal.platform.ids import new_id
from internal.pos.domain import (
    Behaviour,
    Charge,
    ChargeNotCaptured,
    ChargeUnknown,
    KeyUsedOtherwise,
    MoreThanCaptured,
    NotTheMerchant,
    PosRefund,
    action_path,
)
from internal.pos.handlers import Books

__all__ = ["routes"]

Key = Annotated[str, HeaderParameter(name="Idempotency-Key", min_length=1, max_length=255)]
# A thousand seats of the dearest price that the catalog takes
Amount = Annotated[int, Meta(ge=1, le=1_000_000_000_000)]
Url = Annotated[str, Meta(max_length=2_000, pattern=rf"^({ADDRESS})?$(?!\n)")]

_SLOW = 2.0  # seconds: a slow bank, but within every merchant's patience
_MUTE = 8.0  # seconds: beyond a merchant's patience of 4, and within the 10 in which this process stops
# A merchant sends everything from one address, and has a key.
_UNLIMITED = {"own_limit": True}


class CardForm(Body, frozen=True, kw_only=True):
    """A card, in full; it is looked at and not kept."""

    number: Annotated[str, Meta(pattern=r"^[0-9 ]{12,23}$(?!\n)")]
    exp_month: Annotated[int, Meta(ge=1, le=12)]
    exp_year: Annotated[int, Meta(ge=2000, le=2100)]
    cvc: Annotated[str, Meta(pattern=r"^[0-9]{3,4}$(?!\n)")]


class ChargeForm(Body, frozen=True, kw_only=True):
    """What is to be charged."""

    order: Annotated[str, Meta(min_length=1, max_length=100)]
    amount: Amount
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$(?!\n)")]
    card: CardForm
    return_url: Url = ""
    webhook_url: Url = ""
    capture: bool = False  # at once, where the bank does not want to see the buyer first


class RefundForm(Body, frozen=True, kw_only=True):
    """What is to be given back."""

    amount: Amount


class ChargeView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A charge as the merchant sees it."""

    key: str
    id: str
    order: str
    amount: int
    currency: str
    state: str
    captured: int
    refunded: int
    action_path: str
    code: str
    message: str
    brand: str
    last4: str


class RefundView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A refund as the merchant sees it."""

    key: str
    id: str
    charge: str
    amount: int
    state: str
    code: str
    message: str


class BooksView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Every charge and every refund, each with its key."""

    charges: list[ChargeView]
    refunds: list[RefundView]


_SHOWN = [name for name in ChargeView.__struct_fields__ if name != "action_path"]


class _Counter:
    """Lets the merchant in."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def enter(self, request: Web) -> None:
        """Nothing, or `NotTheMerchant`."""
        shown = request.headers.get("x-pos-key", "").encode()
        if not self._key or not hmac.compare_digest(shown, self._key):
            raise NotTheMerchant
        if "\0" in request.scope["path"]:  # what Postgres keeps in no text is no key
            raise ChargeUnknown


def routes(books: Books, key: str) -> list[RouteHandler]:
    """All of them."""
    enter = _Counter(key).enter
    return [*_of_charges(books, enter), *_of_refunds(books, enter)]


def _of_charges(books: Books, enter: Callable[[Web], None]) -> list[RouteHandler]:
    @post(
        "/pos/v1/charges",
        status_code=200,
        responses=problems(NotTheMerchant, KeyUsedOtherwise),
        tags=["pos"],
        opt=_UNLIMITED,
    )
    async def charge(request: Web, data: JSONBody[ChargeForm], idempotency_key: Key) -> ChargeView:
        """Authorise an amount on a card; what its number does is listed in the package."""
        enter(request)
        card = data.card
        made = await books.charge(
            _wanted(idempotency_key, data),
            card.number.replace(" ", ""),
            (card.exp_year, card.exp_month),
            capture=data.capture,
        )
        if made.behaviour in {Behaviour.SLOW, Behaviour.MUTE}:
            await asyncio.sleep(_SLOW if made.behaviour is Behaviour.SLOW else _MUTE)
        return _charge_view(made)

    @get("/pos/v1/charges/{key_:str}", responses=problems(NotTheMerchant, ChargeUnknown), tags=["pos"], opt=_UNLIMITED)
    async def look_up(request: Web, key_: FromPath[str]) -> ChargeView:
        """How does it stand?"""
        enter(request)
        return _charge_view(await books.get(key_))

    @post(
        "/pos/v1/charges/{key_:str}/capture",
        status_code=200,
        responses=problems(NotTheMerchant, ChargeUnknown),
        tags=["pos"],
        opt=_UNLIMITED,
    )
    async def capture(request: Web, key_: FromPath[str]) -> ChargeView:
        """Take what is authorised."""
        enter(request)
        return _charge_view(await books.capture(key_))

    @post(
        "/pos/v1/charges/{key_:str}/void",
        status_code=200,
        responses=problems(NotTheMerchant),
        tags=["pos"],
        opt=_UNLIMITED,
    )
    async def void(request: Web, key_: FromPath[str]) -> ChargeView:
        """Give it up; of what is captured nothing changes."""
        enter(request)
        return _charge_view(await books.void(key_))

    return [charge, look_up, capture, void]


def _of_refunds(books: Books, enter: Callable[[Web], None]) -> list[RouteHandler]:
    @post(
        "/pos/v1/charges/{key_:str}/refunds",
        status_code=200,
        responses=problems(NotTheMerchant, ChargeUnknown, KeyUsedOtherwise, ChargeNotCaptured, MoreThanCaptured),
        tags=["pos"],
        opt=_UNLIMITED,
    )
    async def refund(request: Web, key_: FromPath[str], data: JSONBody[RefundForm], idempotency_key: Key) -> RefundView:
        """Give back a part or all."""
        enter(request)
        return _refund_view(await books.refund(key_, idempotency_key, data.amount))

    @get("/pos/v1/refunds/{key_:str}", responses=problems(NotTheMerchant, ChargeUnknown), tags=["pos"], opt=_UNLIMITED)
    async def look_up_refund(request: Web, key_: FromPath[str]) -> RefundView:
        """How does the refund stand?"""
        enter(request)
        return _refund_view(await books.get_refund(key_))

    @get("/pos/v1/books", responses=problems(NotTheMerchant), tags=["pos"], opt=_UNLIMITED)
    async def all_of_it(request: Web, since: FromQuery[datetime | None] = None) -> BooksView:
        """The books, for who checks them against the merchant's own; of what was begun since then, if that is said."""
        enter(request)
        charges, refunds = await books.books(since)
        return BooksView(charges=[_charge_view(one) for one in charges], refunds=[_refund_view(one) for one in refunds])

    return [refund, look_up_refund, all_of_it]


def _wanted(key: str, form: ChargeForm) -> Charge:
    return Charge(
        key=key,
        id=new_id("ch"),
        order=form.order,
        amount=form.amount,
        currency=form.currency,
        state="processing",
        behaviour=Behaviour.PLAIN,
        return_url=form.return_url,
        webhook_url=form.webhook_url,
        created_at=datetime.now(UTC),
    )


def _charge_view(charge: Charge) -> ChargeView:
    shown: dict[str, Any] = {
        name: getattr(charge, name) for name in ChargeView.__struct_fields__ if name != "action_path"
    }
    return ChargeView(**shown, action_path=action_path(charge))


def _refund_view(refund: PosRefund) -> RefundView:
    return RefundView(
        key=refund.key,
        id=refund.id,
        charge=refund.charge_key,
        amount=refund.amount,
        state=refund.state,
        code=refund.code,
        message=refund.message,
    )
