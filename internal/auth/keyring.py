"""The signing keys: kept in Postgres, held here opened, rotated by a loop that all replicas run and agree in.

Which key signs follows from the time alone (`domain.signer`), so replicas need not tell each other: they only have to
have the same keys, and every key is in the database for ten minutes before it signs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import msgspec
from Cryptodome.PublicKey import RSA

from internal.auth import store
from internal.auth.config import AuthSettings
from internal.auth.domain import KeyTimes, SigningKey, User, next_key, outlived, signer
from internal.platform import outbox
from internal.platform.faults import Unavailable
from internal.platform.ids import new_id
from internal.platform.postgres import Database
from internal.platform.rs256 import ALGORITHM, EXPONENT, RS256, jws
from internal.platform.tokens import AUDIENCE, ISSUER, Claims
from proto.auth import Jwk, KeysRotated

__all__ = ["Keyring", "KeysNotReady"]

T = TypeVar("T")

_BITS = 2048  # a check costs 0.3 ms and a signature 2 ms; 3072 would treble both, and these keys live for a week
_PATIENCE = 1.5  # seconds: making a key mostly takes less, and who asks over the bus waits for two


class KeysNotReady(Unavailable):
    """The signing keys have not been read from the database yet; try again in a moment."""


class Keyring:
    """Signs access tokens, publishes the public keys, and makes and forgets keys in time."""

    def __init__(self, database: Database, settings: AuthSettings, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._life = settings.access_seconds
        self._passphrase = settings.key_passphrase or None
        self._times = KeyTimes(
            rotation=timedelta(seconds=settings.rotation_seconds),
            lead=timedelta(seconds=settings.lead_seconds),
            token_life=timedelta(seconds=settings.access_seconds),
        )
        self._jws = jws()
        self._keys: list[SigningKey] = []
        self._opened: dict[str, RSA.RsaKey] = {}
        self._ready = asyncio.Event()
        # signing takes 2 ms: on a thread of its own it holds up neither the loop nor waits behind password hashes
        self._thread = ThreadPoolExecutor(1, "signing")

    @property
    def ready(self) -> bool:
        """Whether anything can be signed yet: the first key of an installation takes a second or two to make."""
        return self._ready.is_set()

    def public(self) -> list[Jwk]:
        """What tokens are checked with, the newest first."""
        if not self._opened:
            raise KeysNotReady
        return [_public(key.kid, self._opened[key.kid]) for key in self._keys]

    async def published(self) -> list[Jwk]:
        """The same for who asks while this starts: waits for the first keys, within the asker's patience."""
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._ready.wait()
        except TimeoutError:
            raise KeysNotReady from None
        return self.public()

    async def sign(self, user: User) -> str:
        """An access token for this user."""
        now = self._clock()
        key = signer(self._keys, now)
        if key is None:
            raise KeysNotReady
        said = _claims(user, int(now.timestamp()), self._life)
        return await self._work(partial(self._encode, msgspec.json.encode(said), key.kid))

    async def run_once(self) -> int:
        """The step of the loop: read the keys, and make or forget one if it is time. Never "more to do"."""
        async with self._database.read() as tx:
            await self._open(await store.signing_keys(tx))
        if next_key(self._keys, self._clock(), self._times) is not None:
            await self._add(await self._work(partial(RSA.generate, _BITS, e=EXPONENT)))
        if outlived(self._keys, self._clock(), self._times):
            await self._forget()
        return 0

    async def _add(self, pair: RSA.RsaKey) -> None:
        """The new key, unless another replica has added one since: it was made before the turn, which is then short."""
        sealed = await self._work(partial(self._seal, pair))
        async with self._database.transaction() as tx:
            await store.keys_turn(tx)
            keys, now = await store.signing_keys(tx), self._clock()
            signs_from = next_key(keys, now, self._times)
            if signs_from is not None:
                key = SigningKey(kid=new_id("key"), private_key=sealed, created_at=now, signs_from=signs_from)
                await store.add_signing_key(tx, key)
                await outbox.add(tx, KeysRotated(kid=key.kid))
                keys = [key, *keys]
        await self._open(keys)

    async def _forget(self) -> None:
        async with self._database.transaction() as tx:
            await store.keys_turn(tx)
            keys = await store.signing_keys(tx)
            gone = outlived(keys, self._clock(), self._times)
            for key in gone:
                await store.delete_signing_key(tx, key.kid)
        await self._open([key for key in keys if key not in gone])

    async def _open(self, keys: list[SigningKey]) -> None:
        """Take these keys, and no others, as the ones there are."""
        opened: dict[str, RSA.RsaKey] = {}
        for key in keys:
            known = self._opened.get(key.kid)
            if known is None:
                known = await self._work(partial(self._unseal, key.private_key))
            opened[key.kid] = known
        self._keys, self._opened = keys, opened
        if keys:
            self._ready.set()

    def _encode(self, payload: bytes, kid: str) -> str:
        return self._jws.encode(payload, self._opened[kid], ALGORITHM, headers={"kid": kid})

    def _seal(self, pair: RSA.RsaKey) -> str:
        if self._passphrase is None:
            return pair.export_key("PEM", pkcs=8).decode()
        return pair.export_key("PEM", pkcs=8, passphrase=self._passphrase, protection="scryptAndAES256-CBC").decode()

    def _unseal(self, sealed: str) -> RSA.RsaKey:
        return RSA.import_key(sealed, passphrase=self._passphrase)

    async def _work(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _claims(user: User, now: int, life: int) -> Claims:
    return Claims(
        iss=ISSUER,
        aud=AUDIENCE,
        sub=user.id,
        jti=new_id("token"),
        iat=now,
        nbf=now,
        exp=now + life,
        roles=user.roles,
        guest=user.guest,
        email=user.email,
    )


def _public(kid: str, pair: RSA.RsaKey) -> Jwk:
    members = RS256.to_jwk(pair, as_dict=True)
    return Jwk(kid=kid, use="sig", **members)
