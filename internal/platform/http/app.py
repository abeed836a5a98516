"""One Litestar application made of the routes of every service in this process, and its OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from litestar import Litestar, Request, Response, get, route
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig, ResponseSpec
from litestar.types import ControllerRouterHandler
from structlog.typing import FilteringBoundLogger

from internal.platform import context
from internal.platform.faults import Fault, Internal
from internal.platform.http.body import StrictRequest
from internal.platform.http.gate import Gate
from internal.platform.http.problems import MEDIA_TYPE, Problem, fault_of, problem_body, retry_after

__all__ = ["RouteHandler", "application", "document_of", "problems"]

RouteHandler = ControllerRouterHandler

_LARGEST = 256 * 1024  # bytes of a request; a route that takes layouts says more

_TITLE = "Aisle"
_ABOUT = "An open, event-driven box office that never sells a seat twice."
_COMMON = {
    "400": "The request is not of the form that this route takes.",
    "401": "A valid access token is needed, or the one shown is not valid.",
    "403": "This is not yours to see or change.",
    "404": "There is no such thing.",
    "413": "The request is larger than this route takes.",
    "415": "This route takes JSON.",
    "429": "Too many requests; try again after the time in Retry-After.",
    "503": "Something this needs is not reachable just now; nothing was changed.",
}
_METHODS = {"get", "post", "put", "patch", "delete"}


def problems(*faults: type[Fault]) -> dict[int, ResponseSpec]:
    """The `responses` of a route that may answer with these faults, besides those that every route may."""
    by_status: dict[int, list[str]] = {}
    for fault in faults:
        by_status.setdefault(fault.kind.value, []).append(f"`{fault.code}`: {fault.title}")
    return {
        status: ResponseSpec(Problem, generate_examples=False, description="\n\n".join(lines), media_type=MEDIA_TYPE)
        for status, lines in by_status.items()
    }


def application(routes: Sequence[RouteHandler], gate: Gate, log: FilteringBoundLogger, *, version: str) -> Litestar:
    """The framework's part of the process."""

    def answer_problem(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
        fault = fault_of(error)
        if fault is None:
            log.error("request failed", path=request.url.path, exc_info=error)
            fault = Internal()
        headers = {}
        if (seconds := retry_after(fault)) is not None:
            headers["retry-after"] = seconds
        if isinstance(error, HTTPException) and error.headers and "allow" in error.headers:
            headers["allow"] = _allow(error.headers["allow"].split(", "))
        body = problem_body(fault, context.request_id.get() or None)
        return Response(body, status_code=fault.kind.value, media_type=MEDIA_TYPE, headers=headers)

    @get("/api/openapi.json", include_in_schema=False)
    async def describe(request: Request[Any, Any, Any]) -> Response[bytes]:
        headers = {"cache-control": "no-cache"}
        return Response(document_of(request), media_type="application/json", headers=headers)

    return Litestar(
        route_handlers=[*_options([describe, *routes]), describe, *routes],
        middleware=[gate.middleware],
        exception_handlers={Exception: answer_problem},
        openapi_config=OpenAPIConfig(
            title=_TITLE,
            version=version,
            description=_ABOUT,
            path="/api/schema",
            render_plugins=[],
            use_handler_docstrings=True,
        ),
        logging_config=None,
        request_class=StrictRequest,
        request_max_body_size=_LARGEST,
        signature_types=[Request],
    )


def document_of(request: Request[Any, Any, Any]) -> bytes:
    """The OpenAPI document of the process that answers this; made when it is first asked for."""
    state = request.app.state
    if "document" not in state:
        state.document = msgspec.json.encode(_complete(request.app.openapi_schema.to_schema()))
    document: bytes = state.document
    return document


def _options(routes: Sequence[RouteHandler]) -> list[RouteHandler]:
    """What each path takes. Litestar's own answer names the methods of one of a path's handlers only."""
    by_path: dict[str, set[str]] = {}
    for one in routes:
        assert isinstance(one, HTTPRouteHandler)
        for path in one.paths:
            by_path.setdefault(path, {"OPTIONS"}).update(one.http_methods)
    return [_telling(path, _allow(methods)) for path, methods in by_path.items()]


def _telling(path: str, allow: str) -> RouteHandler:
    @route(path, http_method=["OPTIONS"], status_code=204, include_in_schema=False)
    async def tell() -> Response[None]:
        return Response(None, status_code=204, headers={"allow": allow})

    return tell


def _allow(methods: Iterable[str]) -> str:
    """The methods for the Allow header; `front` makes HEAD of GET."""
    taken = set(methods)
    return ", ".join(sorted(taken | {"HEAD"} if "GET" in taken else taken))


def _complete(schema: dict[str, Any]) -> dict[str, Any]:
    """The generated document, with what every route may answer, and how to sign in."""
    components = schema.setdefault("components", {})
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    components.setdefault("schemas", {})["Problem"] = msgspec.json.schema_components([Problem])[1]["Problem"]
    for path, item in schema.get("paths", {}).items():
        for method in _METHODS & item.keys():
            _complete_operation(path, method, item[method])
    return schema


def _complete_operation(path: str, method: str, operation: dict[str, Any]) -> None:
    operation["security"] = [{}, {"token": []}]
    responses = operation.setdefault("responses", {})
    without_body = {"413", "415"} if method in {"get", "delete"} else set()
    for status, description in _COMMON.items():
        if status in without_body or (status == "404" and "{" not in path and method != "post"):
            continue
        problem = {
            "description": description,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        generated_by_framework = status == "400" and "application/json" in responses.get(status, {}).get("content", {})
        if status not in responses or generated_by_framework:
            responses[status] = problem
