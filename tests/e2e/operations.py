"""The operations of the OpenAPI document, addressed at what is really there: a new route is covered by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from tests.e2e.stage import Scene, Stage
from tests.running import Person

__all__ = ["Operation", "operations", "whoever_may"]

_WRITES = {"post", "put", "patch", "delete"}
# The query parameters without which a route says 400 before it looks at anything else.
_NEEDED = {"venueId": "venue_id", "organizationId": "organization_id", "entity": "organization_id"}


@dataclass(frozen=True)
class Operation:
    """A method at a path, and what it takes."""

    method: str
    template: str
    body: Mapping[str, Any] | None
    query: Mapping[str, str]
    tags: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.method} {self.template}"

    @property
    def names(self) -> list[str]:
        """Its path parameters."""
        return re.findall(r"{(\w+)}", self.template)

    def path(self, ids: Mapping[str, str], **other: str) -> str:
        """Its address with real ids; `other` are put in as they are."""
        names = {name: other.get(name, quote(ids[name], safe="")) for name in self.names}
        return self.template.format(**names)


def operations(document: Mapping[str, Any], scene: Scene, *, writes: bool = False) -> Iterator[Operation]:
    """All of them, or those that write."""
    for template, methods in document["paths"].items():
        for method, operation in methods.items():
            if method not in _WRITES and writes:
                continue
            asked = {one["name"] for one in operation.get("parameters", []) if one["in"] == "query" and one["required"]}
            query = {name: scene.ids[_NEEDED[name]] for name in sorted(asked)}
            tags = frozenset(operation.get("tags", []))
            yield Operation(method.upper(), template, _form(document, operation), query, tags)


def whoever_may(operation: Operation, stage: Stage, scene: Scene) -> Person:
    """Somebody whom the operation would obey: nothing but the bad request itself stands in the way."""
    return scene.buyer if "hold" in operation.template else stage.admin


def _form(document: Mapping[str, Any], operation: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The schema of the body, if it takes one."""
    if "requestBody" not in operation:
        return None
    schema: Mapping[str, Any] = operation["requestBody"]["content"]["application/json"]["schema"]
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema
