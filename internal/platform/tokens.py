"""Access tokens: who asks, checked by every service for itself against the keys that auth publishes.

A token is checked once in full (about 0.3 ms) and then known until it expires: `Verifier.known` is one dict lookup,
cheap enough for the hold path. What is wrong with a token is one of the faults below, always a 401; the text says what
the holder can do about it, never which check was near to passing.
"""

from __future__ import annotations

from collections.abc import Callable
from time import time

import msgspec
from jwt.exceptions import PyJWTError

from internal.platform.faults import Unauthenticated
from internal.platform.keys import KeySource
from internal.platform.rs256 import ALGORITHM, PublicKey, jws

__all__ = [
    "AUDIENCE",
    "ISSUER",
    "Claims",
    "KeySource",
    "Principal",
    "TokenExpired",
    "TokenForged",
    "TokenMalformed",
    "TokenNotForUs",
    "UnknownKey",
    "Verifier",
]

ISSUER = "aisle"
AUDIENCE = "aisle"
_LONGEST = 4096  # bytes; ours have about 750, and what is longer is refused before any work is done on it
_KNOWN = 32_768  # tokens kept, about 1.2 kB each: the buyers of a large on-sale in 40 MB; one more costs 0.2 ms again
_LEEWAY = 5.0  # seconds by which another machine's clock may be ahead when it says "not before"; expiry gets none


class TokenMalformed(Unauthenticated):
    """The access token is not of the form that this system issues."""


class TokenForged(Unauthenticated):
    """The access token's signature is not one of ours."""


class UnknownKey(Unauthenticated):
    """The access token is signed with a key that is not, or no longer, in use; get a new one."""


class TokenExpired(Unauthenticated):
    """The access token has expired; refresh it."""


class TokenNotForUs(Unauthenticated):
    """The access token was issued by or for another system, or is not valid yet."""


class Claims(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a token says, under the short names of RFC 7519. Only auth writes these."""

    iss: str
    aud: str
    sub: str
    jti: str
    iat: int
    nbf: int
    exp: int
    roles: tuple[str, ...] = ()
    guest: bool = False
    email: str | None = None


class Principal(msgspec.Struct, frozen=True, gc=False):
    """Who asks. Global roles only: what somebody is within an organisation, directory answers."""

    user_id: str
    roles: tuple[str, ...]
    guest: bool
    email: str | None
    expires_at: int
    token_id: str

    @property
    def is_admin(self) -> bool:
        """Whether this is one who runs the whole system."""
        return "admin" in self.roles


class Verifier:
    """Turns a token into a `Principal`, or says what is wrong with it."""

    def __init__(
        self,
        keys: KeySource,
        clock: Callable[[], float] = time,
        *,
        issuer: str = ISSUER,
        audience: str = AUDIENCE,
        capacity: int = _KNOWN,
    ) -> None:
        self._keys = keys
        self._clock = clock
        self._issuer = issuer
        self._audience = audience
        self._capacity = capacity
        self._jws = jws()
        self._claims = msgspec.json.Decoder(Claims)
        self._known: dict[bytes, Principal] = {}

    def known(self, token: bytes) -> Principal | None:
        """Who holds this token, if it was checked before and has not expired. The hot path: nothing more is done."""
        principal = self._known.get(token)
        if principal is not None and principal.expires_at > self._clock():
            return principal
        return None

    async def verify_async(self, token: str | bytes) -> Principal:
        """Who holds this token; the key it names is fetched if it is not here yet."""
        token = _as_bytes(token)
        if (principal := self.known(token)) is not None:
            return principal
        await self._keys.ensure(self._kid(token))
        return self.verify(token)

    def verify(self, token: str | bytes) -> Principal:
        """Who holds this token, by the keys that are here."""
        token = _as_bytes(token)
        if (principal := self.known(token)) is not None:
            return principal
        key = self._keys.find(self._kid(token))
        if key is None:
            raise UnknownKey
        principal = _principal(self._check(token, key))
        self._remember(token, principal)
        return principal

    def _kid(self, token: bytes) -> str:
        try:
            # without the other two parts, which are decoded when the signature is checked: 10 us in place of 45
            header = self._jws.get_unverified_header(token.partition(b".")[0] + b"..")
        except (PyJWTError, RecursionError):  # the latter of "[[[[..." in a header
            raise TokenMalformed from None
        if header.get("alg") != ALGORITHM:
            raise TokenForged
        kid = header.get("kid")
        if not isinstance(kid, str):
            raise TokenMalformed
        return kid

    def _check(self, token: bytes, key: PublicKey) -> Claims:
        try:
            payload = self._jws.decode(token, key, algorithms=[ALGORITHM])
            claims = self._claims.decode(payload)
        except PyJWTError:
            raise TokenForged from None
        except msgspec.MsgspecError:
            raise TokenMalformed from None
        now = self._clock()
        if claims.iss != self._issuer or claims.aud != self._audience or claims.nbf > now + _LEEWAY:
            raise TokenNotForUs
        if claims.exp <= now:
            raise TokenExpired
        return claims

    def _remember(self, token: bytes, principal: Principal) -> None:
        """Oldest out first: they are the next to expire, as all tokens of a system live equally long."""
        while len(self._known) >= self._capacity:
            del self._known[next(iter(self._known))]
        self._known[token] = principal


def _as_bytes(token: str | bytes) -> bytes:
    """The token, if it can be one. Padding is refused: it would give one token many names in the cache."""
    try:
        octets = token if isinstance(token, bytes) else token.encode("ascii")
    except UnicodeEncodeError:
        raise TokenMalformed from None
    if len(octets) > _LONGEST or b"=" in octets:
        raise TokenMalformed
    return octets


def _principal(claims: Claims) -> Principal:
    return Principal(claims.sub, claims.roles, claims.guest, claims.email, claims.exp, claims.jti)
