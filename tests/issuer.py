"""Stands in for auth where a test is about another service: signs tokens for whomever the test needs."""

from __future__ import annotations

from functools import cache
from time import time

import msgspec
from Cryptodome.PublicKey import RSA

from internal.platform.ids import new_id
from internal.platform.rs256 import ALGORITHM, RS256, jws
from internal.platform.tokens import AUDIENCE, ISSUER, Claims, KeySource, Verifier
from proto.auth import Jwk

__all__ = ["Issuer"]


@cache
def _pair() -> RSA.RsaKey:
    """Made once in each process: it takes up to a second, and two issuers' tokens differ by the key's id already."""
    return RSA.generate(2048)


class Issuer:
    """One key, its verifier, and tokens that the verifier takes."""

    def __init__(self) -> None:
        self._key = _pair()
        self._kid = new_id("key")
        self.verifier = Verifier(KeySource(self.keys))

    def token(
        self, user_id: str, *, roles: tuple[str, ...] = ("customer",), guest: bool = False, lives: int = 900
    ) -> str:
        """An access token of this user, good for a quarter of an hour."""
        now = int(time())
        said = Claims(
            iss=ISSUER,
            aud=AUDIENCE,
            sub=user_id,
            jti=new_id("token"),
            iat=now,
            nbf=now,
            exp=now + lives,
            roles=roles,
            guest=guest,
        )
        return jws().encode(msgspec.json.encode(said), self._key, ALGORITHM, headers={"kid": self._kid})

    async def keys(self) -> list[Jwk]:
        return [Jwk(kid=self._kid, use="sig", **RS256.to_jwk(self._key, as_dict=True))]
