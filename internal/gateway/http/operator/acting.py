"""What all acts of operators have in common: who, under which key, and that a peer's refusals pass through."""

from __future__ import annotations

from typing import Annotated

from litestar import Response
from litestar.openapi import ResponseSpec
from litestar.params import HeaderParameter
from msgspec import Meta

from internal.gateway.operating import Whose
from internal.platform.http.forms import LINE, Web
from internal.platform.http.gate import admin_of
from internal.platform.http.problems import MEDIA_TYPE, Problem

__all__ = ["ActKey", "Words", "fresh", "refused", "whose"]

ActKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="A key of your own: the act is one line of the audit trail, however often it is sent. What it "
        "does is the same done twice.",
    ),
]
Words = Annotated[str, Meta(min_length=1, max_length=500, pattern=LINE)]


def whose(request: Web, key: str | None) -> Whose:
    """An administrator, or a refusal."""
    return Whose(admin_of(request), key or "")


def refused(*statuses: int) -> dict[int, ResponseSpec]:
    """The `responses` of a route that passes on what the owner of the thing says against it."""
    said = {404: "There is no such thing.", 409: "It stands otherwise by now, or may not be done; `code` says why."}
    return {
        status: ResponseSpec(Problem, generate_examples=False, description=said[status], media_type=MEDIA_TYPE)
        for status in statuses
    }


def fresh(content: object) -> Response[object]:
    """An answer that nobody keeps: it is of this moment."""
    return Response(content, headers={"cache-control": "no-store"})
