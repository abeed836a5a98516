"""The point of sale's post: signed messages to the merchant, repeated until they are taken."""

from __future__ import annotations

import asyncio
import hmac
from collections import deque
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from time import time

import httpx

from internal.platform.plain_http import PlainTransport, trusted
from internal.platform.postgres import Database
from internal.pos import store
from internal.pos.handlers import SENT_WITHIN
from internal.pos.store import Letter

__all__ = ["AT_ONCE", "Post", "signature"]

AT_ONCE = 20
_KEPT_BY_HEART = 2_000  # letters, some 2 MB; what is forgotten beyond them is sent when it is due
_PATIENCE = 5.0  # seconds for the merchant to store a message: it does nothing else before it answers
_LIMITS = httpx.Limits(max_connections=2 * AT_ONCE, max_keepalive_connections=AT_ONCE)  # for new ones and old ones
_LONGEST = 3_600.0  # between two tries
_KEPT = timedelta(days=3)


class Post:
    """Sends what this process has just written, and what others left."""

    def __init__(self, database: Database, secret: str) -> None:
        self._database = database
        self._secret = secret
        self._client = httpx.AsyncClient(
            timeout=_PATIENCE, verify=trusted(), mounts={"http://": PlainTransport(_LIMITS)}
        )
        self._new: deque[Letter] = deque(maxlen=_KEPT_BY_HEART)

    def take(self, letter: Letter) -> None:
        """One that is committed, and ours to send for a while."""
        self._new.append(letter)

    async def send_new(self) -> int:
        """What was taken since: nobody need be asked for it."""
        letters = [self._new.popleft() for _ in range(min(AT_ONCE, len(self._new)))]
        await self._send(letters)
        return len(letters)

    async def send_due(self) -> int:
        """What is to be sent again, was held back, or was a dead process's."""
        async with self._database.statement() as tx:
            due = await store.due_letters(tx, AT_ONCE, SENT_WITHIN)
        await self._send(due)
        return len(due)

    async def _send(self, letters: Sequence[Letter]) -> None:
        """All at once and therefore in no certain order."""
        taken = await asyncio.gather(*(self._taken(letter) for letter in letters))
        told = list(zip(letters, taken, strict=True))
        sent = [letter for letter, good in told if good]
        failed = {letter.id: min(2.0 ** min(letter.attempts, 12), _LONGEST) for letter, good in told if not good}
        if sent:
            async with self._database.statement() as tx:
                await store.letters_sent(tx, sent)
        if failed:
            async with self._database.statement() as tx:
                await store.letters_failed(tx, failed, _KEPT)

    async def _taken(self, letter: Letter) -> bool:
        headers = {"content-type": "application/json", "pos-signature": signature(self._secret, letter.body, time())}
        try:
            return (await self._client.post(letter.url, content=letter.body, headers=headers)).is_success
        except (httpx.HTTPError, httpx.InvalidURL):
            return False


def signature(secret: str, body: bytes, now: float) -> str:
    """As Stripe signs: the time is part of what is signed, so that a recorded message cannot be used later."""
    told = str(int(now))
    return f"t={told},v1={hmac.new(secret.encode(), f'{told}.'.encode() + body, sha256).hexdigest()}"
