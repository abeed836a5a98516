from __future__ import annotations

from typing import Any

from internal.gateway.documents import merged


def document(path: str, schemas: dict[str, Any], reference: str) -> dict[str, Any]:
    answer = {"content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{reference}"}}}}
    item = {"get": {"responses": {"200": answer}}}
    return {"openapi": "3.1.0", "paths": {path: item}, "components": {"schemas": schemas}}


def shown(whole: dict[str, Any], path: str) -> Any:
    answer = whole["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    return whole["components"]["schemas"][answer["$ref"].rpartition("/")[2]]


def test_the_same_name_for_something_else_is_another_name() -> None:
    """Each path goes on meaning its own schema, also where that is within another."""
    mine, theirs = {"type": "integer"}, {"type": "string"}
    inner = {"properties": {"event": {"$ref": "#/components/schemas/Event"}}}
    one = document("/a", {"Event": mine, "Problem": {"type": "object"}}, "Event")
    two = document("/b", {"Event": theirs, "Problem": {"type": "object"}, "Box": inner}, "Box")
    three = document("/c", {"Event": {"type": "null"}}, "Event")
    whole = merged([one, two, three])
    assert shown(whole, "/a") == mine
    assert shown(whole, "/c") == {"type": "null"}
    box = shown(whole, "/b")["properties"]["event"]["$ref"].rpartition("/")[2]
    assert whole["components"]["schemas"][box] == theirs
    assert sorted(whole["components"]["schemas"]) == ["Box", "Event", "Event2", "Event3", "Problem"]


def test_what_all_have_is_there_once() -> None:
    """The paths of health are those of the first."""
    one, two = document("/health", {"Health": {"a": 1}}, "Health"), document("/health", {"Health": {"a": 1}}, "Health")
    assert merged([one, two]) == one


def test_methods_of_one_path_may_come_from_two() -> None:
    """A path is whole though its methods belong to two services."""
    one, two = document("/a", {}, "X"), document("/a", {}, "X")
    two["paths"]["/a"] = {"post": {}}
    assert set(merged([one, two])["paths"]["/a"]) == {"get", "post"}
