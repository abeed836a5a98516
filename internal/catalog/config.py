"""What the operator may choose about the catalog."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from internal.platform.config import Settings

__all__ = ["CatalogSettings"]


class CatalogSettings(Settings, frozen=True):
    """What a showtime is given where its organiser does not say, and what nobody may exceed."""

    prefix: ClassVar[str] = "AISLE_CATALOG_"
    # a family and its friends; resellers want more
    seats_per_buyer: int = 6
    # a school class or a coach party, within one hold
    most_seats_per_buyer: Annotated[int, Meta(ge=1, le=500)] = 100
    # time to type a card number and to pass 3-D Secure, and short enough for those who wait for the seat
    hold_seconds: int = 300
    # inventory reads the facts of as long when it finds its way back, and of each refresh as much again
    longest_hold_seconds: Annotated[int, Meta(ge=30, le=3600)] = 1800
    # for display only, of showtimes whose organiser names none; moments themselves are UTC everywhere
    time_zone: str = "UTC"
    # the short form asks for no price and no date; a round sum shows that one is to be set
    simple_price: Annotated[int, Meta(ge=0, le=1_000_000_000)] = 1000
    simple_currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$")] = "EUR"
    simple_days_ahead: Annotated[int, Meta(ge=1, le=3650)] = 30
