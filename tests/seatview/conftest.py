"""Seatview beside the inventory, which writes what it shows."""

from __future__ import annotations

from tests.inventory.conftest import own, shared_house

__all__ = ["own", "shared_house"]
