"""What directory listens to."""

from __future__ import annotations

from internal.directory.handlers import Organizations
from internal.platform.bus import Consumer, Meta
from internal.platform.inbox import once
from internal.platform.postgres import Database, Tx
from proto.auth import UserDeleted

__all__ = ["consumers"]


def consumers(database: Database, organizations: Organizations) -> list[Consumer[UserDeleted]]:
    """Who has no account has no role."""
    durable = "directory-user-deleted"

    async def forget(tx: Tx, event: UserDeleted, _: Meta) -> None:
        await organizations.forget(tx, event.user_id)

    return [Consumer(durable, UserDeleted, once(database, durable, forget))]
