"""What this project brings along when it is installed, read from the installed packages themselves."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

__all__ = ["NotInstalled", "closure", "compiled_rust", "declared", "foreign_names", "registries"]

_RUST_BUILDERS = re.compile(r"^Generator:\s*(maturin|setuptools[-_]rust)", re.MULTILINE | re.IGNORECASE)
# what the Rust compiler leaves in a library even when its symbols are stripped: panic paths and the name of its runtime
_RUST_MARKS = (b"rust_eh_personality", b"rust_panic", b"/rustc/", b"RUST_BACKTRACE")
# a library or a program starts like this on Linux, macOS (three ways) and Windows
_COMPILED = (b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa\xcf", b"MZ")
# a lock file names packages, versions and hashes: no address of any kind, and no option that could hold one
_ADDRESS = re.compile(r"://|\bwww\.|^\s*(-i|-f|--(extra-)?index-url|--find-links|--trusted-host)\b| @ ", re.MULTILINE)
_HOST = re.compile(r"\b[a-z0-9-]+(\.[a-z0-9-]+)*\.(com|dev|io|net|org)\b", re.IGNORECASE)


class NotInstalled(Exception):  # noqa: N818 - a test says it
    """The closure has a hole: what is not installed cannot be looked at."""


def declared(pyproject: Path, *extras: str) -> list[str]:
    """The project's own requirements: what it runs on, or one of its extras."""
    project = tomllib.loads(pyproject.read_text())["project"]
    if not extras:
        return list(project["dependencies"])
    return [each for extra in extras for each in project["optional-dependencies"][extra]]


def closure(requirements: Iterable[str], path: list[str] | None = None) -> dict[str, metadata.Distribution]:
    """Every package that these bring along on this machine, by name."""
    installed = {
        canonicalize_name(each.metadata["Name"]): each
        for each in (metadata.distributions(path=path) if path is not None else metadata.distributions())
    }
    found: dict[str, metadata.Distribution] = {}
    walked: set[tuple[str, frozenset[str]]] = set()
    waiting = [(Requirement(each), frozenset[str]()) for each in requirements]
    while waiting:
        requirement, asked = waiting.pop()
        if requirement.marker and not any(requirement.marker.evaluate({"extra": extra}) for extra in asked or {""}):
            continue
        name, extras = canonicalize_name(requirement.name), frozenset(requirement.extras)
        if (name, extras) in walked:
            continue
        walked.add((name, extras))
        if name not in installed:
            raise NotInstalled(f"{requirement} is not installed")
        found[name] = installed[name]
        waiting += [(Requirement(each), extras | {""}) for each in installed[name].requires or ()]
    return found


def compiled_rust(distribution: metadata.Distribution) -> Iterator[str]:
    """How one sees that this package was compiled from Rust; nothing when it was not."""
    if built := _RUST_BUILDERS.search(distribution.read_text("WHEEL") or ""):
        yield f"built by {built[1]}"
    for file in distribution.files or ():
        path = Path(str(distribution.locate_file(file)))
        if path.suffix != ".py" and path.is_file() and (content := path.read_bytes()).startswith(_COMPILED):
            yield from (f"{file} holds {mark.decode()}" for mark in _RUST_MARKS if mark in content)


def foreign_names(found: dict[str, metadata.Distribution]) -> list[str]:
    """Packages of the closure that would overwrite one of the project's own roots."""
    return [name for name in found if name == "proto-plus"] + [
        f"{name} brings {file}"
        for name, each in found.items()
        for file in each.files or ()
        if file.parts[0] in {"proto", "internal"}
    ]


def registries(lock: str) -> list[str]:
    """The lines of a lock file that say where packages come from."""
    return [line for line in lock.splitlines() if _ADDRESS.search(line) or _HOST.search(line)]
