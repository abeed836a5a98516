"""Questions and commands: the asking side."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from typing import Any, TypeVar

import msgspec
import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg

from internal.platform.bus.envelope import BUDGET, FAULT, encode
from internal.platform.bus.faults import MessageTooLarge, NoAnswer
from internal.platform.faults import Fault, Internal, Kind, Unavailable, fault_from_wire
from internal.platform.stopping import still_wanted
from proto import Answer, Request

__all__ = ["FaultBody", "ask", "ask_each"]

A = TypeVar("A", bound=Answer)


class FaultBody(msgspec.Struct, frozen=True):
    """A fault as it crosses the wire."""

    code: str
    kind: str
    detail: str
    extra: dict[str, Any] = {}


async def ask(client: Client, request: Request[A], seconds: float, headers: dict[str, str]) -> A:
    """Ask once and wait so long. The peer is told how long, so that it does not work for one who has left."""
    headers[BUDGET] = str(int(seconds * 1000))
    subject = request.to()
    try:
        answer = await client.request(subject, encode(request), timeout=seconds, headers=headers)
    except nats.errors.NoRespondersError:
        raise Unavailable(f"Nobody answers {subject} just now.") from None
    except nats.errors.TimeoutError:
        raise NoAnswer(f"{subject} was not answered within {seconds} s.") from None
    except nats.errors.MaxPayloadError:
        raise MessageTooLarge(subject=subject) from None
    except nats.errors.Error as error:
        raise Unavailable(f"{subject} could not be asked: {error}") from error
    still_wanted()
    if answer.headers and FAULT in answer.headers:
        raise _fault(answer)
    return _decoder(request.answers).decode(answer.data)  # type: ignore[no-any-return]  # the decorator saw to the pair


async def ask_each(client: Client, request: Request[A], seconds: float, headers: dict[str, str]) -> list[A]:
    """Ask everybody and listen so long: the answers of those who gave one in time."""
    headers[BUDGET] = str(int(seconds * 1000))
    inbox = client.new_inbox()
    found: list[A] = []

    async def heard(answer: Msg) -> None:
        if not (answer.headers and (FAULT in answer.headers or "Status" in answer.headers)):
            found.append(_decoder(request.answers).decode(answer.data))

    try:
        subscription = await client.subscribe(inbox, cb=heard)
        await client.publish(request.to(), encode(request), reply=inbox, headers=headers)
        await asyncio.sleep(seconds)
        await subscription.unsubscribe()
    except nats.errors.Error as error:
        raise Unavailable(f"{request.to()} could not be asked: {error}") from error
    return found


@lru_cache(maxsize=256)
def _decoder(answer: type[Answer]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(answer)


def _fault(answer: Msg) -> Fault:
    try:
        body = msgspec.json.decode(answer.data, type=FaultBody)
    except msgspec.DecodeError:
        return Internal()
    kind = body.kind if body.kind in Kind.__members__ else Kind.INTERNAL.name  # a newer peer may know more kinds
    return fault_from_wire(body.code, kind, body.detail, body.extra)
