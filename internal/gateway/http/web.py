"""Pages and what they are made of."""

from __future__ import annotations

from litestar import Response, get
from litestar.params import FromPath

from internal.gateway.domain import page_headers
from internal.gateway.files import File, Files
from internal.platform.http import RouteHandler
from internal.platform.http.answers import matches, takes_gzip
from internal.platform.http.forms import Web
from internal.platform.http.problems import NoSuchRoute

__all__ = ["routes"]


def _whole(name: str) -> tuple[str, str]:
    return f"/{name}", f"/{name}/{{rest:path}}"


# Which addresses show which page; what stands behind them is the page's own matter.
_PAGES = {
    "index": (
        "/",
        "/events/{rest:path}",
        "/showtimes/{rest:path}",
        "/checkout/{rest:path}",
        *_whole("orders"),
    ),
    "organiser": _whole("organiser"),
    "door": _whole("door"),
    "operator": _whole("operator"),
    "docs": ("/docs", "/docs/events"),
}
_KEPT = "public, max-age=31536000, immutable"
_ASKED = "no-cache"
_WORKER = "js/door/worker.js"  # may look after all of /door, though it lies elsewhere


def routes(files: Files) -> list[RouteHandler]:
    """One for each page, and one for all assets."""
    return [*(_page(name, files.pages[name], list(paths)) for name, paths in _PAGES.items()), _assets(files)]


def _page(name: str, file: File, paths: list[str]) -> RouteHandler:
    headers = page_headers(name)

    @get(paths, name=f"page {name}", include_in_schema=False)
    async def show(request: Web) -> Response[bytes]:
        return _sent(request, file, {**headers, "cache-control": _ASKED})

    return show


def _assets(files: Files) -> RouteHandler:
    @get("/assets/{name:path}", include_in_schema=False)
    async def show(request: Web, name: FromPath[str]) -> Response[bytes]:
        version, _, rest = name.removeprefix("/").partition("/")
        file, cache = files.assets.get(rest), _KEPT if version == files.version else _ASKED
        if file is None:  # without a version
            rest, file, cache = f"{version}/{rest}", files.assets.get(f"{version}/{rest}"), _ASKED
        if file is None:
            raise NoSuchRoute
        headers = {"cache-control": cache, "x-content-type-options": "nosniff"}
        if rest == _WORKER:
            headers |= {**page_headers("door"), "service-worker-allowed": "/door"}
        return _sent(request, file, headers)

    return show


def _sent(request: Web, file: File, headers: dict[str, str]) -> Response[bytes]:
    headers = {**headers, "etag": file.etag, "vary": "accept-encoding"}
    if matches(request, file.etag):
        return Response(b"", status_code=304, headers=headers)
    if file.packed is not None and takes_gzip(request):
        headers["content-encoding"] = "gzip"
        return Response(file.packed, headers=headers, media_type=file.media_type)
    return Response(file.body, headers=headers, media_type=file.media_type)
