"""What the operator may choose about tickets and doors."""

from __future__ import annotations

from typing import ClassVar

from internal.platform.config import Settings

__all__ = ["TicketSettings"]


class TicketSettings(Settings, frozen=True):
    """`AISLE_ORDERS_TICKETS_...`"""

    prefix: ClassVar[str] = "AISLE_ORDERS_TICKETS_"
    # two hours: stadiums open that early, and no theatre's ticket was ever abused in its foyer
    doors_minutes: int = 120
    # nobody says when a showtime ends: six hours hold an opera of Wagner's with its pauses, and a late last act
    show_minutes: int = 360
    # a key signs for a season; it can be replaced at any time, but each one is one more that scanners have to know
    rotation_days: int = 90
    # published this long before it signs: a scanner that was online once in the week before the show knows the key
    lead_days: int = 7
    # seals the private keys in the database (PKCS #8, scrypt, AES-256); empty leaves them as open as the database is
    key_passphrase: str = ""
