from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from internal.payments.providers import signatures
from internal.payments.providers.interface import BadWebhook
from internal.payments.providers.signatures import TOLERANCE
from internal.payments.providers.stripe.provider import Stripe, calling
from tests.payments.stripe_peer import KEY, SECRET

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
LOG = structlog.get_logger()


def told(body: bytes, now: datetime = NOW) -> Any:
    provider = Stripe(calling("http://127.0.0.1:1", KEY, LOG), LOG, webhook_secret=SECRET)
    seconds = str(int(NOW.timestamp()))
    return provider.read_webhook({"stripe-signature": f"t={seconds},v1={signature(SECRET, seconds, body)}"}, body, now)


def event(kind: str, thing: object) -> bytes:
    return msgspec.json.encode({"id": "evt_1", "type": kind, "data": {"object": thing}})


def test_webhook_of_a_refund() -> None:
    """A refund's message names the refund and its payment."""
    read = told(event("refund.updated", {"id": "re_1", "metadata": {"payment_id": "pay_1", "refund_id": "refund_1"}}))
    assert (read.payment_id, read.refund_id) == ("pay_1", "refund_1")


@pytest.mark.parametrize("kind", ["refund.failed", "refund.updated", "charge.refund.updated"])
@pytest.mark.parametrize(("status", "failed"), [("failed", True), ("canceled", True), ("succeeded", False), (1, False)])
def test_webhook_of_a_refund_that_came_back(kind: str, status: object, failed: bool) -> None:
    """Whatever the message is called, what the refund has become says whether its money came back."""
    ours = {"payment_id": "pay_1", "refund_id": "refund_1"}
    assert told(event(kind, {"id": "re_1", "status": status, "metadata": ours})).refund_failed is failed


@pytest.mark.parametrize(
    ("kind", "thing"),
    [
        ("payment_intent.succeeded", {"id": "pi_1", "metadata": {}}),
        ("payment_intent.succeeded", {"id": "pi_1", "metadata": None}),
        ("customer.created", {"id": "cus_1", "metadata": {"payment_id": "pay_1"}}),
    ],
)
def test_webhook_of_others(kind: str, thing: object) -> None:
    """What is not about a payment of ours is passed over."""
    assert told(event(kind, thing)) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b"\xff",
        event("payment_intent.succeeded", []),
        event("payment_intent.succeeded", {"metadata": {"payment_id": 7}}),
        event("refund.updated", {"metadata": {"payment_id": "pay_1"}}),
    ],
)
def test_webhook_of_nonsense(body: bytes) -> None:
    """Even what is signed is refused, and breaks nothing, when it is no event."""
    with pytest.raises(BadWebhook):
        told(body)


def signature(secret: str, seconds: str, body: bytes) -> str:
    return hmac.new(secret.encode(), seconds.encode() + b"." + body, hashlib.sha256).hexdigest()


def is_signed(head: str, body: bytes, now: datetime) -> bool:
    try:
        signatures.check(head, body, SECRET, now)
    except BadWebhook:
        return False
    return True


SIGNED = st.tuples(st.binary(max_size=200), st.integers(1_000_000_000, 4_000_000_000))


def header(body: bytes, seconds: int) -> str:
    return f"t={seconds},v1={signature(SECRET, str(seconds), body)}"


@given(SIGNED, st.integers(-TOLERANCE, TOLERANCE))
def test_signature_is_good(signed: tuple[bytes, int], late: int) -> None:
    """What is signed with the secret is good within the tolerance, among other signatures, too."""
    body, seconds = signed
    now = datetime.fromtimestamp(seconds + late, UTC)
    assert is_signed(header(body, seconds), body, now)
    assert is_signed(f"v0=00, v1={'0' * 64}, {header(body, seconds)} ,v1=", body, now)


@given(SIGNED, st.integers(TOLERANCE + 1, 10**8), st.sampled_from([-1, 1]))
def test_old_signature(signed: tuple[bytes, int], late: int, side: int) -> None:
    """A signature that is too old, or of the future, is refused."""
    body, seconds = signed
    assert not is_signed(header(body, seconds), body, datetime.fromtimestamp(seconds + side * late, UTC))


@given(SIGNED, st.data())
def test_changed_byte(signed: tuple[bytes, int], data: st.DataObject) -> None:
    """Whichever byte of the body, the time or the signature is changed, it is refused."""
    body, seconds = signed
    now = datetime.fromtimestamp(seconds, UTC)
    message = header(body, seconds).encode("latin-1") + b"\n" + body
    at = data.draw(st.integers(0, len(message) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != message[at]))
    changed = message[:at] + bytes([other]) + message[at + 1 :]
    head, _, rest = changed.partition(b"\n")
    assert not is_signed(head.decode("latin-1"), rest, now)


@given(st.text(max_size=80), st.binary(max_size=20))
def test_any_header(head: str, body: bytes) -> None:
    """Whatever stands in the header, the answer is no, not an error."""
    assert not is_signed(head, body, NOW)


@pytest.mark.parametrize("seconds", ["", "+1795255200", "1_795_255_200", "１７９５２５５２００", "-1", "9" * 40])  # noqa: RUF001
def test_time_is_digits(seconds: str) -> None:
    """A time in any other spelling is refused, though it be signed."""
    head = f"t={seconds},v1={signature(SECRET, seconds, b'')}"
    assert not is_signed(head, b"", NOW)


def test_two_times() -> None:
    """A header with two times is refused: which of them was signed is not for us to guess."""
    seconds = int(NOW.timestamp())
    assert not is_signed(f"t={seconds - 9000},{header(b'', seconds)}", b"", NOW)
