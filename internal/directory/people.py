"""Who the members are: auth knows names and e-mails, and tells them to those who work with them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import msgspec
import structlog

from internal.directory.domain import Member, NoSuchAccount
from internal.platform.faults import Unavailable
from proto.auth import FindPeople
from proto.auth import People as Found

__all__ = ["NamedMember", "People"]


class NamedMember(Member, frozen=True, kw_only=True):
    """A member as colleagues see them; both are empty where the account is gone, or auth is not there to ask."""

    name: str = ""
    email: str = ""


class People:
    """Asks auth."""

    def __init__(self, ask: Callable[[FindPeople], Awaitable[Found]]) -> None:
        self._ask = ask

    async def of_email(self, email: str) -> str:
        """The user with this e-mail."""
        found = (await self._ask(FindPeople(email=email))).people
        if not found:
            raise NoSuchAccount
        return found[0].user_id

    async def named(self, members: Sequence[Member]) -> list[NamedMember]:
        """The members with their names; without, rather than none at all, while auth cannot be asked."""
        try:
            found = (await self._ask(FindPeople(user_ids=[one.user_id for one in members]))).people
        except Unavailable as error:
            structlog.get_logger().warning("members without names", error=repr(error))
            found = []
        known = {one.user_id: one for one in found}
        return [
            NamedMember(
                **msgspec.structs.asdict(one),
                name=known[one.user_id].name if one.user_id in known else "",
                email=known[one.user_id].email if one.user_id in known else "",
            )
            for one in members
        ]
