from __future__ import annotations

import asyncio
import hmac
from base64 import urlsafe_b64encode
from functools import cache
from hashlib import sha256
from typing import Any

import msgspec
import pytest
from Cryptodome.PublicKey import RSA
from hypothesis import given
from hypothesis import strategies as st

from internal.platform.faults import Unauthenticated, Unavailable
from internal.platform.rs256 import ALGORITHM, RS256, PublicKey, WeakKey, jws, to_uint
from internal.platform.tokens import (
    Claims,
    KeySource,
    Principal,
    TokenExpired,
    TokenForged,
    TokenMalformed,
    TokenNotForUs,
    UnknownKey,
    Verifier,
)

NOW = 1_800_000_000


class Jwk(msgspec.Struct):
    kid: str
    n: str
    e: str = to_uint(65537)
    kty: str = "RSA"
    alg: str = ALGORITHM


class Clock:
    def __init__(self) -> None:
        self.now = float(NOW)

    def __call__(self) -> float:
        return self.now


class Auth:
    """Publishes keys as auth does, and counts how often it was asked."""

    def __init__(self, *keys: Jwk) -> None:
        self.keys = list(keys)
        self.asked = 0
        self.away = False

    async def __call__(self) -> list[Jwk]:
        self.asked += 1
        if self.away:
            raise Unavailable
        return self.keys


@cache
def key(number: int = 0, bits: int = 2048) -> RSA.RsaKey:
    return RSA.generate(bits)


def jwk(number: int = 0, kid: str | None = None) -> Jwk:
    return Jwk(kid or f"key_{number}", to_uint(int(key(number).n)))


def claims(**changed: Any) -> dict[str, Any]:
    said = {"iss": "aisle", "aud": "aisle", "sub": "user_a", "jti": "token_a", "iat": NOW, "nbf": NOW, "exp": NOW + 900}
    return said | {"roles": ["customer"], "email": "ada@example.com"} | changed


def token(number: int = 0, *, kid: str | None = None, **changed: Any) -> bytes:
    payload = msgspec.json.encode(claims(**changed))
    return jws().encode(payload, key(number), ALGORITHM, headers={"kid": kid or f"key_{number}"}).encode()


def part(value: object) -> bytes:
    return urlsafe_b64encode(msgspec.json.encode(value)).rstrip(b"=")


def signed_by_hand(header: object, body: object, signature: bytes) -> bytes:
    return part(header) + b"." + part(body) + b"." + urlsafe_b64encode(signature).rstrip(b"=")


async def verifier(clock: Clock | None = None, **options: Any) -> Verifier:
    keys = KeySource(Auth(jwk()))
    await keys.run_once()
    return Verifier(keys, clock or Clock(), **options)


async def test_a_good_token_tells_who_asks() -> None:
    """A token that auth signed becomes the principal that it names, from text and from bytes alike."""
    checks = await verifier()
    expected = Principal("user_a", ("customer",), False, "ada@example.com", NOW + 900, "token_a")
    assert checks.verify(token()) == checks.verify(token().decode()) == expected
    assert not expected.is_admin
    assert checks.verify(token(roles=["customer", "admin"])).is_admin


async def test_a_checked_token_is_known_until_it_expires() -> None:
    """`known` answers for a token that was checked, for no other, and not for one second too long."""
    clock = Clock()
    checks = await verifier(clock)
    assert checks.known(token()) is None
    principal = checks.verify(token())
    assert checks.known(token()) is principal
    clock.now = NOW + 899.9
    assert checks.known(token()) is principal
    clock.now = NOW + 900.0
    assert checks.known(token()) is None
    with pytest.raises(TokenExpired):
        checks.verify(token())


async def test_the_cache_is_bounded() -> None:
    """Beyond its capacity the oldest tokens are forgotten, and checked again when they come."""
    checks = await verifier(capacity=3)
    tokens = [token(jti=f"token_{number}") for number in range(5)]
    for one in tokens:
        checks.verify(one)
    assert [checks.known(one) is not None for one in tokens] == [False, False, True, True, True]
    assert checks.verify(tokens[0]).token_id == "token_0"


async def test_alg_none_is_refused() -> None:
    """A token without a signature is forged, whatever way its header spells `none`."""
    checks = await verifier()
    for alg in ("none", "None", "NONE", "", None):
        with pytest.raises(Unauthenticated):
            checks.verify(signed_by_hand({"alg": alg, "typ": "JWT", "kid": "key_0"}, claims(), b""))


async def test_hs256_signed_with_the_public_key_is_refused() -> None:
    """The public key is no secret: a token that uses it as one is forged."""
    checks = await verifier()
    public = key().public_key()
    for secret in (public.export_key("PEM"), public.export_key("DER"), to_uint(int(public.n)).encode()):
        for alg in ("HS256", "RS256"):
            unsigned = part({"alg": alg, "typ": "JWT", "kid": "key_0"}) + b"." + part(claims())
            digest = hmac.digest(secret, unsigned, sha256)
            with pytest.raises(TokenForged):
                checks.verify(unsigned + b"." + urlsafe_b64encode(digest).rstrip(b"="))


async def test_other_algorithms_of_the_same_key_are_refused() -> None:
    """Only RS256 is spoken: RS512, PS256 and ES256 are not even tried."""
    checks = await verifier()
    for alg in ("RS384", "RS512", "PS256", "ES256", "EdDSA"):
        with pytest.raises(TokenForged):
            checks.verify(signed_by_hand({"alg": alg, "kid": "key_0"}, claims(), b"\x01" * 256))


async def test_a_token_of_another_key_is_forged() -> None:
    """A token signed by a stranger's key under our key's name is forged."""
    checks = await verifier()
    with pytest.raises(TokenForged):
        checks.verify(token(1, kid="key_0"))


async def test_a_missing_or_unknown_kid_is_refused() -> None:
    """A token must name a key, and one that auth publishes; a name that is not text is no name."""
    checks = await verifier()
    with pytest.raises(UnknownKey):
        checks.verify(token(kid="key_9"))
    for header in ({"alg": "RS256"}, {"alg": "RS256", "kid": 7}, {"alg": "RS256", "kid": ["key_0"]}):
        with pytest.raises(TokenMalformed):
            checks.verify(signed_by_hand(header, claims(), b"\x01" * 256))


async def test_a_truncated_or_stretched_signature_is_refused() -> None:
    """A signature has the length of the key, to the byte: leading zeros added or dropped make it no signature."""
    checks = await verifier()
    public, algorithm, message = PublicKey("key_0", int(key().n)), RS256(), b"message"
    signature = algorithm.sign(message, key())
    assert algorithm.verify(message, public, signature)
    assert not algorithm.verify(message, public, b"\x00" + signature)
    assert not algorithm.verify(message, public, signature[:-1])
    assert not algorithm.verify(message, public, signature + b"\x00")
    assert not algorithm.verify(message, public, b"")
    good = token()
    for cut in (1, 4, 100, 341, 342):
        with pytest.raises(Unauthenticated):
            checks.verify(good[:-cut])


def test_a_signature_as_large_as_the_modulus_is_refused() -> None:
    """s + n verifies as s does in arithmetic; RFC 8017 refuses it, and so does this."""
    public, algorithm, message = PublicKey("key_0", int(key().n)), RS256(), b"message"
    signature = int.from_bytes(algorithm.sign(message, key()))
    if (shifted := signature + public.n).bit_length() <= 2048:
        assert not algorithm.verify(message, public, shifted.to_bytes(256))
    assert not algorithm.verify(message, public, b"\xff" * 256)


def test_any_other_padding_is_refused() -> None:
    """Only the one encoding that PKCS#1 v1.5 allows passes, signed by the true key or not."""
    message, private = b"message", key()
    digest = sha256(message).digest()
    info = bytes.fromhex("3031300d060960864801650304020105000420")
    no_null = bytes.fromhex("302f300b0609608648016503040201") + b"\x04\x20"
    right = b"\x00\x01" + b"\xff" * 202 + b"\x00" + info + digest
    wrong = [
        b"\x00\x02" + right[2:],  # the padding of encryption
        b"\x01\x01" + right[2:],
        b"\x00\x01"
        + b"\xff" * 10
        + b"\x00"
        + info
        + digest
        + b"\x00" * 192,  # Bleichenbacher: rubbish behind the digest
        b"\x00\x01" + b"\xff" * 201 + b"\xfe\x00" + info + digest,
        b"\x00\x01" + b"\xff" * 204 + b"\x00" + no_null + digest,  # parameters left out
        b"\x00\x01" + b"\xff" * 221 + b"\x00" + digest,  # no algorithm named
        right[:-1] + bytes([right[-1] ^ 1]),
    ]
    public, algorithm = PublicKey("key_0", int(private.n)), RS256()

    def raw(encoded: bytes) -> bytes:
        assert len(encoded) == 256
        return pow(int.from_bytes(encoded), int(private.d), int(private.n)).to_bytes(256)

    assert algorithm.verify(message, public, raw(right))
    for encoded in wrong:
        assert not algorithm.verify(message, public, raw(encoded))


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (Jwk("weak", to_uint(2**2046 + 1)), "bits"),
        (Jwk("huge", to_uint(2**4096 + 1)), "bits"),
        (Jwk("even", to_uint(2**2047)), "even"),
        (Jwk("cube", to_uint(2**2047 + 1), e=to_uint(3)), "exponent"),
        (Jwk("curve", to_uint(2**2047 + 1), kty="EC"), "RS256"),
        (Jwk("other", to_uint(2**2047 + 1), alg="RS512"), "RS256"),
        (Jwk("text", "not base64url é"), "base64url"),
    ],
    ids=lambda value: value.kid if isinstance(value, Jwk) else "",
)
async def test_a_weak_key_is_left_out(bad: Jwk, why: str) -> None:
    """A key that is too small, too large, of another exponent or kind checks nothing, and the others stay good."""
    with pytest.raises(WeakKey, match=why):
        PublicKey.of(bad)
    keys = KeySource(Auth(bad, jwk()))
    await keys.run_once()
    assert keys.find(bad.kid) is None
    assert keys.find("key_0") is not None


def test_nothing_is_signed_with_a_weak_key() -> None:
    """A small key, a public one or a secret is refused where it would sign."""
    for unfit in (key(0, 1024), key().public_key(), "secret", b"secret", None):
        with pytest.raises(WeakKey):
            jws().encode(b"{}", unfit, ALGORITHM)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"iss": "another"}, TokenNotForUs),
        ({"aud": "another"}, TokenNotForUs),
        ({"aud": ["aisle", "another"]}, TokenMalformed),
        ({"nbf": NOW + 6}, TokenNotForUs),
        ({"exp": NOW}, TokenExpired),
        ({"exp": NOW - 1}, TokenExpired),
        ({"exp": str(NOW + 900)}, TokenMalformed),
        ({"exp": None}, TokenMalformed),
        ({"sub": 7}, TokenMalformed),
        ({"roles": "admin"}, TokenMalformed),
    ],
)
async def test_claims_are_checked(changed: dict[str, Any], fault: type[Unauthenticated]) -> None:
    """Issuer, audience, times and types are checked; expiry has no leeway."""
    with pytest.raises(fault):
        (await verifier()).verify(token(**changed))


async def test_a_clock_five_seconds_ahead_is_forgiven() -> None:
    """`nbf` may lie five seconds ahead: that much may two machines' clocks differ."""
    (await verifier()).verify(token(nbf=NOW + 5))


@pytest.mark.parametrize(
    "text",
    ["", ".", "..", "...", "a.b", "a.b.c.d", "é.é.é", "\ud800", "null", "e30.e30.e30", "x" * 5000, " " * 10],
)
async def test_rubbish_is_malformed(text: str) -> None:
    """What is not a token at all is told so, and nothing else is raised."""
    with pytest.raises(Unauthenticated):
        (await verifier()).verify(text)


async def test_padding_and_odd_headers_are_refused() -> None:
    """A token has one spelling: padded or detached forms and critical extensions are refused."""
    checks = await verifier()
    for odd in (token() + b"=", token() + b"==", token() + b"\n", b" " + token()):
        with pytest.raises(Unauthenticated):
            checks.verify(odd)
    for header in ({"crit": ["x"], "x": 1}, {"b64": False, "crit": ["b64"]}):
        with pytest.raises(Unauthenticated):
            checks.verify(signed_by_hand({"alg": "RS256", "kid": "key_0"} | header, claims(), b"\x01" * 256))


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
async def test_no_flipped_bit_passes(place: int, flip: int) -> None:
    """Whatever byte of a good token is changed, it is refused."""
    checks, good = await verifier(), bytearray(_good())
    good[place % len(good)] ^= flip
    with pytest.raises(Unauthenticated):
        checks.verify(bytes(good))


@cache
def _good() -> bytes:
    return token()


@given(st.binary(max_size=300))
async def test_no_other_bytes_pass(octets: bytes) -> None:
    """No signature but the one is good for a message."""
    public, algorithm = PublicKey("key_0", int(key().n)), RS256()
    assert not algorithm.verify(b"message", public, octets)


async def test_a_new_key_is_fetched_when_a_token_names_it() -> None:
    """After a rotation the first token of the new key is accepted at once."""
    clock = Clock()
    auth = Auth(jwk(0))
    keys = KeySource(auth, clock=clock)
    checks = Verifier(keys, clock)
    await checks.verify_async(token(0))
    auth.keys.append(jwk(1))
    clock.now += 5
    assert (await checks.verify_async(token(1))).user_id == "user_a"
    assert auth.asked == 2


async def test_forged_kids_cause_no_storm() -> None:
    """A thousand tokens of unknown keys make auth one question in five seconds."""
    clock = Clock()
    auth = Auth(jwk(0))
    keys = KeySource(auth, clock=clock)
    checks = Verifier(keys, clock)
    await checks.verify_async(token(0))
    for number in range(1000):
        with pytest.raises(UnknownKey):
            await checks.verify_async(signed_by_hand({"alg": "RS256", "kid": f"k{number}"}, claims(), b"\x01" * 256))
    assert auth.asked == 1
    clock.now += 5
    assert await keys.ensure("k1") is None
    assert auth.asked == 2


async def test_auth_away_is_unavailable_not_unauthenticated() -> None:
    """While the keys cannot be fetched nobody is told that their good token is bad; known keys go on serving."""
    clock = Clock()
    auth = Auth(jwk(0))
    auth.away = True
    keys = KeySource(auth, clock=clock)
    checks = Verifier(keys, clock)
    together = [checks.verify_async(token(0, jti=f"token_{number}")) for number in range(9)]
    outcome = await asyncio.gather(*together, return_exceptions=True)
    assert [type(result) for result in outcome] == [Unavailable] * 9
    assert auth.asked == 1
    auth.away = False
    clock.now += 5
    await checks.verify_async(token(0))
    auth.away = True
    with pytest.raises(Unavailable):
        await keys.run_once()
    assert (await checks.verify_async(token(0, jti="token_b"))).token_id == "token_b"


async def test_who_comes_before_auth_is_up_waits_for_it() -> None:
    """At start auth comes up beside the others: a token shown in that moment is checked when it is there."""
    auth = Auth(jwk(0))
    auth.away = True
    keys = KeySource(auth, clock=Clock())
    with pytest.raises(Unavailable):
        await keys.run_once()
    auth.away = False
    assert await keys.ensure("key_0") is not None


def test_a_key_survives_its_json_form() -> None:
    """A public key written as a JSON Web Key is the same key when read."""
    algorithm = RS256()
    assert algorithm.from_jwk(algorithm.to_jwk(key())).n == int(key().n)
    assert algorithm.from_jwk(algorithm.to_jwk(key(), as_dict=True)).e == 65537


def test_the_claims_are_short() -> None:
    """A token without a guest's or an e-mail's mark does not carry the fields: it is sent with every request."""
    short = Claims(iss="aisle", aud="aisle", sub="user_a", jti="token_a", iat=NOW, nbf=NOW, exp=NOW + 900)
    assert b"guest" not in msgspec.json.encode(short)
