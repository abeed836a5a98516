from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from internal.directory.domain import LastOwner, OrganizationUnknown, require_owner_remains, require_role
from internal.platform.roles import NotAllowedHere, Role
from internal.platform.tokens import Principal

SOMEBODY = Principal("user_a", ("customer",), False, None, 0, "token_a")
ADMIN = Principal("user_b", ("customer", "admin"), False, None, 0, "token_b")


@given(st.sampled_from(Role), st.sampled_from(Role))
def test_a_role_opens_what_it_covers(has: Role, needs: Role) -> None:
    """Whoever has the role or a higher one enters; whoever has a lower one is told so."""
    order = [Role.CUSTOMER, Role.STAFF, Role.OWNER]
    if order.index(has) >= order.index(needs):
        require_role(SOMEBODY, has, needs)
    else:
        with pytest.raises(NotAllowedHere):
            require_role(SOMEBODY, has, needs)


def test_a_stranger_does_not_learn_that_it_exists() -> None:
    """Without any role the organisation is not there; an administrator needs none."""
    with pytest.raises(OrganizationUnknown):
        require_role(SOMEBODY, None, Role.CUSTOMER)
    require_role(ADMIN, None, Role.OWNER)


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from([None, *Role])), max_size=40))
def test_there_is_always_an_owner(changes: list[tuple[int, Role | None]]) -> None:
    """Whatever is granted and revoked in whatever order, an organisation that had an owner keeps one."""
    roles: dict[int, Role | None] = {0: Role.OWNER}
    for user, after in changes:
        owners = [role for role in roles.values() if role is Role.OWNER]
        try:
            require_owner_remains(roles.get(user), after, len(owners))
        except LastOwner:
            assert owners == [Role.OWNER]
            assert roles[user] is Role.OWNER
        else:
            roles[user] = after
        assert Role.OWNER in roles.values()
