"""Layouts packed, and kept as long as there is room."""

from __future__ import annotations

from hypothesis import given

from internal.seatmap.layout import Layout, canonical, content_hash, encode
from internal.seatmap.shelf import Shelf, pack, unpack
from tests.seatmap.layouts import layouts


@given(layouts())
def test_what_is_packed_comes_out_again(layout: Layout) -> None:
    """The canonical layout, under its own hash; packed twice, the same bytes."""
    packed = pack(layout)
    assert unpack(packed) == canonical(layout)
    assert packed.hash == content_hash(encode(layout))
    assert pack(layout) == packed


def test_the_shelf_lets_go_of_what_was_unused_longest() -> None:
    """It never holds more than it has room for."""
    shelf = Shelf[bytes](10, len)
    shelf.put("a", b"12345")
    shelf.put("b", b"12345")
    assert shelf.get("a") == b"12345"
    shelf.put("c", b"1234")
    assert (shelf.get("a"), shelf.get("b"), shelf.get("c")) == (b"12345", None, b"1234")
    shelf.put("d", b"12345678901")
    assert shelf.get("d") is None
