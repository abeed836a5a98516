"""What would break somebody who still speaks the released contracts.

Old and new run side by side at every deployment, and a stream is read again from two weeks ago, so both directions
count: a reader of the old form meets new messages, and a reader of the new form old ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["breaks"]

Schema = Mapping[str, Any]

# Not among them: `default`. What equals the default is not sent, so another default changes what silence means.
_NOTES = frozenset({"title", "description", "examples", "$defs", "properties", "required"})


def breaks(released: Mapping[str, Schema], present: Mapping[str, Schema]) -> list[str]:
    """One line for each change that somebody would trip over; empty when all may be deployed."""
    found = []
    for contract, old in sorted(released.items()):
        new = present.get(contract)
        if new is None:
            found.append(f"{contract}: is gone")
        else:
            found += _compare(contract, old, old, new, new)
    return found


def _compare(at: str, old: Any, old_root: Schema, new: Any, new_root: Schema) -> Iterator[str]:
    """The two as they mean it: references followed, notes left out, objects field by field."""
    old, new = _followed(old, old_root), _followed(new, new_root)
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
            for number, (before, after) in enumerate(zip(old, new, strict=True)):
                yield from _compare(f"{at}[{number}]", before, old_root, after, new_root)
        elif old != new:
            yield f"{at}: was {old!r}, is {new!r}"
        return
    for keyword in sorted((old.keys() | new.keys()) - _NOTES):
        if keyword not in old or keyword not in new:
            yield f"{at}: {keyword} was {old.get(keyword)!r}, is {new.get(keyword)!r}"
        else:
            yield from _compare(at, old[keyword], old_root, new[keyword], new_root)
    yield from _fields(at, old, old_root, new, new_root)


def _fields(at: str, old: Schema, old_root: Schema, new: Schema, new_root: Schema) -> Iterator[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    needed_before, needed_after = set(old.get("required", ())), set(new.get("required", ()))
    for name in sorted(before):
        if name not in after:
            yield f"{at}.{name}: is gone"
            continue
        yield from _compare(f"{at}.{name}", before[name], old_root, after[name], new_root)
        if (name in needed_before) != (name in needed_after):
            yield f"{at}.{name}: was {_how(name in needed_before)}, is {_how(name in needed_after)}"
    for name in sorted(needed_after - before.keys()):
        yield f"{at}.{name}: is new and required"


def _followed(schema: Any, root: Schema) -> Any:
    """What a reference stands for; two contracts that say the same under other names are the same."""
    while isinstance(schema, Mapping) and "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    return schema


def _how(required: bool) -> str:
    return "required" if required else "optional"
