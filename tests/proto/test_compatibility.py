"""A contract that somebody speaks already is only added to."""

from __future__ import annotations

from typing import Literal

import msgspec
import pytest

from proto import Part
from proto.compatibility import breaks
from proto.generate import RELEASED, read, schemas


class Inner(Part, frozen=True, kw_only=True):
    name: str


class Old(Part, frozen=True, kw_only=True):
    order_id: str
    total: int
    note: str | None = None
    role: Literal["a", "b"] = "a"
    parts: list[Inner] = []


class Grown(Part, frozen=True, kw_only=True):
    """With a note, and more fields that may be left out."""

    order_id: str
    total: int
    note: str | None = None
    role: Literal["a", "b"] = "a"
    parts: list[Inner] = []
    currency: str = "TRY"
    tags: list[str] = []


class Renamed(Part, frozen=True, kw_only=True):
    order: str
    total: int
    note: str | None = None
    role: Literal["a", "b"] = "a"
    parts: list[Inner] = []


class Removed(Part, frozen=True, kw_only=True):
    order_id: str
    total: int
    role: Literal["a", "b"] = "a"
    parts: list[Inner] = []


class Retyped(Part, frozen=True, kw_only=True):
    order_id: str
    total: str
    note: str | None = None
    role: Literal["a", "b"] = "a"
    parts: list[Inner] = []


class Demanding(Part, frozen=True, kw_only=True):
    order_id: str
    total: int
    note: str | None
    role: Literal["a", "b"] = "a"
    parts: list[Inner] = []


class Asking(Part, frozen=True, kw_only=True):
    order_id: str
    total: int
    user_id: str
    note: str | None = None
    role: Literal["a", "b"] = "a"
    parts: list[Inner] = []


class Silent(Part, frozen=True, kw_only=True):
    order_id: str
    total: int = 0
    note: str | None = None
    role: Literal["a", "b"] = "a"
    parts: list[Inner] = []


class Chosen(Part, frozen=True, kw_only=True):
    order_id: str
    total: int
    note: str | None = None
    role: Literal["a", "c"] = "a"
    parts: list[Inner] = []


class Otherwise(Part, frozen=True, kw_only=True):
    order_id: str
    total: int
    note: str | None = None
    role: Literal["a", "b"] = "b"
    parts: list[Inner] = []


class InnerRetyped(Part, frozen=True, kw_only=True):
    name: int


class Deep(Part, frozen=True, kw_only=True):
    order_id: str
    total: int
    note: str | None = None
    role: Literal["a", "b"] = "a"
    parts: list[InnerRetyped] = []


def test_the_present_contracts_break_nobody_who_speaks_the_released_ones() -> None:
    """A field may be added with a default; nothing else of what is released may change."""
    released = read(RELEASED)
    assert released
    assert breaks(released, schemas()) == []


def test_fields_that_may_be_left_out_can_be_added_and_notes_changed() -> None:
    """That is how a contract grows."""
    assert breaks({"c": msgspec.json.schema(Old)}, {"c": msgspec.json.schema(Grown), "new": {}}) == []


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        (Renamed, "c.orderId: is gone"),
        (Removed, "c.note: is gone"),
        (Retyped, "c.total: was 'integer', is 'string'"),
        (Demanding, "c.note: was optional, is required"),
        (Asking, "c.userId: is new and required"),
        (Silent, "c.total: was required, is optional"),
        (Chosen, "c.role[1]: was 'b', is 'c'"),
        (Otherwise, "c.role: was 'a', is 'b'"),
        (Deep, "c.parts.name: was 'string', is 'integer'"),
    ],
)
def test_an_incompatible_change_is_named(changed: type[Part], line: str) -> None:
    """Each of these would trip somebody who still speaks the old form."""
    assert line in breaks({"c": msgspec.json.schema(Old)}, {"c": msgspec.json.schema(changed)})


def test_a_contract_that_is_gone_is_named() -> None:
    """Somebody may still say or hear it."""
    assert breaks({"c": msgspec.json.schema(Old)}, {}) == ["c: is gone"]
