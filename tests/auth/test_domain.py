from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from internal.auth.domain import (
    KeyTimes,
    RefreshRefused,
    Session,
    SigningKey,
    Verdict,
    address,
    judge,
    next_key,
    outlived,
    parse_refresh,
    refresh_digest,
    signer,
)
from internal.platform.faults import Malformed
from internal.platform.ids import new_id

NOW = datetime(2027, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
TIMES = KeyTimes(rotation=7 * DAY, lead=timedelta(minutes=10), token_life=timedelta(minutes=15))


def session(*, ended: bool = False, expires_at: datetime = NOW + DAY) -> Session:
    return Session(
        family="session_a",
        user_id="user_a",
        digest=refresh_digest("good"),
        expires_at=expires_at,
        ended_at=NOW if ended else None,
    )


def test_the_one_token_of_a_session_is_good_and_any_other_was_used_before() -> None:
    """Of a session that lives the newest token is good; another one of it can only be an older one."""
    assert judge(session(), refresh_digest("good"), NOW) is Verdict.GOOD
    assert judge(session(), refresh_digest("older"), NOW) is Verdict.REUSED


def test_nothing_is_good_of_a_session_that_is_over() -> None:
    """Ended, expired or unknown: refused, whatever is shown, to the second."""
    for secret in ("good", "older"):
        digest = refresh_digest(secret)
        assert judge(None, digest, NOW) is Verdict.REFUSED
        assert judge(session(ended=True), digest, NOW) is Verdict.REFUSED
        assert judge(session(expires_at=NOW), digest, NOW) is Verdict.REFUSED


@given(st.text())
def test_any_text_is_a_refresh_token_or_refused(text: str) -> None:
    """Whatever is shown as a refresh token is taken apart or refused, and nothing else happens."""
    try:
        family, secret = parse_refresh(text)
    except RefreshRefused:
        return
    assert f"{family}.{secret}" == text


def test_a_refresh_token_names_its_session() -> None:
    """The token that is given is read back as the session and the secret."""
    family = new_id("session")
    assert parse_refresh(f"{family}.abc") == (family, "abc")


def test_an_address_is_kept_in_small_letters() -> None:
    """Ada@Example.COM and ada@example.com are one mailbox."""
    assert address("Ada+seats@Example.COM") == "ada+seats@example.com"


@pytest.mark.parametrize("text", ["", "ada", "@", "a@b", "a b@c.de", "a@b..c", "a@b.c\n@d.e", "ä@b.cd", "a@b.cd\0"])
def test_what_is_no_address_is_malformed(text: str) -> None:
    """A mailbox, an @, and a domain with a dot in it."""
    with pytest.raises(Malformed):
        address(text)


def key(signs_from: datetime) -> SigningKey:
    return SigningKey(kid=new_id("key"), private_key="", created_at=signs_from - TIMES.lead, signs_from=signs_from)


def test_the_first_key_signs_at_once() -> None:
    """Without any key the new one signs immediately: nothing was published that could be out of date."""
    assert next_key([], NOW, TIMES) == NOW


def test_the_next_key_is_made_ahead_of_its_time() -> None:
    """A week after the last one, less the lead, a key is made that signs when the week is over."""
    keys = [key(NOW)]
    assert next_key(keys, NOW + 7 * DAY - timedelta(minutes=11), TIMES) is None
    assert next_key(keys, NOW + 7 * DAY - timedelta(minutes=10), TIMES) == NOW + 7 * DAY


def test_a_late_key_is_published_before_it_signs_all_the_same() -> None:
    """After an outage of weeks the old key goes on signing for the ten minutes that the new one needs to be known."""
    keys = [key(NOW)]
    late = NOW + 30 * DAY
    assert next_key(keys, late, TIMES) == late + TIMES.lead
    assert signer([*keys, key(late + TIMES.lead)], late) == keys[0]


@given(st.lists(st.integers(min_value=1, max_value=40_000), min_size=1, max_size=60))
def test_whatever_the_loop_misses_every_token_can_be_checked(steps: list[int]) -> None:
    """Run at any times, minutes or weeks apart: a key that is long known signs, and is there while needed."""
    now, keys = NOW, list[SigningKey]()
    published: dict[str, datetime] = {}
    good_until: dict[str, datetime] = {}
    for minutes in [0, *steps]:
        now += timedelta(minutes=minutes)
        signing = signer(keys, now)
        if signing is not None:
            assert published[signing.kid] == NOW or now - published[signing.kid] >= TIMES.lead
            good_until[signing.kid] = now + TIMES.token_life
        if (signs_from := next_key(keys, now, TIMES)) is not None:
            made = key(signs_from)
            keys.append(made)
            published[made.kid] = now
        assert next_key(keys, now, TIMES) is None
        gone = {one.kid for one in outlived(keys, now, TIMES)}
        assert all(good_until.get(kid, NOW) < now for kid in gone)
        keys = [one for one in keys if one.kid not in gone]
        assert signer(keys, now) is not None
        assert len(keys) <= 3
