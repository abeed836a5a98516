"""Where a buyer may be sent back to: to this house, to a site that it names, and nowhere else."""

from __future__ import annotations

import msgspec
import pytest

from internal.platform.config import BadConfig
from internal.platform.http.paying import Paying, ReturnElsewhere, ReturnUrl

HOUSE = {
    "AISLE_PAYING_PUBLIC_URL": "https://Tickets.example/",
    "AISLE_PAYING_RETURN_ORIGINS": "https://shop.example, http://fair.example:8443",
}


@pytest.mark.parametrize(
    ("asked", "back"),
    [
        (None, ""),
        ("/", "https://Tickets.example/"),
        ("/orders/1?lang=tr#pay", "https://Tickets.example/orders/1?lang=tr#pay"),
        ("https://tickets.example/a", "https://tickets.example/a"),
        ("https://TICKETS.example:443", "https://TICKETS.example:443"),
        ("https://shop.example?x=https://evil.example", "https://shop.example?x=https://evil.example"),
        ("http://fair.example:8443/", "http://fair.example:8443/"),
    ],
)
def test_home_and_named_sites(asked: str | None, back: str) -> None:
    """The whole address, however it was written."""
    assert Paying.of(HOUSE).back(msgspec.convert(asked, ReturnUrl | None)) == back


@pytest.mark.parametrize(
    "asked",
    [
        "https://evil.example",
        "https://shop.example.evil.example/",
        "https://evilshop.example/",
        "http://shop.example/",
        "https://shop.example:8443/",
        "http://127.0.0.1:8080/",
        "http://[::1]/",
        "https://shop.example:99999/",
        "http://[1:2:::::3]/",
    ],
)
def test_everywhere_else_is_refused(asked: str) -> None:
    """A stranger's site, another scheme or port of one of ours, and the machine itself once it has a name."""
    with pytest.raises(ReturnElsewhere) as refused:
        Paying.of(HOUSE).back(msgspec.convert(asked, ReturnUrl))
    assert refused.value.extra["path"] == "$.payment.returnUrl"


@pytest.mark.parametrize(
    "asked",
    [
        "//evil.example", "/\\evil.example", "\\\\evil.example", "/a b", "/a\n", "https://shop.example@evil.example/",
        "https://shop.example\\@evil.example/", "javascript:alert(1)", "data:text/html,x", "orders/1", "",
    ],
)  # fmt: skip
def test_what_browsers_read_otherwise_is_no_address(asked: str) -> None:
    """Refused by its form."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(asked, ReturnUrl)


@pytest.mark.parametrize("asked", ["http://127.0.0.1/back", "http://localhost:3000/", "http://[::1]:5173/x"])
def test_a_laptop_sends_back_to_itself(asked: str) -> None:
    """Without a name of its own it is somebody's machine, and whatever port they develop on is theirs."""
    assert Paying.of({}).back(msgspec.convert(asked, ReturnUrl)) == asked
    assert Paying.of({"AISLE_PORT": "8123"}).back("/x") == "http://127.0.0.1:8123/x"
    with pytest.raises(ReturnElsewhere):
        Paying.of({}).back("https://shop.example/")


@pytest.mark.parametrize("name", ["AISLE_PAYING_PUBLIC_URL", "AISLE_PAYING_RETURN_ORIGINS"])
@pytest.mark.parametrize("wrong", ["shop.example", "ftp://shop.example", "https://", "http://[::1"])
def test_a_site_that_is_none_is_told_at_start(name: str, wrong: str) -> None:
    """An operator's mistake is not found out by a buyer."""
    with pytest.raises(BadConfig):
        Paying.of({name: wrong})
