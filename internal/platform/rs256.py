"""RS256 for PyJWT, without the package that PyJWT would take for it.

PyJWT's own RS256 needs `cryptography`, which is compiled Rust and has no place at run time. An `Algorithm` of one's
own is all that is missing: pycryptodomex signs (a private operation: constant time, blinded), and CPython's `pow`
verifies (a public operation: nothing to leak, and 2.5 times as fast as pycryptodomex: 144 against 355 us).

Verifying builds the one encoded message that PKCS#1 v1.5 allows and compares the whole of it. Nothing is parsed out of
the signature, so there is no padding to be lenient about (Bleichenbacher's forgery of 2006 lived in such a parser).
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from hmac import compare_digest
from typing import Any, Protocol

import msgspec
from Cryptodome.Hash import SHA256
from Cryptodome.PublicKey import RSA
from Cryptodome.Signature import pkcs1_15
from jwt.algorithms import Algorithm
from jwt.api_jws import PyJWS
from jwt.exceptions import InvalidKeyError

__all__ = ["ALGORITHM", "EXPONENT", "RS256", "KeyLike", "PublicKey", "WeakKey", "from_uint", "jws", "to_uint"]

ALGORITHM = "RS256"
EXPONENT = 65537  # the only public exponent taken: small ones made the historical forgeries possible
_SMALLEST = 2048  # bits; what RFC 7518 asks for, and what NIST trusts until 2030
_LARGEST = 4096  # bits; a larger key published by mistake would make every check cost milliseconds
_DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")  # DER: "a SHA-256 digest of 32 bytes follows"


class KeyLike(Protocol):
    """A public key as it is published: the members of a JSON Web Key that matter here."""

    @property
    def kid(self) -> str: ...
    @property
    def kty(self) -> str: ...
    @property
    def alg(self) -> str: ...
    @property
    def n(self) -> str: ...
    @property
    def e(self) -> str: ...


class WeakKey(InvalidKeyError):  # noqa: N818 - named for the situation, as our faults are
    """A key that nobody should sign with: of another kind, too small, too large, or with another exponent."""


class PublicKey(msgspec.Struct, frozen=True):
    """What checks a signature. Only `PublicKey.of` makes one from foreign data."""

    kid: str
    n: int
    e: int = EXPONENT

    @classmethod
    def of(cls, jwk: KeyLike) -> PublicKey:
        """The key that a JSON Web Key describes; `WeakKey` if it is not one to rely on."""
        if jwk.kty != "RSA" or jwk.alg != ALGORITHM:
            raise WeakKey(f"{jwk.kid!r} is not a key for {ALGORITHM}")
        return cls(jwk.kid, from_uint(jwk.n), from_uint(jwk.e)).checked()

    def checked(self) -> PublicKey:
        """Itself, if it is fit for use."""
        if not _SMALLEST <= self.n.bit_length() <= _LARGEST:
            raise WeakKey(f"{self.kid!r} has {self.n.bit_length()} bits, not {_SMALLEST} to {_LARGEST}")
        if self.e != EXPONENT:
            raise WeakKey(f"{self.kid!r} has the exponent {self.e}, not {EXPONENT}")
        if self.n % 2 == 0:
            raise WeakKey(f"{self.kid!r} has an even modulus")
        return self


class RS256(Algorithm):
    """The algorithm as PyJWT wants it: signs with an `RSA.RsaKey`, verifies with a `PublicKey`, takes nothing else."""

    def prepare_key(self, key: Any) -> RSA.RsaKey | PublicKey:
        """Text and bytes are refused: a key that could be read as a secret is how HS256 gets forged."""
        if isinstance(key, PublicKey):
            return key.checked()
        if isinstance(key, RSA.RsaKey) and key.has_private():
            PublicKey("the signing key", int(key.n), int(key.e)).checked()
            return key
        raise WeakKey(f"{ALGORITHM} takes an RSA key, not {type(key).__name__}")

    def sign(self, msg: bytes, key: Any) -> bytes:
        return pkcs1_15.new(key).sign(SHA256.new(msg))

    def verify(self, msg: bytes, key: Any, sig: bytes) -> bool:
        if not isinstance(key, PublicKey):
            return False
        length = (key.n.bit_length() + 7) // 8
        signature = int.from_bytes(sig)
        if len(sig) != length or signature >= key.n:
            return False
        return compare_digest(pow(signature, key.e, key.n).to_bytes(length), _encoded(msg, length))

    @staticmethod
    def to_jwk(key_obj: Any, as_dict: bool = False) -> Any:
        """The public half as a JSON Web Key."""
        jwk = {"kty": "RSA", "alg": ALGORITHM, "n": to_uint(int(key_obj.n)), "e": to_uint(int(key_obj.e))}
        return jwk if as_dict else msgspec.json.encode(jwk).decode()

    @staticmethod
    def from_jwk(jwk: Any) -> PublicKey:
        """The public key of a JSON Web Key, given as text or as its members."""
        members = msgspec.json.decode(jwk) if isinstance(jwk, str | bytes) else jwk
        key = PublicKey(members.get("kid", ""), from_uint(members["n"]), from_uint(members["e"]))
        return key.checked()


def jws() -> PyJWS:
    """A PyJWT signer and checker that knows RS256 and nothing else: neither `none` nor any HMAC."""
    only = PyJWS(algorithms=[])
    only.register_algorithm(ALGORITHM, RS256())
    return only


def from_uint(text: str) -> int:
    """A number out of a JSON Web Key."""
    try:
        return int.from_bytes(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError as error:
        raise WeakKey("a key's number is not base64url") from error


def to_uint(number: int) -> str:
    """A number as a JSON Web Key carries it: the fewest bytes, base64url, no padding."""
    return urlsafe_b64encode(number.to_bytes((number.bit_length() + 7) // 8)).rstrip(b"=").decode()


def _encoded(message: bytes, length: int) -> bytes:
    """EMSA-PKCS1-v1_5 (RFC 8017, 9.2): the only bytes that a signature of this message may stand for."""
    tail = _DIGEST_INFO + sha256(message).digest()
    return b"\x00\x01" + b"\xff" * (length - len(tail) - 3) + b"\x00" + tail
