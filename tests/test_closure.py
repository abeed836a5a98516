"""No compiled Rust at run time, nothing that takes our names, and no lock file that says where packages come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.closure import NotInstalled, closure, compiled_rust, declared, foreign_names, registries

ROOT = Path(__file__).parent.parent
LOCKS = sorted(ROOT.glob("*.lock"))


@pytest.mark.parametrize("extras", [(), ("embedded",)], ids=["runtime", "embedded"])
def test_nothing_at_run_time_is_compiled_from_rust(extras: tuple[str, ...]) -> None:
    """Every package that the project, or its laptop servers, bring along is free of it."""
    found = closure(declared(ROOT / "pyproject.toml", *extras))
    assert len(found) > len(declared(ROOT / "pyproject.toml", *extras)) - 1
    assert {name: marks for name, each in found.items() if (marks := list(compiled_rust(each)))} == {}
    assert foreign_names(found) == []


def test_an_installed_package_of_rust_is_seen() -> None:
    """The walk can fail on the real thing: two development tools are of Rust, one a library and one a program."""
    found = closure(["rpds-py"])
    assert any("maturin" in mark for mark in compiled_rust(found["rpds-py"]))
    assert any("rust_eh_personality" in mark for mark in compiled_rust(found["rpds-py"]))
    assert any("bin/ruff holds" in mark for mark in compiled_rust(closure(["ruff"])["ruff"]))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_file_names_no_registry(lock: Path) -> None:
    """Names, versions and hashes; every one with its hash."""
    text = lock.read_text()
    assert registries(text) == []
    pins = [line for line in text.splitlines() if "==" in line]
    assert pins
    assert all(line.rstrip().endswith("\\") for line in pins)
    assert text.count("--hash=sha256:") >= len(pins)


def test_there_are_lock_files() -> None:
    """The test above looks at something."""
    assert "requirements.lock" in {lock.name for lock in LOCKS}


# the hosts are made up: what a registry is called is written nowhere in this project
@pytest.mark.parametrize(
    "line",
    [
        "--index-url https" + "://packages.example" + "/simple",
        "-i https" + "://packages.example/simple",
        "--extra-index-url packages.example",
        "--find-links ./wheels",
        "--trusted-host packages",
        "anyio @ file:///wheels/anyio.whl",
        "anyio==4.16.0 --hash=sha256:aa  # from https" + "://packages.example",
        "# from packages.example" + ".org",
    ],
)
def test_a_lock_file_that_names_one_is_seen(line: str) -> None:
    """An index, an option that could hold one, or an address in a remark."""
    assert registries(f"msgspec==0.22.0 \\\n    --hash=sha256:ab12\n{line}\n") == [line]


@pytest.mark.parametrize(
    "line", ["    # via aisle (pyproject.toml)", "ruamel.yaml==1.0 \\", "# via -r requirements.in"]
)
def test_a_lock_file_that_names_none_is_left_alone(line: str) -> None:
    """Names with dots, and files, are no hosts."""
    assert registries(line) == []


def install(folder: Path, name: str, *, requires: tuple[str, ...] = (), wheel: str = "", **files: bytes) -> None:
    """A package as pip leaves it."""
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    needs = "".join(f"Requires-Dist: {each}\n" for each in requires)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{needs}")
    (info / "WHEEL").write_text(f"Wheel-Version: 1.0\nGenerator: {wheel or 'hatchling 1.33'}\n")
    for path, content in files.items():
        file = folder / path.replace("__", "/").replace("_so", ".so")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    names = [path.replace("__", "/").replace("_so", ".so") for path in files]
    (info / "RECORD").write_text("".join(f"{each},,\n" for each in [*names, f"{info.name}/METADATA"]))


def rust_in(folder: Path, *requirements: str) -> dict[str, list[str]]:
    found = closure(requirements, [str(folder)])
    return {name: marks for name, each in found.items() if (marks := list(compiled_rust(each)))}


@pytest.mark.parametrize("builder", ["maturin (1.9.0)", "setuptools-rust 1.11", "setuptools_rust 1.11"])
def test_a_package_built_by_a_rust_builder_is_seen_however_deep(tmp_path: Path, builder: str) -> None:
    """The builder stands in the wheel's own description, three packages down."""
    install(tmp_path, "top", requires=("middle>=1",))
    install(tmp_path, "middle", requires=("bottom",))
    install(tmp_path, "bottom", wheel=builder)
    assert list(rust_in(tmp_path, "top")) == ["bottom"]


def test_a_library_with_rust_inside_is_seen_whoever_built_it(tmp_path: Path) -> None:
    """Repacked by another builder, it still holds what the compiler left."""
    install(tmp_path, "hidden", hidden__core_so=b"\x7fELF..rust_eh_personality..")
    install(tmp_path, "stripped", stripped__core_so=b"\x7fELF../rustc/9fc6b431/library/core/src/panicking.rs..")
    install(tmp_path, "plain", plain__core_so=b"\x7fELF..PyInit_core..")
    assert set(rust_in(tmp_path, "hidden", "stripped", "plain")) == {"hidden", "stripped"}


def test_what_an_extra_pulls_is_seen_only_where_the_extra_is_asked_for(tmp_path: Path) -> None:
    """`top` is clean, `top[fast]` is not, and a marker for another system brings nothing."""
    install(tmp_path, "top", requires=("fast-one; extra == 'fast'", "other; sys_platform == 'plan9'"))
    install(tmp_path, "fast-one", wheel="maturin (1.9.0)")
    assert rust_in(tmp_path, "top") == {}
    assert set(rust_in(tmp_path, "top[fast]")) == {"fast-one"}
    install(tmp_path, "above", requires=("top", "top[fast]"))
    assert set(rust_in(tmp_path, "above")) == {"fast-one"}


def test_a_hole_in_the_closure_is_no_clean_bill(tmp_path: Path) -> None:
    """What is required and not installed fails the walk."""
    install(tmp_path, "top", requires=("missing",))
    with pytest.raises(NotInstalled, match="missing"):
        closure(["top"], [str(tmp_path)])


def test_a_package_that_takes_our_names_is_seen(tmp_path: Path) -> None:
    """proto-plus by its name, and any other by the folder that it would overwrite."""
    install(tmp_path, "proto-plus", proto__message=b"")
    install(tmp_path, "meddler", internal__platform=b"")
    assert foreign_names(closure(["proto-plus"], [str(tmp_path)])) == ["proto-plus", "proto-plus brings proto/message"]
    assert foreign_names(closure(["meddler"], [str(tmp_path)])) == ["meddler brings internal/platform"]
