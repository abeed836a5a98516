"""What somebody may do in an organisation: every organiser's call, in every service, is checked by `Roles.require`.

Directory knows the answer and is asked by request; what it granted is believed for five seconds. That is safe because a
role guards an organiser's edits, never money and never who has a seat, and because somebody whose role was taken away a
moment ago could as well have made the same edit a moment earlier. A refusal is never remembered: who was just made a
member can start at once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import Enum
from time import monotonic

from internal.platform.faults import Forbidden
from internal.platform.tokens import Principal

__all__ = ["NotAllowedHere", "Role", "Roles"]

_BELIEVED = 5.0  # seconds; an organiser's page makes several calls within that time, and pays for one question
_KEPT = 4096  # grants; more people than organise at once, in less than a megabyte


class NotAllowedHere(Forbidden):
    """Your role in the organisation that owns this does not allow it."""


class Role(Enum):
    """What somebody is within an organisation; each may do all that the ones before it may."""

    CUSTOMER = "customer"
    STAFF = "staff"
    OWNER = "owner"

    def covers(self, other: Role) -> bool:
        """Whether this role may do whatever `other` may."""
        return _RANK[self] >= _RANK[other]


_RANK = {role: rank for rank, role in enumerate(Role)}


class Roles:
    """Asks directory who may do what, and believes it for a moment."""

    def __init__(
        self,
        ask: Callable[[str, str], Awaitable[Role | None]],
        *,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """`ask` is given a user's and an organisation's id and answers with the role, or None for no member."""
        self._ask = ask
        self._clock = clock
        self._granted: dict[tuple[str, str], tuple[Role, float]] = {}

    async def require(self, principal: Principal, organization_id: str, *, at_least: Role = Role.STAFF) -> None:
        """Nothing, or `NotAllowedHere`. Who runs the whole system may act in every organisation; a guest in none."""
        if principal.is_admin:
            return
        if principal.guest or not await self._covers(principal.user_id, organization_id, at_least):
            raise NotAllowedHere

    async def _covers(self, user_id: str, organization_id: str, at_least: Role) -> bool:
        believed = self._granted.get((user_id, organization_id))
        if believed is not None and believed[1] > self._clock() and believed[0].covers(at_least):
            return True
        role = await self._ask(user_id, organization_id)
        if role is None or not role.covers(at_least):
            self._granted.pop((user_id, organization_id), None)
            return False
        self._remember((user_id, organization_id), role)
        return True

    def _remember(self, who_where: tuple[str, str], role: Role) -> None:
        self._granted.pop(who_where, None)
        while len(self._granted) >= _KEPT:
            del self._granted[next(iter(self._granted))]
        self._granted[who_where] = (role, self._clock() + _BELIEVED)
