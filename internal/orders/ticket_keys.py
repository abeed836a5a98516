"""The keys that tickets are signed with: kept in Postgres, sealed if a passphrase is configured, opened here.

Which key signs follows from the time alone, and every key is published for a week before it signs: a scanner that was
online once in that week can check all that is sold until the doors open. A key that signs no more loses its private
half, and stays published until nobody can come in with its tickets.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from Cryptodome.PublicKey import ECC

from internal.orders import codes
from internal.orders.codes import Printed
from internal.orders.store import tickets as store
from internal.orders.store.tickets import Key
from internal.orders.ticket_config import TicketSettings
from internal.platform.faults import Unavailable
from internal.platform.postgres import Database, Tx

__all__ = ["TicketKeys", "TicketKeysNotReady", "next_key", "retired", "signer"]

_NAMED_BY = 4  # bytes: four billion names for a handful of keys, and each byte makes every code longer
_HANDOVER = timedelta(hours=1)  # replicas agree by the clock, and read the keys every minute


class TicketKeysNotReady(Unavailable):
    """The keys that tickets are signed with cannot be read just now; try again in a moment."""


class _Pair(NamedTuple):
    kid: str
    public: bytes
    sealed: str


class TicketKeys:
    """Signs codes and checks them, publishes the public keys, makes and forgets keys in time."""

    def __init__(self, database: Database, settings: TicketSettings, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._passphrase = settings.key_passphrase or None
        self._rotation = timedelta(days=settings.rotation_days)
        self._lead = timedelta(days=settings.lead_days)
        self._show = timedelta(minutes=settings.show_minutes)
        self._keys: list[Key] = []
        self._private: dict[str, ECC.EccKey] = {}

    @property
    def ready(self) -> bool:
        """Whether anything can be signed: there is a key, and it could be opened."""
        key = signer(self._keys, self._clock())
        return key is not None and key.kid in self._private

    async def write(self, tx: Tx, ticket_id: str, showtime_id: str, seat_id: str, serial: int) -> tuple[str, str]:
        """The key that signed, and the code."""
        key = signer(self._keys, self._clock()) or await self._first(tx)
        private = await self._opened(key)
        stub = codes.Stub(key.kid, ticket_id, showtime_id, serial, seat_id)
        return key.kid, codes.write(stub, lambda message: codes.signed(private, message))

    async def verified(self, printed: Printed) -> bool:
        """Whether a key of ours signed it; asks the database where another replica may just have made that key."""
        if self._public(printed.stub.kid) is None:
            await self._read()
        key = self._public(printed.stub.kid)
        return key is not None and codes.verified(key, printed)

    async def published(self) -> list[Key]:
        """The keys that codes may be signed with, the newest first."""
        if not self._keys:
            await self.run_once()
        return self._keys

    async def run_once(self) -> int:
        """The step of the loop: read the keys, and make or forget one if it is time. Never "more to do"."""
        await self._read()
        now = self._clock()
        if next_key(self._keys, now, self._rotation, self._lead) is not None:
            pair = await self._pair()
            async with self._database.transaction() as tx:
                await self._add(tx, pair)
            await self._read()
        async with self._database.transaction() as tx:
            await store.forget_private_keys(tx, retired(self._keys, now - _HANDOVER))
            await store.forget_public_keys(tx, now - self._show)
        await self._read()
        key = signer(self._keys, self._clock())
        if key is not None:  # opened now, so that a wrong passphrase shows at the start and not at the first order
            await self._opened(key)
        return 0

    async def _first(self, tx: Tx) -> Key:
        """For the orders that are completed before the loop has gone round.

        In their own transaction: ten of them that each wanted a second connection would wait for each other for ever.
        So a key that is made here is not remembered here; it may yet be undone.
        """
        found = signer(await store.keys(tx), self._clock())
        if found is not None:
            return found
        await self._add(tx, await self._pair())
        found = signer(await store.keys(tx), self._clock())
        if found is None:
            raise TicketKeysNotReady
        return found

    async def _opened(self, key: Key) -> ECC.EccKey:
        if key.private_key is None:
            raise TicketKeysNotReady
        if key.kid not in self._private:  # on a thread: unsealing is slow by intention
            self._private[key.kid] = await asyncio.to_thread(self._unseal, key.private_key)
        return self._private[key.kid]

    async def _add(self, tx: Tx, pair: _Pair) -> None:
        """The new key, unless another replica has added one since."""
        await store.keys_turn(tx)
        signs_from = next_key(await store.keys(tx), self._clock(), self._rotation, self._lead)
        if signs_from is not None:
            await store.add_key(
                tx, Key(kid=pair.kid, public_key=pair.public, private_key=pair.sealed, signs_from=signs_from)
            )

    async def _pair(self) -> _Pair:
        pair = codes.fresh_key()
        public = pair.public_key().export_key(format="raw")
        kid = sha256(public).digest()[:_NAMED_BY].hex()
        return _Pair(kid, public, await asyncio.to_thread(self._seal, pair))

    async def _read(self) -> None:
        async with self._database.read() as tx:
            self._keys = await store.keys(tx)

    def _public(self, kid: str) -> ECC.EccKey | None:
        found = next((key for key in self._keys if key.kid == kid), None)
        return None if found is None else codes.public_key(found.public_key)

    def _seal(self, pair: ECC.EccKey) -> str:
        if self._passphrase is None:
            return str(pair.export_key(format="PEM", use_pkcs8=True))
        return str(
            pair.export_key(format="PEM", use_pkcs8=True, passphrase=self._passphrase, protection="scryptAndAES256-CBC")
        )

    def _unseal(self, sealed: str) -> ECC.EccKey:
        try:
            return ECC.import_key(sealed, passphrase=self._passphrase)
        except ValueError as error:
            raise TicketKeysNotReady(
                "The passphrase of the ticket keys is not the one they were sealed with."
            ) from error


def signer(keys: list[Key], now: datetime) -> Key | None:
    """The newest key that may sign already. Every replica that has the same keys picks the same one."""
    return max((key for key in keys if key.signs_from <= now), key=_order, default=None)


def next_key(keys: list[Key], now: datetime, rotation: timedelta, lead: timedelta) -> datetime | None:
    """From when on the key that is to be made now shall sign; None while the newest has long enough to go."""
    if not keys:
        return now  # nothing could be signed before, so no scanner knows an older set of keys
    due = max(key.signs_from for key in keys) + rotation
    return max(due, now + lead) if now >= due - lead else None


def retired(keys: list[Key], certain: datetime) -> list[str]:
    """The keys that no replica signs with any more, because another has taken over before this moment."""
    current = signer(keys, certain)
    return [key.kid for key in keys if current is not None and _order(key) < _order(current) and key.private_key]


def _order(key: Key) -> tuple[datetime, str]:
    return key.signs_from, key.kid
