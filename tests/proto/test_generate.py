"""What is committed of the contracts is what the code says."""

from __future__ import annotations

import json
from typing import Any

import jsonschema

import proto
from proto.generate import ASYNCAPI, SCHEMAS, asyncapi, read, schemas, text


def test_the_committed_schemas_are_current() -> None:
    """`python -m proto.generate` was run after the last change."""
    assert read(SCHEMAS) == schemas()


def test_the_committed_asyncapi_document_is_current() -> None:
    """`python -m proto.generate` was run after the last change."""
    assert ASYNCAPI.read_text() == text(asyncapi())


def test_every_contract_is_in_the_document_and_every_reference_leads_somewhere() -> None:
    """A reader of the document alone finds everything."""
    document = asyncapi()
    assert {*proto.EVENTS, *proto.PICTURES, *proto.REQUESTS} <= document["channels"].keys()
    for reference in _references(document):
        place: Any = document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


def test_no_two_contracts_have_one_name() -> None:
    """The document names its messages by their class."""
    structs = {*proto.EVENTS.values(), *proto.PICTURES.values(), *proto.REQUESTS.values()}
    structs |= {request.answers for request in proto.REQUESTS.values()}
    assert len({struct.__name__ for struct in structs}) == len(structs)


def test_the_schemas_are_schemas() -> None:
    """Of draft 2020-12, which AsyncAPI's readers and ours take."""
    for schema in schemas().values():
        jsonschema.Draft202012Validator.check_schema(schema)


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [found for value in node.values() for found in _references(value)]
    if isinstance(node, list):
        return [found for value in node for found in _references(value)]
    return []


def test_the_files_end_in_a_newline() -> None:
    """So that a difference shows only what differs."""
    assert all(path.read_text() == text(json.loads(path.read_text())) for path in SCHEMAS.glob("*.json"))
