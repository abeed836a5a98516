"""The files of the web pages, read once: a file is its bytes, packed and plain, and the tag that names them."""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path, PurePosixPath

__all__ = ["WEB", "File", "Files", "read_files"]

WEB = Path(__file__).with_name("web")

_TYPES = {  # what may be served, and as what; a file of another kind is a mistake told at the start
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
_PACKED_ALREADY = {".png", ".woff2"}
_IMPORT = re.compile(r"""^(?:import|export)\b[^'"();]*?['"](\.{1,2}/[^'"]+)['"]""", re.MULTILINE)
_FRAME = "frame.html"  # what all pages have alike
_OWN = "<!-- the page's own -->"  # where in it their own lines stand
_ENTRY = re.compile(r'<script type="module" src="/(assets/[^"]+)"></script>')


@dataclass(frozen=True)
class File:
    """What is sent."""

    body: bytes
    packed: bytes | None
    media_type: str
    etag: str


@dataclass(frozen=True)
class Files:
    """Pages by name (`index`), assets by the path below `/assets/`, and the version of all assets together."""

    pages: Mapping[str, File]
    assets: Mapping[str, File]
    version: str


def read_files(web: Path = WEB) -> Files:
    """Everything below this folder."""
    found = {path.relative_to(web).as_posix(): path.read_bytes() for path in sorted(web.rglob("*")) if path.is_file()}
    assets = {name: body for name, body in found.items() if name.startswith("assets/")}
    digest = blake2b(digest_size=6)
    for name, body in assets.items():
        digest.update(f"{name} {len(body)} ".encode() + body)
    version, frame = digest.hexdigest(), found.pop(_FRAME).decode()
    return Files(
        pages={
            PurePosixPath(name).stem: _file(name, _page(frame.replace(_OWN, body.decode()), assets, version).encode())
            for name, body in found.items()
            if name.endswith(".html")
        },
        assets={name.removeprefix("assets/"): _file(name, body) for name, body in assets.items()},
        version=version,
    )


def _file(name: str, body: bytes) -> File:
    suffix = PurePosixPath(name).suffix
    # mtime: the same bytes on every replica; and nothing is packed that grows by it
    packed = None if suffix in _PACKED_ALREADY else gzip.compress(body, 9, mtime=0)
    return File(
        body=body,
        packed=packed if packed is not None and len(packed) < len(body) else None,
        media_type=_TYPES[suffix],
        etag=f'"{blake2b(body, digest_size=12).hexdigest()}"',
    )


def _page(text: str, assets: Mapping[str, bytes], version: str) -> str:
    """The page with this version in its links; the modules that its script imports are loaded beside it, not after."""
    entry = _ENTRY.search(text)
    if entry is not None:
        ahead = [name for name in _imported(entry[1], assets) if name != entry[1]]
        links = "".join(f'<link rel="modulepreload" href="/{name}">\n' for name in ahead)
        text = text.replace("</head>", f"{links}</head>")
    return text.replace('"/assets/', f'"/assets/{version}/')


def _imported(entry: str, assets: Mapping[str, bytes]) -> list[str]:
    """The module and all that it needs before it runs, the nearest first."""
    known = [entry]
    for name in known:  # grows while it is read
        folder = PurePosixPath(name).parent
        for target in _IMPORT.findall(assets[name].decode()):
            path = _plain(folder / target)
            if path not in known:
                known.append(path)
    return known


def _plain(path: PurePosixPath) -> str:
    parts: list[str] = []
    for part in path.parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)
