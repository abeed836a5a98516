"""What is served, and what the pages' own sources must keep to."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest

from internal.gateway.files import WEB, read_files

SCRIPTS = sorted((WEB / "assets" / "js").rglob("*.js"))
PAGES = sorted(WEB.glob("*.html"))
WORDS = WEB / "assets" / "i18n"
_QUOTED = re.compile(r"'([\w.-]+)'")
_NAMED = re.compile(r"\{(\w+)\}")
_FROM = re.compile(  # a statement at the beginning of its line, or a call outside of comments
    r"""^(?:import\s*|(?:import|export)\b[^'"();]*?\bfrom\s*|(?!\s*(?://|\*)).*?\bimport\(\s*)['"]([^'"]+)['"]""",
    re.MULTILINE,
)


def site(folder: Path, **files: str) -> Path:
    frame = "<head>\n<!-- the page's own -->\n</head>"
    for name, text in {"frame.html": frame, "index.html": "", **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_a_file_is_packed_and_tagged_once() -> None:
    """What is sent packed is what is sent plain, and smaller; equal files have equal tags on every replica."""
    one, other = read_files(), read_files()
    assert one == other
    for file in [*one.pages.values(), *one.assets.values()]:
        if file.packed is not None:
            assert gzip.decompress(file.packed) == file.body
            assert len(file.packed) < len(file.body)


def test_the_version_follows_every_asset(tmp_path: Path) -> None:
    """A change in any asset is another version, so that no page mixes old and new modules."""
    first = read_files(site(tmp_path, **{"assets/js/a.js": "1", "assets/css/a.css": "a{}"})).version
    assert read_files(site(tmp_path, **{"assets/css/a.css": "b{}"})).version != first


def test_a_page_names_the_modules_that_its_script_will_load(tmp_path: Path) -> None:
    """Each module that is imported, however deep, is announced once, under the version; what is loaded later is not."""
    files = read_files(
        site(
            tmp_path,
            **{
                "index.html": '<script type="module" src="/assets/js/app/main.js"></script>',
                "assets/js/app/main.js": "import { b } from '../core/b.js';\nconst later = () => import('./later.js');",
                "assets/js/app/later.js": "export default 1;",
                "assets/js/core/b.js": "import {\n  c,\n} from './c.js';\nexport { d } from './c.js';",
                "assets/js/core/c.js": "import './b.js';",
            },
        )
    )
    page = files.pages["index"].body.decode()
    announced = re.findall(r'modulepreload" href="([^"]+)"', page)
    assert announced == [f"/assets/{files.version}/js/core/{name}.js" for name in "bc"]
    assert f'src="/assets/{files.version}/js/app/main.js"' in page


def test_what_all_pages_have_alike_is_said_once(tmp_path: Path) -> None:
    """Each page is the frame with its own lines in it; the frame itself is no page."""
    files = read_files(
        site(tmp_path, **{"index.html": "<title>Tickets</title>\n", "door.html": "<title>Door</title>\n"})
    )
    assert files.pages.keys() == {"index", "door"}
    assert files.pages["index"].body.count(b"<title>Tickets</title>") == 1
    assert all(page.body.startswith(b"<head>") and page.body.endswith(b"</head>") for page in files.pages.values())
    assert all(b"the page's own" not in page.body for page in read_files().pages.values())


def test_a_file_of_an_unknown_kind_is_told_at_the_start(tmp_path: Path) -> None:
    """Nothing is served as what a browser would guess."""
    with pytest.raises(KeyError):
        read_files(site(tmp_path, **{"assets/a.exe": "x"}))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.relative_to(WEB).as_posix())
def test_modules_import_by_relative_paths_that_exist(script: Path) -> None:
    """An absolute path would load a second copy of the module, beside the one of the version."""
    for target in _FROM.findall(script.read_text()):
        assert target.startswith(("./", "../")), target
        assert (script.parent / target).resolve().is_file(), target


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.relative_to(WEB).as_posix())
def test_scripts_make_no_html_out_of_text(script: Path) -> None:
    """What a stranger wrote into an event's name is never markup, and nothing is evaluated."""
    assert not re.search(
        r"\.(inner|outer)HTML\b|insertAdjacentHTML|document\.write|\beval\(|new Function", script.read_text()
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_pages_have_no_inline_script_or_style(page: Path) -> None:
    """The policy would not run them."""
    text = page.read_text()
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|javascript:|https?://", text)


@pytest.mark.parametrize("name", sorted(path.stem for path in (WORDS / "en").glob("*.json")))
def test_every_word_is_there_in_both_languages(name: str) -> None:
    """The same keys, and in each the same arguments."""
    english, turkish = (json.loads((WORDS / one / f"{name}.json").read_text()) for one in ("en", "tr"))
    assert english.keys() == turkish.keys()
    for key, text in english.items():
        assert _arguments(text) == _arguments(turkish[key]), key


@pytest.mark.parametrize("app", ["buyer", "organiser", "door", "operator", "docs"])
def test_every_word_that_a_page_asks_for_was_written(app: str) -> None:
    """A key in the sources that no file has would be shown as it is."""
    folders = [WEB / "assets" / "js" / name for name in (app, "core", *(["map"] if app == "buyer" else []))]
    scripts = [script.read_text() for folder in folders for script in folder.rglob("*.js")]
    asked = {key for script in scripts for key in re.findall(r"\bt\('([\w.-]+)'", script)}
    later = {
        name
        for script in scripts
        for call in re.findall(r"\buse\(('[^)]*)\)", script)
        for name in _QUOTED.findall(call)
    }
    known = {key for name in {"common", app} | later for key in json.loads((WORDS / "en" / f"{name}.json").read_text())}
    assert asked - known == set()


def _arguments(text: str | dict[str, str]) -> set[str]:
    return set(_NAMED.findall(json.dumps(text)))
