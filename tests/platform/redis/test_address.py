from __future__ import annotations

import pytest

from internal.platform.config import BadConfig
from internal.platform.redis.address import Address


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("redis://", Address()),
        ("redis://cache", Address(host="cache")),
        ("redis://cache:7000/3", Address(host="cache", port=7000, database=3)),
        ("redis://:p%40ss@cache/", Address(host="cache", password="p@ss")),
        ("rediss://aisle:secret@cache", Address(host="cache", tls=True, username="aisle", password="secret")),
        ("redis://[::1]:7000", Address(host="::1", port=7000)),
        ("unix:///run/valkey.sock", Address(path="/run/valkey.sock")),
        ("unix://:secret@/run/valkey.sock", Address(path="/run/valkey.sock", password="secret")),
    ],
)
def test_a_url_is_read(url: str, address: Address) -> None:
    """Every part that a URL may have, percent signs undone."""
    assert Address.of(url) == address


@pytest.mark.parametrize("url", ["http://cache", "cache:6379", "redis://cache:port", "redis://cache/first", ""])
def test_what_is_no_url_of_redis_is_told(url: str) -> None:
    """One line for the operator."""
    with pytest.raises(BadConfig, match="URL of Redis"):
        Address.of(url)
