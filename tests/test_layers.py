"""The rooms of the house, read from the imports: who may know what."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SHARED = {"platform", "cli", "embedded"}  # what is below internal/ and is no service
IMPURE = {"asyncio", "psycopg", "nats", "redis", "hiredis", "litestar", "httpx", "time", "os", "socket", "subprocess"}
# the rooms, of a service or of the platform, that reach outside
OUTWARD = {"store", "queries", "handlers", "consumers", "http", "loops", "service"}
OUTWARD |= {"bus", "connecting", "idempotency", "inbox", "outbox", "postgres", "redis"}
OUTWARD |= {"rows", "run", "schema", "telemetry"}
# the open rooms of each wire library, as folders or files below internal/; `*` is any service
WIRES = {
    "psycopg": (
        "platform",
        "*/store",
        "*/queries",
        "embedded",
        "cli",
    ),  # the last two try a server before anything starts
    "psycopg_pool": ("platform",),
    "yoyo": ("platform/schema",),
    "nats": ("platform/bus",),
    "websockets": ("platform/http",),
    "litestar": ("platform/http", "platform/health", "platform/telemetry", "*/http"),  # health and metrics are routes
    "opentelemetry": ("platform/telemetry",),
    "prometheus_client": ("platform/telemetry",),
    "redis": ("platform/redis",),
    "hiredis": ("platform/redis",),
}
ENVIRONMENT = ("platform/run", "cli", "embedded")


def faults(root: Path) -> list[str]:
    """Every breach below this root, as `file:line: what`."""
    found = []
    for path in sorted((root / "internal").rglob("*.py")):
        room = path.relative_to(root / "internal").with_suffix("").as_posix().removesuffix("/__init__")
        tree = ast.parse(path.read_text(), str(path))
        for check in (siblings, purity, wires, environment):
            found += [f"{path.relative_to(root)}:{line}: {what}" for line, what in check(room, tree)]
    found += [
        f"{path.relative_to(root)}: hides the standard library's cmd" for path in (root / "cmd").rglob("__init__.py")
    ]
    return found


def siblings(room: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    """A service knows the platform and the contracts, and no other service; the platform knows no service."""
    own = room.partition("/")[0]
    if own in SHARED - {"platform"} or not own:
        return
    for line, name in imports(tree, room):
        parts = name.split(".")
        if parts[0] == "internal" and len(parts) > 1 and parts[1] not in {own, "platform"}:
            yield line, f"{own} imports {name}"
        if parts[0] == "cmd":
            yield line, f"{own} imports the command that starts it"


def purity(room: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    """What decides does no I/O, and is told the time."""
    if not _is_in(room, "*/domain"):
        return
    for line, name in imports(tree, room):
        parts = name.split(".")
        if parts[0] in IMPURE:
            yield line, f"domain imports {name}"
        if parts[0] == "internal" and not OUTWARD.isdisjoint(parts[2:3]):
            yield line, f"domain imports {name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.AsyncFunctionDef | ast.Await):
            yield node.lineno, "domain waits for something"
        if isinstance(node, ast.Call) and _dotted(node.func) in {
            "open",
            "print",
            "input",
            "datetime.now",
            "date.today",
        }:
            yield node.lineno, f"domain calls {_dotted(node.func)}"


def wires(room: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    """A wire library is spoken to in its own room."""
    for line, name in imports(tree, room):
        rooms = WIRES.get(name.partition(".")[0])
        if rooms is not None and not any(_is_in(room, where) for where in rooms):
            yield line, f"{name} is imported outside {', '.join(rooms)}"


def environment(room: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The environment is read where the process starts; everybody else is given arguments."""
    if any(_is_in(room, where) for where in ENVIRONMENT):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and _dotted(node) in {"os.environ", "os.getenv", "os.environb"}:
            yield node.lineno, f"reads {_dotted(node)}"
        if isinstance(node, ast.ImportFrom) and node.module == "os":
            for alias in node.names:
                if alias.name in {"environ", "getenv", "environb"}:
                    yield node.lineno, f"reads os.{alias.name}"


def imports(tree: ast.Module, room: str) -> Iterator[tuple[int, str]]:
    """Every module that is imported anywhere in the file, relative ones by their full name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = node.module or ""
            if node.level:
                package = ["internal", *room.split("/")][: -node.level]
                start = ".".join([*package, start] if start else package)
            yield node.lineno, start
            if start.partition(".")[0] == "internal":  # `from internal.orders import store` names a module, too
                yield from ((node.lineno, f"{start}.{alias.name}") for alias in node.names)


def _is_in(room: str, where: str) -> bool:
    """`orders/store/holds` is in `*/store`, `platform/redis/lane` in `platform/redis`, `*/stores` is not."""
    wanted, given = where.split("/"), room.split("/")
    if where.startswith("*") and given[0] in SHARED:
        return False
    return len(given) >= len(wanted) and all(want in ("*", have) for want, have in zip(wanted, given, strict=False))


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def test_every_import_stays_in_its_room() -> None:
    """The tree as it is breaks none of the rules."""
    assert (ROOT / "internal" / "platform" / "postgres.py").exists()
    assert faults(ROOT) == []


def test_no_two_faults_have_one_code() -> None:
    """A peer's fault is known by its code: of two with the same one, a caller would be told the other's sentence."""
    named: dict[str, list[str]] = {}
    for file in sorted((ROOT / "internal").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ClassDef) and any(one.arg == "kind" for one in node.keywords):
                named.setdefault(node.name, []).append(str(file.relative_to(ROOT)))
    assert len(named) > 50
    assert {name: files for name, files in named.items() if len(files) > 1} == {}


@pytest.mark.parametrize(
    ("file", "line", "what"),
    [
        ("internal/orders/handlers.py", "from internal.payments.domain import Payment", "orders imports internal.pay"),
        ("internal/orders/handlers.py", "from internal import payments", "orders imports internal.payments"),
        ("internal/orders/handlers.py", "from ..payments import domain", "orders imports internal.payments"),
        ("internal/orders/handlers.py", "def f():\n    import internal.payments", "orders imports internal.payments"),
        ("internal/platform/outbox.py", "import internal.orders", "platform imports internal.orders"),
        ("internal/orders/domain.py", "import asyncio", "domain imports asyncio"),
        ("internal/orders/domain.py", "from time import monotonic", "domain imports time"),
        ("internal/orders/domain.py", "from internal.orders import store", "domain imports internal.orders.store"),
        ("internal/orders/domain.py", "from .store import load", "domain imports internal.orders.store"),
        (
            "internal/orders/domain.py",
            "from internal.platform import postgres",
            "domain imports internal.platform.post",
        ),
        ("internal/orders/domain/rules.py", "import httpx", "domain imports httpx"),
        ("internal/orders/domain.py", "async def f(): ...", "domain waits"),
        ("internal/orders/domain.py", "when = datetime.now(UTC)", "domain calls datetime.now"),
        ("internal/orders/domain.py", "text = open('x').read()", "domain calls open"),
        ("internal/orders/handlers.py", "import psycopg", "psycopg is imported outside"),
        ("internal/orders/stores.py", "from psycopg.types.json import Jsonb", "psycopg.types.json is imported outside"),
        ("internal/orders/loops.py", "import yoyo", "yoyo is imported outside"),
        ("internal/orders/consumers.py", "from nats.aio.msg import Msg", "nats.aio.msg is imported outside"),
        ("internal/orders/store.py", "import redis.asyncio", "redis.asyncio is imported outside"),
        ("internal/orders/handlers.py", "from litestar import get", "litestar is imported outside"),
        ("internal/platform/limits.py", "import hiredis", "hiredis is imported outside"),
        ("internal/orders/config.py", "import os\nhome = os.environ['HOME']", "reads os.environ"),
        ("internal/orders/config.py", "from os import getenv", "reads os.getenv"),
        ("cmd/orders/__init__.py", "", "hides the standard library's cmd"),
    ],
)
def test_a_breach_is_found(tmp_path: Path, file: str, line: str, what: str) -> None:
    """Each rule can fail: a tree with one breach is told with its file."""
    write(tmp_path, {file: line})
    (fault, *_) = faults(tmp_path)
    assert fault.startswith(file)
    assert what in fault


def test_what_is_allowed_is_not_told(tmp_path: Path) -> None:
    """Every room may do what it is there for."""
    write(
        tmp_path,
        {
            "internal/orders/__init__.py": "from internal.orders.service import SERVICE",
            "internal/orders/domain.py": "from datetime import datetime\nfrom internal.platform.faults import Fault",
            "internal/orders/store.py": "import psycopg\nfrom internal.platform.postgres import Tx",
            "internal/orders/queries/seats.py": "from psycopg import sql",
            "internal/orders/http.py": "from litestar import get\nimport asyncio, time, os\nos.getpid()",
            "internal/platform/bus/connection.py": "import nats",
            "internal/platform/redis/lane.py": "import hiredis",
            "internal/platform/run.py": "import os\nos.environ",
            "internal/cli/up.py": "import os\nos.environ\nimport internal.orders",
            "cmd/orders/__main__.py": "from internal.orders import SERVICE",
        },
    )
    assert faults(tmp_path) == []


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
