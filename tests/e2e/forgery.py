"""Access tokens that are not good, each wrong in one way only: the true key signs wherever that is not the point."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256
from time import time
from typing import Any

import msgspec
from Cryptodome.PublicKey import RSA

from internal.platform.ids import new_id
from internal.platform.rs256 import ALGORITHM, RS256, jws

__all__ = ["Forger"]


class Forger:
    """Has the system's own signing key, which no attacker has: so that a claim alone can be wrong."""

    def __init__(self, private_key: str, kid: str, user_id: str) -> None:
        self._key = RSA.import_key(private_key)
        self._kid = kid
        self._user_id = user_id

    def claims(self, **changed: Any) -> dict[str, Any]:
        """What a good token of an administrator says."""
        now = int(time())
        said = {"iss": "aisle", "aud": "aisle", "sub": self._user_id, "jti": new_id("token"), "iat": now, "nbf": now}
        return {**said, "exp": now + 900, "roles": ["customer", "admin"], **changed}

    def signed(self, kid: str | None = None, key: RSA.RsaKey | None = None, **changed: Any) -> str:
        """A token in order, but for what is changed."""
        payload = msgspec.json.encode(self.claims(**changed))
        return jws().encode(payload, key or self._key, ALGORITHM, headers={"kid": self._kid if kid is None else kid})

    def bad(self) -> dict[str, str]:
        """Every kind of bad token by its name."""
        now, good, stranger = int(time()), self.signed(), RSA.generate(2048)
        head, body, signature = good.split(".")
        return {
            "expired": self.signed(exp=now - 1),
            "expired long ago": self.signed(iat=1, nbf=1, exp=2),
            "not yet valid": self.signed(nbf=now + 600),
            "another issuer": self.signed(iss="another"),
            "another audience": self.signed(aud="another"),
            "no subject": self.signed(sub=None),
            "another key": self.signed(key=stranger),
            "an unknown kid": self.signed(kid="key_unknown", key=stranger),
            "a kid that is a path": self.signed(kid="../../../../dev/null", key=stranger),
            "a kid that is SQL": self.signed(kid="' or 1=1 --", key=stranger),
            "another body": f"{head}.{_part(self.claims(sub='user_else'))}.{signature}",
            "no signature": f"{head}.{body}.",
            "alg none": f"{_part({'alg': 'none', 'typ': 'JWT', 'kid': self._kid})}.{body}.",
            "alg None": f"{_part({'alg': 'None', 'kid': self._kid})}.{body}.{signature}",
            "HS256 with the PEM": self._by_hmac(self._key.public_key().export_key("PEM")),
            "HS256 with the DER": self._by_hmac(self._key.public_key().export_key("DER")),
            "HS256 with the JWK": self._by_hmac(RS256.to_jwk(self._key).encode()),
            "a jwk of its own": self._with_own_key(stranger),
            "truncated": good[:-20],
            "two parts": f"{head}.{body}",
            "a deep header": f"{_encoded(b'[' * 2_500)}.{body}.{signature}",
            "huge": good + "A" * 20_000,
            "garbage": "\u00ff\u00fe\u0080",
            "words": "let me in",
        }

    def _by_hmac(self, secret: bytes) -> str:
        unsigned = f"{_part({'alg': 'HS256', 'typ': 'JWT', 'kid': self._kid})}.{_part(self.claims())}"
        return f"{unsigned}.{_encoded(hmac.digest(secret, unsigned.encode(), sha256))}"

    def _with_own_key(self, stranger: RSA.RsaKey) -> str:
        header = {"alg": ALGORITHM, "kid": self._kid, "jwk": RS256.to_jwk(stranger, as_dict=True)}
        unsigned = f"{_part(header)}.{_part(self.claims())}"
        return f"{unsigned}.{_encoded(RS256().sign(unsigned.encode(), stranger))}"


def _part(value: object) -> str:
    return _encoded(msgspec.json.encode(value))


def _encoded(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()
