"""Writes what others read of the contracts: `python -m proto.generate`.

`proto/schemas/<subject>.json` is each contract as JSON Schema, `docs/asyncapi.json` all of them as AsyncAPI 3.0.
`python -m proto.generate --release` also freezes them in `proto/released/`, unless that would break somebody.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

import proto
from proto import sockets
from proto.compatibility import breaks
from proto.dlq import DeadLetter

__all__ = ["asyncapi", "main", "read", "schemas", "text"]

HERE = Path(__file__).parent
SCHEMAS, RELEASED, ASYNCAPI = HERE / "schemas", HERE / "released", HERE.parent / "docs" / "asyncapi.json"
DEAD_LETTERS = "dlq"

_HEADERS = {
    "type": "object",
    "properties": {
        "Nats-Msg-Id": {"type": "string", "description": "The event's id: the same however often it is told"},
        "Aisle-Time": {"type": "string", "format": "date-time", "description": "When the fact was committed"},
        "X-Request-Id": {"type": "string", "description": "The request that it comes from"},
        "traceparent": {"type": "string", "description": "W3C trace context"},
        "Aisle-Actor": {"type": "string", "description": "Whose doing it is: a user's id, or a service's name"},
    },
}


def schemas() -> dict[str, dict[str, Any]]:
    """Contract -> JSON Schema; a request's answer is a contract of its own, `<subject>.answer`."""
    proto.everything()
    structs: dict[str, Any] = {**proto.EVENTS, **proto.PICTURES, **proto.REQUESTS, DEAD_LETTERS: DeadLetter}
    structs |= {f"{subject}.answer": request.answers for subject, request in proto.REQUESTS.items()}
    return {contract: msgspec.json.schema(struct) for contract, struct in sorted(structs.items())}


def asyncapi() -> dict[str, Any]:
    """All subjects, who sends what, and which request has which answer."""
    proto.everything()
    structs = [*proto.EVENTS.values(), *proto.PICTURES.values(), *proto.REQUESTS.values(), DeadLetter]
    structs += [request.answers for request in proto.REQUESTS.values()]
    structs += [*sockets.CLIENT, *sockets.SERVER]
    _, components = msgspec.json.schema_components(structs, ref_template="#/components/schemas/{name}")
    document = _Document(components)
    for subject, event in proto.EVENTS.items():
        document.send(subject, subject, event, stream=subject.split(".")[0].upper())
    for subject, shown in proto.PICTURES.items():
        address = msgspec.structs.fields(shown)
        name = next(field.encode_name for field in address if field.name == shown.address)
        document.send(subject, f"{subject}.{{{name}}}", shown, parameters=[name])
    document.send(DEAD_LETTERS, "dlq.{stream}.{durable}", DeadLetter, stream="DLQ", parameters=["stream", "durable"])
    for subject, request in proto.REQUESTS.items():
        document.answer(subject, request)
    document.converse("ws", "/ws", sockets.CLIENT, sockets.SERVER, sockets.CLOSE_CODES)
    return document.whole()


class _Document:
    def __init__(self, components: dict[str, Any]) -> None:
        self._schemas = components
        self._channels: dict[str, Any] = {}
        self._operations: dict[str, Any] = {}
        self._messages: dict[str, Any] = {}

    def send(
        self, key: str, address: str, struct: Any, *, stream: str | None = None, parameters: list[str] | None = None
    ) -> None:
        self._channels[key] = {
            "address": address,
            "messages": {struct.__name__: self._message(struct)},
            **({"parameters": {name: {} for name in parameters}} if parameters else {}),
            **({"description": f"On the stream {stream}"} if stream else {}),
        }
        self._operations[f"send.{key}"] = {"action": "send", "channel": _ref("channels", key)}

    def answer(self, subject: str, request: type[proto.Request[Any]]) -> None:
        names = {field.name: field.encode_name for field in msgspec.structs.fields(request)}
        parameters = [names[name] for name in request.address]
        self._channels[subject] = {
            "address": ".".join([subject, *(f"{{{name}}}" for name in parameters)]),
            "messages": {request.__name__: self._message(request)},
            **({"parameters": {name: {} for name in parameters}} if parameters else {}),
        }
        reply = f"{subject}.answer"
        self._channels[reply] = {
            "address": None,
            "messages": {request.answers.__name__: self._message(request.answers)},
        }
        self._operations[f"receive.{subject}"] = {
            "action": "receive",
            "channel": _ref("channels", subject),
            "reply": {"address": {"location": "$message.header#/reply"}, "channel": _ref("channels", reply)},
        }

    def converse(
        self, key: str, address: str, said: Sequence[Any], shown: Sequence[Any], codes: Mapping[int, str]
    ) -> None:
        """A WebSocket: both sides' frames on one channel."""
        closing = "; ".join(f"{code}: {why}" for code, why in codes.items())
        self._channels[key] = {
            "address": address,
            "description": f"A WebSocket, JSON in text frames. Closed with {closing}.",
            "messages": {struct.__name__: self._message(struct, headers=False) for struct in (*said, *shown)},
            "bindings": {"ws": {"method": "GET", "bindingVersion": "0.1.0"}},
        }
        for action, structs in (("receive", said), ("send", shown)):
            self._operations[f"{action}.{key}"] = {
                "action": action,
                "channel": _ref("channels", key),
                "messages": [_ref(f"channels/{key}/messages", struct.__name__) for struct in structs],
            }

    def _message(self, struct: Any, *, headers: bool = True) -> dict[str, str]:
        self._messages[struct.__name__] = {
            "name": struct.__name__,
            "summary": " ".join((struct.__doc__ or "").split("\n\n")[0].split()),
            "contentType": "application/json",
            **({"headers": {"$ref": "#/components/schemas/headers"}} if headers else {}),
            "payload": {"$ref": f"#/components/schemas/{struct.__name__}"},
        }
        return _ref("components/messages", struct.__name__)

    def whole(self) -> dict[str, Any]:
        return {
            "asyncapi": "3.0.0",
            "info": {
                "title": "Aisle",
                "version": "1.0.0",
                "description": "Facts on JetStream, requests on rpc.>, live pictures on live.>, and for browsers /ws",
            },
            "defaultContentType": "application/json",
            "channels": dict(sorted(self._channels.items())),
            "operations": dict(sorted(self._operations.items())),
            "components": {
                "messages": dict(sorted(self._messages.items())),
                "schemas": {"headers": _HEADERS, **dict(sorted(self._schemas.items()))},
            },
        }


def _ref(section: str, key: str) -> dict[str, str]:
    return {"$ref": f"#/{section}/{key}"}


def text(document: Any) -> str:
    """As it is committed: one way to write it, so that a difference is a difference."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def read(folder: Path) -> dict[str, dict[str, Any]]:
    """The contracts of a folder."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}


def _write(folder: Path, contracts: dict[str, dict[str, Any]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.json"):
        if path.stem not in contracts:
            path.unlink()
    for contract, schema in contracts.items():
        (folder / f"{contract}.json").write_text(text(schema))


def main(arguments: list[str]) -> int:
    """0, or 1 when a release would break somebody."""
    present = schemas()
    _write(SCHEMAS, present)
    ASYNCAPI.write_text(text(asyncapi()))
    if "--release" in arguments:
        found = breaks(read(RELEASED), present)
        if found:
            sys.stderr.write("\n".join(["not released:", *found]) + "\n")
            return 1
        _write(RELEASED, present)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
