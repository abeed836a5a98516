from __future__ import annotations

import asyncio
from typing import Any

import pytest

from internal.directory.handlers import Organizations
from internal.platform.ids import new_id
from internal.platform.postgres import Database
from proto.auth import Person as Account
from proto.directory import EnsureOrganization, GetRole
from tests.directory.conftest import Accounts, People, told_about
from tests.edge import code


async def test_who_makes_an_organization_owns_it(people: People, database: Database) -> None:
    """Made, read, renamed and given up by its owner; each step is told to the others."""
    ada = people.person()
    path = await ada.makes_organization("Opera")
    organization_id = path.rpartition("/")[2]
    shown = await ada("GET", path)
    assert shown.json()["id"] == organization_id
    assert shown.json()["name"] == "Opera"
    (member,) = (await ada("GET", f"{path}/members")).json()["items"]
    assert (member["userId"], member["role"]) == (ada.id, "owner")
    assert (await ada("PATCH", path, {"name": "State Opera"})).json()["name"] == "State Opera"
    assert (await ada("DELETE", path)).status_code == 204
    assert code(await ada("GET", path)) == (404, "organization_unknown")
    assert await told_about(database, organization_id) == [
        "directory.organization.created",
        "directory.role.granted",
        "directory.organization.updated",
        "directory.organization.deleted",
    ]


async def test_each_role_may_do_its_part(people: People) -> None:
    """A customer may look, staff see the members, owners decide; a stranger finds nothing at all."""
    owner, staff, customer, stranger = [people.person() for _ in range(4)]
    path = await owner.makes_organization()
    await owner.appoints(path, staff, "staff")
    await owner.appoints(path, customer, "customer")
    target = new_id("user")
    calls: list[tuple[str, str, Any]] = [
        ("GET", path, None),
        ("GET", f"{path}/members", None),
        ("PATCH", path, {"name": "Mine"}),
        ("POST", f"{path}/members", {"userId": target, "role": "staff"}),
        ("PUT", f"{path}/members/{target}", {"role": "owner"}),
        ("DELETE", f"{path}/members/{target}", None),
    ]
    for person, allowed in ((customer, 1), (staff, 2), (owner, 6)):
        for number, (method, where, body) in enumerate(calls):
            answer = await person(method, where, body)
            if number < allowed:
                assert answer.status_code < 300, (method, where, answer.text)
            else:
                assert code(answer) == (403, "not_allowed_here"), (method, where)
    for method, where, body in [*calls, ("DELETE", path, None)]:
        assert code(await stranger(method, where, body)) == (404, "organization_unknown"), (method, where)


async def test_an_owner_of_another_is_a_stranger_here(people: People) -> None:
    """To own one organisation opens no other, neither to look nor to change; nothing of it changes."""
    owner, foreign = people.person(), people.person()
    path = await owner.makes_organization("Opera")
    await foreign.makes_organization("Circus")
    assert code(await foreign("PATCH", path, {"name": "Circus"})) == (404, "organization_unknown")
    assert code(await foreign("PUT", f"{path}/members/{foreign.id}", {"role": "owner"})) == (
        404,
        "organization_unknown",
    )
    assert (await owner("GET", path)).json()["name"] == "Opera"
    assert len((await owner("GET", f"{path}/members")).json()["items"]) == 1


async def test_an_administrator_may_act_everywhere(people: People) -> None:
    """Who runs the system can help out in an organisation without being in it."""
    owner, admin = people.person(), people.person(roles=("customer", "admin"))
    path = await owner.makes_organization()
    await admin.appoints(path, people.person(), "owner")
    assert (await admin("GET", f"{path}/members")).status_code == 200
    ids = {one["id"] for one in (await admin("GET", "/api/organizations", params={"limit": 200})).json()["items"]}
    assert path.rpartition("/")[2] in ids


async def test_guests_and_strangers_organize_nothing(people: People) -> None:
    """A guest is told to register, who is not signed in to do so."""
    assert code(await people.person(guest=True)("POST", "/api/organizations", {"name": "X"})) == (
        403,
        "guests_cannot_organize",
    )
    for method, path, body in [("POST", "/api/organizations", {"name": "X"}), ("GET", "/api/organizations", None)]:
        assert code(await people.stranger()(method, path, body)) == (401, "unauthenticated")


async def test_the_last_owner_stays(people: People) -> None:
    """Neither leaving nor becoming less is possible for the last owner; with a second one it is."""
    ada, bea = people.person(), people.person()
    path = await ada.makes_organization()
    assert code(await ada("DELETE", f"{path}/members/{ada.id}")) == (409, "last_owner")
    assert code(await ada("PUT", f"{path}/members/{ada.id}", {"role": "staff"})) == (409, "last_owner")
    assert (await ada("PUT", f"{path}/members/{ada.id}", {"role": "owner"})).status_code == 200
    await ada.appoints(path, bea, "owner")
    assert (await ada("DELETE", f"{path}/members/{ada.id}")).status_code == 204
    assert code(await ada("GET", path)) == (404, "organization_unknown")
    assert code(await bea("DELETE", f"{path}/members/{bea.id}")) == (409, "last_owner")


async def test_of_owners_who_leave_at_once_one_stays(people: People) -> None:
    """Five owners leave at the same moment: four are gone, and the fifth is told why not."""
    owners = [people.person() for _ in range(5)]
    path = await owners[0].makes_organization()
    for other in owners[1:]:
        await owners[0].appoints(path, other, "owner")
    answers = await asyncio.gather(*(one("DELETE", f"{path}/members/{one.id}") for one in owners))
    assert sorted(answer.status_code for answer in answers) == [204, 204, 204, 204, 409]


async def test_members_come_and_go(people: People, database: Database, organizations: Organizations) -> None:
    """Granted, changed, left: the other services are told once for each, and are answered with what is so now."""
    owner, staff = people.person(), people.person()
    path = await owner.makes_organization()
    asked = GetRole(user_id=staff.id, organization_id=path.rpartition("/")[2])
    assert (await organizations.role(asked)).role is None
    made = await owner("POST", f"{path}/members", {"userId": staff.id, "role": "customer"})
    assert made.status_code == 201
    since = made.json()["since"]
    for _ in range(2):  # the second time nothing changes, and nothing is told
        changed = await owner("PUT", f"{path}/members/{staff.id}", {"role": "staff"})
        assert changed.json() == {**made.json(), "role": "staff", "since": since}
    assert (await organizations.role(asked)).role == "staff"
    assert (await staff("DELETE", f"{path}/members/{staff.id}")).status_code == 204
    assert code(await owner("DELETE", f"{path}/members/{staff.id}")) == (404, "not_a_member")
    assert (await organizations.role(asked)).role is None
    assert await told_about(database, staff.id) == [
        "directory.role.granted",
        "directory.role.granted",
        "directory.role.revoked",
    ]


async def test_lists_come_in_pages(people: People) -> None:
    """Following the cursors shows every organisation of one's own, and every member, once."""
    owner = people.person()
    made = [(await owner.makes_organization(f"House {number}")).rpartition("/")[2] for number in range(5)]
    path = f"/api/organizations/{made[0]}"
    members = [people.person() for _ in range(4)]
    for member in members:
        await owner.appoints(path, member, "staff")
    for where, name, expected in [
        ("/api/organizations", "id", made),
        (f"{path}/members", "userId", sorted([owner.id, *(member.id for member in members)])),
    ]:
        seen: list[str] = []
        cursor = None
        while True:
            query = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
            page = (await owner("GET", where, params=query)).json()
            seen += [item[name] for item in page["items"]]
            if (cursor := page["nextCursor"]) is None:
                break
        assert seen == expected


async def test_a_removed_account_has_no_role(people: People, database: Database, organizations: Organizations) -> None:
    """When auth removed a user all roles of that user end, even a last owner's, and that is told."""
    owner = people.person()
    paths = [await owner.makes_organization() for _ in range(2)]
    async with database.transaction() as tx:
        await organizations.forget(tx, owner.id)
    for path in paths:
        asked = GetRole(user_id=owner.id, organization_id=path.rpartition("/")[2])
        assert (await organizations.role(asked)).role is None
    assert (await told_about(database, owner.id))[-2:] == ["directory.role.revoked"] * 2


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "", {}),
        ("POST", "", {"name": ""}),
        ("POST", "", {"name": "x" * 201}),
        ("POST", "", {"name": "a\0b"}),
        ("POST", "", {"name": 7}),
        ("POST", "", {"name": "Opera", "owner": "me"}),
        ("POST", "", [{"name": "Opera"}]),
        ("GET", "?limit=0", None),
        ("GET", "?cursor=rubbish", None),
        ("POST", "/members", {"userId": "me", "role": "staff"}),
        ("POST", "/members", {"userId": "user_" + "0" * 32, "role": "king"}),
        ("PUT", "/members/user_" + "0" * 32, {"role": None}),
    ],
)
async def test_bad_input_is_told(people: People, method: str, path: str, body: Any) -> None:
    """What is wrong, too long or unknown is a 400 that says so."""
    owner = people.person()
    start = await owner.makes_organization() if path.startswith("/members") else "/api/organizations"
    assert code(await owner(method, start + path, body)) == (400, "malformed")


@pytest.mark.parametrize("odd", ["x", "org_1", "org_%00", "org_" + "g" * 32])
async def test_an_odd_id_is_nothing(people: People, odd: str) -> None:
    """What is no id of an organisation is the id of none, and so it is with members."""
    owner = people.person()
    assert code(await owner("GET", f"/api/organizations/{odd}")) == (404, "organization_unknown")
    path = await owner.makes_organization()
    assert code(await owner("DELETE", f"{path}/members/{odd}")) == (404, "not_a_member")
    assert code(await owner("PUT", f"{path}/members/{odd}", {"role": "staff"})) == (404, "not_a_member")


async def test_who_organizes_without_an_organization_gets_one(people: People, organizations: Organizations) -> None:
    """Asked ten times at once, one organisation is made; who runs one already is sent there; a customer is not."""
    newcomer, staff, owner = [people.person() for _ in range(3)]
    asked = [organizations.ensure(EnsureOrganization(user_id=newcomer.id, name="Ada")) for _ in range(10)]
    (made,) = {answer.organization_id for answer in await asyncio.gather(*asked)}
    assert (await newcomer("GET", f"/api/organizations/{made}")).json()["name"] == "Ada"
    path = await owner.makes_organization()
    await owner.appoints(path, staff, "customer")
    own = await organizations.ensure(EnsureOrganization(user_id=staff.id, name="Bea"))
    assert own.organization_id != path.rpartition("/")[2]
    assert await organizations.ensure(EnsureOrganization(user_id=staff.id, name="Bea")) == own
    theirs = await organizations.ensure(EnsureOrganization(user_id=owner.id, name="Cleo"))
    assert theirs.organization_id == path.rpartition("/")[2]


async def test_a_member_is_added_by_e_mail_and_shown_by_name(people: People, accounts: Accounts) -> None:
    """Colleagues are known by name; who has no account is told so to owners alone."""
    owner, staff, new = [people.person() for _ in range(3)]
    accounts.known.append(Account(user_id=new.id, name="Ada", email="ada@example.com"))
    path = await owner.makes_organization()
    await owner.appoints(path, staff, "staff")
    ada = {"email": "ada@example.com", "role": "staff"}
    assert code(await staff("POST", f"{path}/members", ada)) == (403, "not_allowed_here")
    assert code(await new("POST", f"{path}/members", ada)) == (404, "organization_unknown")
    assert (await owner("POST", f"{path}/members", ada)).json()["userId"] == new.id
    shown = {one["userId"]: one for one in (await new("GET", f"{path}/members")).json()["items"]}
    assert (shown[new.id]["name"], shown[new.id]["email"]) == ("Ada", "ada@example.com")
    assert (shown[owner.id]["name"], shown[owner.id]["email"]) == ("", "")
    nobody = {"email": "nobody@example.com", "role": "staff"}
    assert code(await owner("POST", f"{path}/members", nobody)) == (404, "no_such_account")
    for wrong in ({"role": "staff"}, {**ada, "userId": new.id}, {"email": "no e-mail", "role": "staff"}):
        assert code(await owner("POST", f"{path}/members", wrong)) == (400, "malformed")


async def test_members_are_shown_while_nobody_knows_their_names(people: People, accounts: Accounts) -> None:
    """An organisation can be run while auth is away; only adding by e-mail has to wait."""
    owner = people.person()
    path = await owner.makes_organization()
    accounts.away = True
    try:
        (member,) = (await owner("GET", f"{path}/members")).json()["items"]
        assert (member["userId"], member["name"]) == (owner.id, "")
        answer = await owner("POST", f"{path}/members", {"email": "ada@example.com", "role": "staff"})
        assert code(answer) == (503, "unavailable")
    finally:
        accounts.away = False
