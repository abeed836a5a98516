"""The broadcaster beside the inventory, whose seats it shows."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from internal.broadcaster.service import SERVICE as BROADCASTER
from internal.inventory.service import SERVICE as INVENTORY
from tests.conftest import Addresses
from tests.inventory.conftest import own
from tests.inventory.house import House, house

__all__ = ["own", "theatre"]


@pytest.fixture(scope="package")
async def theatre(own: Addresses) -> AsyncIterator[House]:
    """Two processes, each with the inventory and the broadcaster: what one changes, readers of both see."""
    async with house(own, services=(INVENTORY, BROADCASTER)) as made:
        yield made
