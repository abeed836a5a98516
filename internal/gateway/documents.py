"""Several OpenAPI documents as one: pure.

Two services may have a schema of the same name that means something else: the later one is given another name, and what
refers to it follows. The same name for the same thing, like `Problem`, is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["merged"]

_REFERENCE = "#/components/schemas/"

Document = dict[str, Any]


def merged(documents: Sequence[Document]) -> Document:
    """All of them; what stands in an earlier one stays as it is."""
    first, *others = documents
    paths: Document = dict(first.get("paths", {}))
    components: Document = dict(first.get("components", {}))
    schemas: Document = dict(components.get("schemas", {}))
    for document in others:
        own, changed = _named(document, schemas)
        schemas |= own
        for path, item in _followed(document.get("paths", {}), changed).items():
            paths[path] = {**item, **paths.get(path, {})}
    return {**first, "paths": dict(sorted(paths.items())), "components": {**components, "schemas": schemas}}


def _named(document: Document, taken: Document) -> tuple[Document, dict[str, str]]:
    """The document's schemas under names that are free, and the names that changed."""
    own: Document = document.get("components", {}).get("schemas", {})
    changed = {name: _free(name, own, taken) for name in own if name in taken and own[name] != taken[name]}
    return {changed.get(name, name): _followed(schema, changed) for name, schema in own.items()}, changed


def _free(name: str, own: Document, taken: Document) -> str:
    number = 2
    while f"{name}{number}" in taken or f"{name}{number}" in own:
        number += 1
    return f"{name}{number}"


def _followed(value: Any, changed: dict[str, str]) -> Any:
    """The value, its references by the names as they are now."""
    if isinstance(value, dict):
        return {
            key: _reference(one, changed) if key == "$ref" else _followed(one, changed) for key, one in value.items()
        }
    if isinstance(value, list):
        return [_followed(one, changed) for one in value]
    return value


def _reference(target: Any, changed: dict[str, str]) -> Any:
    if not isinstance(target, str) or not target.startswith(_REFERENCE):
        return target
    name = target.removeprefix(_REFERENCE)
    return _REFERENCE + changed.get(name, name)
