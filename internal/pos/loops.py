"""The point of sale's post: signed messages to the merchant, repeated until they are taken."""

from __future__ import annotations

import asyncio
import hmac
from datetime import timedelta
from hashlib import sha256
from time import time

import httpx

from internal.platform.postgres import Database
from internal.pos import store
from internal.pos.store import Letter

__all__ = ["Post", "signature"]

_AT_ONCE = 20
_PATIENCE = 5.0  # seconds for the merchant to store a message: it does nothing else before it answers
_AGAIN = 15.0  # seconds until a message is sent again whose sender was killed; above the patience
_LONGEST = 3_600.0  # between two tries
_KEPT = timedelta(days=3)


class Post:
    """Sends what is due."""

    def __init__(self, database: Database, secret: str) -> None:
        self._database = database
        self._secret = secret
        self._client = httpx.AsyncClient(timeout=_PATIENCE)

    async def run_once(self) -> int:
        """All that is due, at once and therefore in no certain order."""
        async with self._database.transaction() as tx:
            due = await store.due_letters(tx, _AT_ONCE, _AGAIN)
        await asyncio.gather(*(self._send(letter) for letter in due))
        return len(due)

    async def _send(self, letter: Letter) -> None:
        headers = {"content-type": "application/json", "pos-signature": signature(self._secret, letter.body, time())}
        try:
            taken = (await self._client.post(letter.url, content=letter.body, headers=headers)).is_success
        except (httpx.HTTPError, httpx.InvalidURL):
            taken = False
        async with self._database.transaction() as tx:
            if taken:
                await store.letter_sent(tx, letter)
            else:
                await store.letter_failed(tx, letter, min(2.0 ** min(letter.attempts, 12), _LONGEST), _KEPT)


def signature(secret: str, body: bytes, now: float) -> str:
    """As Stripe signs: the time is part of what is signed, so that a recorded message cannot be used later."""
    told = str(int(now))
    return f"t={told},v1={hmac.new(secret.encode(), f'{told}.'.encode() + body, sha256).hexdigest()}"
