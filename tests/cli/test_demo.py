from __future__ import annotations

import pytest

from internal.cli.demo import Demo, is_wanted
from internal.cli.settings import chosen
from internal.cli.trouble import BadSetting

_GIVEN = {"AISLE_DATABASE_URL": "postgresql://far.example/aisle"}


@pytest.mark.parametrize(
    ("environment", "demo", "wanted"),
    [
        ({}, None, True),
        ({"AISLE_ENV": "laptop"}, None, True),
        ({}, "false", False),
        ({"AISLE_DEMO": "false"}, None, False),
        (_GIVEN, None, False),
        (_GIVEN, "true", True),
        ({"AISLE_ENV": "staging"}, None, False),
        ({"AISLE_ENV": "production"}, None, False),
        ({"AISLE_ENV": "production", **_GIVEN}, None, False),
    ],
)
def test_known_passwords_stay_on_laptops(environment: dict[str, str], demo: str | None, wanted: bool) -> None:
    """The demo is for a laptop's own servers; elsewhere only for who asks for it."""
    assert is_wanted(chosen(environment, demo=demo)) is wanted


def test_production_never_has_a_demo() -> None:
    """Not even where somebody asks for it."""
    with pytest.raises(BadSetting, match="AISLE_ENV=production"):
        is_wanted(chosen({"AISLE_ENV": "production"}, demo="true"))


def test_an_administrator_that_the_operator_named_is_the_only_one() -> None:
    """The demo brings its own only where there is none."""
    own = {"AISLE_AUTH_ADMIN_EMAIL": "me@box.example", "AISLE_AUTH_ADMIN_PASSWORD": "nobody knows"}
    settings = chosen({"AISLE_DATA": "/nowhere"})
    assert Demo(settings, own).administrator() == {}
    assert Demo(settings, {}).administrator()["AISLE_AUTH_ADMIN_EMAIL"] == "admin@demo.aisle"
