from __future__ import annotations

import pytest

from internal.platform.roles import NotAllowedHere, Role, Roles
from internal.platform.tokens import Principal


class Directory:
    """Answers as directory would, and counts."""

    def __init__(self) -> None:
        self.roles: dict[tuple[str, str], Role] = {}
        self.asked = 0

    async def role(self, user_id: str, organization_id: str) -> Role | None:
        self.asked += 1
        return self.roles.get((user_id, organization_id))


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def somebody(user_id: str = "user_a", *, roles: tuple[str, ...] = ("customer",), guest: bool = False) -> Principal:
    return Principal(user_id, roles, guest, None, 2**31, "token_a")


async def test_a_higher_role_covers_a_lower_one_and_no_other_way_round() -> None:
    """An owner may do what staff may, staff may not do what an owner may."""
    directory = Directory()
    directory.roles["user_a", "org_a"] = Role.STAFF
    roles = Roles(directory.role)
    await roles.require(somebody(), "org_a", at_least=Role.STAFF)
    await roles.require(somebody(), "org_a", at_least=Role.CUSTOMER)
    with pytest.raises(NotAllowedHere):
        await roles.require(somebody(), "org_a", at_least=Role.OWNER)


async def test_a_role_counts_in_its_own_organisation_only() -> None:
    """The owner of one organisation is nobody in another."""
    directory = Directory()
    directory.roles["user_a", "org_a"] = Role.OWNER
    roles = Roles(directory.role)
    with pytest.raises(NotAllowedHere):
        await roles.require(somebody(), "org_b", at_least=Role.CUSTOMER)


async def test_a_grant_is_believed_for_five_seconds() -> None:
    """A grant is asked for once in five seconds, and a role that was taken away is gone after them."""
    directory, clock = Directory(), Clock()
    directory.roles["user_a", "org_a"] = Role.STAFF
    roles = Roles(directory.role, clock=clock)
    for _ in range(3):
        await roles.require(somebody(), "org_a")
    assert directory.asked == 1
    del directory.roles["user_a", "org_a"]
    clock.now = 5.0
    with pytest.raises(NotAllowedHere):
        await roles.require(somebody(), "org_a")


async def test_a_refusal_is_not_remembered() -> None:
    """Who was just made a member, or got a higher role, can use it at once."""
    directory = Directory()
    roles = Roles(directory.role)
    with pytest.raises(NotAllowedHere):
        await roles.require(somebody(), "org_a")
    directory.roles["user_a", "org_a"] = Role.STAFF
    await roles.require(somebody(), "org_a")
    directory.roles["user_a", "org_a"] = Role.OWNER
    await roles.require(somebody(), "org_a", at_least=Role.OWNER)


async def test_an_administrator_is_not_asked_about_and_a_guest_neither() -> None:
    """Who runs the system may act everywhere, a guest nowhere; directory is not troubled with either."""
    directory = Directory()
    roles = Roles(directory.role)
    await roles.require(somebody(roles=("customer", "admin")), "org_a", at_least=Role.OWNER)
    with pytest.raises(NotAllowedHere):
        await roles.require(somebody(guest=True), "org_a", at_least=Role.CUSTOMER)
    assert directory.asked == 0


async def test_the_memory_is_bounded() -> None:
    """However many organisers there are, no more than 4,096 grants are kept."""
    directory = Directory()
    roles = Roles(directory.role)
    for number in range(4100):
        directory.roles[f"user_{number}", "org_a"] = Role.STAFF
        await roles.require(somebody(f"user_{number}"), "org_a")
    assert len(roles._granted) == 4096
