"""Play money: on a laptop the virtual point of sale takes the payments; elsewhere only if its operator says so."""

from __future__ import annotations

from collections.abc import Mapping

from internal.cli.demo import is_wanted
from internal.cli.folder import Folder
from internal.cli.settings import Launch

__all__ = ["play_money"]

# Where a booking names nobody who takes the money, the virtual point of sale does.
_KEY, _SECRET, _OWN = "AISLE_PAYMENTS_MOCK_KEY", "AISLE_PAYMENTS_MOCK_WEBHOOK_SECRET", "AISLE_PAYING_PROVIDER"


def play_money(settings: Launch, folder: Folder, environment: Mapping[str, str]) -> dict[str, str]:
    """What payments and the point of sale share so that they know each other: the same at every start."""
    laptop = settings.env in {"", "laptop"} and not settings.given()
    if environment.get(_KEY) or not (laptop or is_wanted(settings)):
        return {}
    told = {_KEY: folder.password("pos key"), _SECRET: folder.password("pos webhooks")}
    return told if environment.get(_OWN) else {**told, _OWN: "mock"}
