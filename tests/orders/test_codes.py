"""The signed code of a ticket, checked as a scanner without network does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from internal.orders import codes
from internal.orders.codes import Stub

KEY = codes.fresh_key()
OTHER = codes.fresh_key()
HEX = st.text("0123456789abcdef", min_size=32, max_size=32)
SEATS = st.from_regex(r"[A-Za-z0-9._:-]{1,64}", fullmatch=True)
STUBS = st.builds(
    Stub,
    kid=st.text("0123456789abcdef", min_size=8, max_size=8),
    ticket_id=HEX.map("ticket_{}".format),
    showtime_id=HEX.map("showtime_{}".format),
    serial=st.integers(1, 65_535),
    seat_id=SEATS,
)
STUB = Stub("0a1b2c3d", "ticket_" + "1" * 32, "showtime_" + "2" * 32, 1, "A-12")
CODE = codes.write(STUB, lambda message: codes.signed(KEY, message))


def good(code: str) -> bool:
    printed = codes.read(code)
    return printed is not None and codes.verified(KEY.public_key(), printed)


@given(STUBS)
def test_a_code_says_its_ticket(stub: Stub) -> None:
    """What was written is read, signed, and no longer than the longest."""
    code = codes.write(stub, lambda message: codes.signed(KEY, message))
    printed = codes.read(code)
    assert printed is not None
    assert printed.stub == stub
    assert len(code) <= codes.LONGEST
    assert codes.verified(KEY.public_key(), printed)
    assert not codes.verified(OTHER.public_key(), printed)


@pytest.mark.parametrize("at", range(len(CODE)))
def test_one_changed_character_is_no_code(at: int) -> None:
    """Wherever one letter is another one, it opens no door: not even the last, of whose bits some are not used."""
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[:: 1 if at == len(CODE) - 1 else 11]:
        if letter != CODE[at]:
            assert not good(CODE[:at] + letter + CODE[at + 1 :])


@given(st.text(max_size=400))
def test_what_is_no_code_is_told_so(text: str) -> None:
    """A web address, a poem, an empty line: None, and no exception."""
    assert codes.read(text) is None


@pytest.mark.parametrize("text", [CODE.lower(), CODE + "=", CODE + "A", CODE[:-1], " " + CODE, CODE * 3, "é" * 175])
def test_there_is_one_way_to_write_a_code(text: str) -> None:
    """So that two texts are never one ticket."""
    assert not good(text)


def test_a_code_fits_a_small_picture() -> None:
    """Version 7 at most, for a seat of an ordinary name, where RS256 would need version 15."""
    import segno  # noqa: PLC0415 - only this test looks at pictures

    assert int(segno.make_qr(CODE, error="m").version) <= 7
