from __future__ import annotations

from pathlib import Path

import pytest

from internal.cli.folder import opened
from internal.cli.reaching import reached
from internal.cli.trouble import DataInUse, DataUnusable


def test_no_room_is_said(tmp_path: Path) -> None:
    """Too little room on the disk is refused before anything is written."""
    said = pytest.raises(DataUnusable, match=r"no room: \d+ MB are needed, \d+ MB are free")
    with said, opened(tmp_path / "data", room=10**18):
        pass


def test_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    """A folder with other things in it is never taken, since a reset would remove them."""
    (tmp_path / "letters.txt").write_text("dear")
    with pytest.raises(DataUnusable, match="not empty and not Aisle's"), opened(tmp_path):
        pass
    assert [entry.name for entry in tmp_path.iterdir()] == ["letters.txt"]


def test_one_user_at_a_time(tmp_path: Path) -> None:
    """The second is refused while the first is inside, and let in afterwards."""
    with opened(tmp_path / "data"), pytest.raises(DataInUse), opened(tmp_path / "data"):
        pass
    with opened(tmp_path / "data"):
        pass


def test_passwords_stay_and_differ(tmp_path: Path) -> None:
    """A service has the same password at every start, and none can be told from another's."""
    with opened(tmp_path / "data") as folder:
        first = folder.password("auth")
        assert first != folder.password("catalog")
    with opened(tmp_path / "data") as folder:
        assert folder.password("auth") == first
        assert (folder.path / "secret").stat().st_mode & 0o077 == 0


def test_drop_leaves_nothing(tmp_path: Path) -> None:
    """Everything in it goes, a link's target excepted."""
    (tmp_path / "kept").mkdir()
    with opened(tmp_path / "data") as folder:
        (folder.path / "logs").mkdir()
        (folder.path / "link").symlink_to(tmp_path / "kept")
        folder.drop()
    assert [entry.name for entry in tmp_path.iterdir()] == ["kept"]


def test_who_names_a_folder_means_that_installation(tmp_path: Path) -> None:
    """The operator's commands reach the servers of `--data`, whatever the shell still names; else what it names."""
    left = {"AISLE_NATS_URL": "nats://other", "AISLE_REDIS_URL": "", "AISLE_DATABASE_URL": "postgresql://other/x"}
    own = {"AISLE_NATS_URL": "nats://own", "AISLE_ORDERS_DATABASE_URL": "postgresql://own/orders"}
    with opened(tmp_path / "data", room=0) as folder, folder.telling(own):
        assert reached({**left, "AISLE_ENV": "x"}, str(folder.path)) == {**own, "AISLE_ENV": "x"}
        found = reached({**left, "AISLE_DATA": str(folder.path)}, None)
        assert (found["AISLE_NATS_URL"], found["AISLE_DATABASE_URL"]) == ("nats://other", "postgresql://other/x")
    assert reached(left, str(folder.path)) == {}
