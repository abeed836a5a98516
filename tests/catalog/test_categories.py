"""Categories over HTTP."""

from __future__ import annotations

from internal.platform.ids import new_id
from tests.catalog.conftest import Organizer, good
from tests.edge import code
from tests.running import System


async def test_administrators_write_and_everybody_reads(system: System, ada: Organizer) -> None:
    """Made, renamed, listed and removed; a name is there once, and what is used stays."""
    admin, stranger = system.person(roles=("customer", "admin")), system.stranger()
    name, other = new_id("opera"), new_id("ballet")
    made = good(await admin("POST", "/api/categories", {"name": name}))
    path = f"/api/categories/{made['id']}"
    assert good(await stranger("GET", path)) == made
    assert code(await admin("POST", "/api/categories", {"name": name})) == (409, "category_taken")
    second = good(await admin("POST", "/api/categories", {"name": other}))
    assert code(await admin("PATCH", path, {"name": other})) == (409, "category_taken")
    event = await ada.event(categoryId=made["id"])
    assert code(await admin("DELETE", path)) == (409, "category_in_use")
    good(await ada.call("PATCH", f"/api/events/{event['id']}", {"categoryId": None}))
    tag = (await stranger("GET", path)).headers["etag"]
    renamed = await admin("PUT", path, {"name": new_id("opera")}, {"if-match": tag})
    assert good(renamed)["version"] == 2
    assert code(await admin("DELETE", path, headers={"if-match": tag})) == (412, "changed_meanwhile")
    assert (await admin("DELETE", path)).status_code == 204
    assert code(await stranger("GET", path)) == (404, "category_unknown")
    names = [one["name"] for one in good(await stranger("GET", "/api/categories", params={"limit": 200}))["items"]]
    assert second["name"] in names
    assert names == sorted(names)


async def test_nobody_else_writes(system: System, ada: Organizer) -> None:
    """An organiser is no administrator."""
    for person, fault in ((ada.call, (403, "forbidden")), (system.stranger(), (401, "unauthenticated"))):
        path = f"/api/categories/{new_id('category')}"
        assert code(await person("POST", "/api/categories", {"name": "Mine"})) == fault
        assert code(await person("PATCH", path, {"name": "Mine"})) == fault
        assert code(await person("DELETE", path)) == fault


async def test_every_name_ends_a_page(system: System) -> None:
    """The longest, and one with characters that are not printed, as they join an emoji: the next page begins there."""
    admin, stranger = system.person(roles=("customer", "admin")), system.stranger()
    own = new_id("zirkus")
    names = {(own + "\U0001f469\u200d\U0001f467\u00a0").ljust(length, "\U0001f3aa") for length in (60, 200)}
    for name in names:
        good(await admin("POST", "/api/categories", {"name": name}))
    seen: list[str] = []
    asked: dict[str, str] = {}
    while not seen or asked:
        page = good(await stranger("GET", "/api/categories", params={"limit": 1, **asked}))
        seen += [one["name"] for one in page["items"]]
        asked = {"cursor": page["nextCursor"]} if page["nextCursor"] else {}
    assert names <= set(seen)
    assert len(seen) == len(set(seen))
