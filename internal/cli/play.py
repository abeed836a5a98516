"""Play money: on a laptop the virtual point of sale takes the payments; elsewhere only if its operator says so."""

from __future__ import annotations

from collections.abc import Mapping

from internal.cli.demo import is_wanted
from internal.cli.folder import Folder
from internal.cli.settings import Launch

__all__ = ["play_money"]

_KEY, _SECRET = "AISLE_PAYMENTS_MOCK_KEY", "AISLE_PAYMENTS_MOCK_WEBHOOK_SECRET"


def play_money(settings: Launch, folder: Folder, environment: Mapping[str, str]) -> dict[str, str]:
    """What payments and the point of sale share so that they know each other: the same at every start."""
    laptop = settings.env in {"", "laptop"} and not settings.given()
    if environment.get(_KEY) or not (laptop or is_wanted(settings)):
        return {}
    return {_KEY: folder.password("pos key"), _SECRET: folder.password("pos webhooks")}
