"""A room: who comes back gets what they lack, and no more."""

from __future__ import annotations

import json
from typing import Any

from internal.broadcaster.domain import Mirror
from internal.broadcaster.frames import Frame
from internal.broadcaster.rooms import Room
from proto.live import LiveSeats, LiveStats

PLACES = [f"A{at}" for at in range(200)]


class Reader:
    """Keeps what it is shown; its own outlet."""

    streams = False
    unanswered = 0
    over = False

    def __init__(self) -> None:
        self.frames: list[dict[str, Any]] = []
        self.spared = 0

    @property
    def outlet(self) -> Reader:
        return self

    def show(self, frame: Frame) -> None:
        self.send(frame.socket)

    def send(self, data: bytes) -> None:
        self.frames.append(json.loads(data[data.index(b"{") :]))

    def spare(self, size: int) -> None:
        self.spared = size

    def close(self, _: int) -> None:
        self.over = True

    def refused(self, _: str) -> None:
        self.over = True

    @property
    def taken(self) -> dict[str, str]:
        """The picture that these frames make, or a failed assertion about their order."""
        taken: dict[str, str] = {}
        version = -1
        for frame in self.frames:
            if frame["type"] == "SNAPSHOT":
                taken = {seat: word for word in ("held", "sold", "blocked") for seat in frame[word]}
            elif frame["type"] == "SEATS":
                assert frame["fromVersion"] <= version or version == -1
                taken = {seat: word for seat, word in taken.items() if seat not in frame["released"]}
                taken |= {seat: word for word in ("held", "sold", "blocked") for seat in frame[word]}
            else:
                continue
            version = frame["version"]
        return taken


def mirror(version: int, held: int, layout: str = "hall") -> Mirror:
    """A hall in which the first so many seats are held."""
    return Mirror.of_map("showtime_1", version, layout, PLACES, b"h" * held + b"." * (len(PLACES) - held))


def opened(version: int = 100, held: int = 3, remembered: int = 600) -> Room:
    room = Room("showtime_1", remembered)
    room.renew(mirror(version, held), -1)
    return room


def change(before: int, after: int, **lists: list[str]) -> LiveSeats:
    return LiveSeats(showtime_id="showtime_1", version=after, from_version=before, **lists)


def joined(room: Room, since: int | None = None) -> Reader:
    reader = Reader()
    room.join(reader, since)
    return reader


def test_who_comes_before_the_map_was_read_waits_for_it() -> None:
    """Nothing is shown until there is something true to show."""
    room = Room("showtime_1", 10)
    reader = joined(room)
    assert (reader.frames, room.empty) == ([], False)
    room.renew(mirror(7, 2), -1)
    assert [frame["type"] for frame in reader.frames] == ["SNAPSHOT"]
    assert reader.taken == {"A0": "held", "A1": "held"}


def test_who_comes_back_is_told_what_it_missed() -> None:
    """From a version that is remembered, the changes since, and no snapshot."""
    room = opened()
    for version in range(100, 105):
        room.follow(change(version, version + 1, held=[f"A{version}"]))
    reader = joined(room, since=102)
    assert [(frame["fromVersion"], frame["version"]) for frame in reader.frames] == [(102, 103), (103, 104), (104, 105)]


def test_who_missed_nothing_is_told_so() -> None:
    """An empty change says that the subscription stands."""
    (frame,) = joined(opened(), since=100).frames
    assert (frame["type"], frame["fromVersion"], frame["version"], frame["held"]) == ("SEATS", 100, 100, [])


def test_a_version_that_is_not_remembered_gets_a_snapshot() -> None:
    """Too old, from another life of Redis, or from the future: the whole picture."""
    room = opened(remembered=2)
    for version in range(100, 105):
        room.follow(change(version, version + 1, held=[f"A{version}"]))
    for since in (50, 101, 102, 999):
        assert joined(room, since=since).frames[0]["type"] == "SNAPSHOT", since
    assert joined(room, since=103).frames[0]["type"] == "SEATS"


def test_late_comers_share_a_snapshot_and_get_what_came_since() -> None:
    """A snapshot is not made for each of them, and whoever comes has the room's picture all the same."""
    room = opened()
    first = joined(room)
    for version in range(100, 160):
        room.follow(change(version, version + 1, held=[f"A{version}"], released=[f"A{version - 100}"]))
        assert room.mirror is not None
        assert joined(room).taken == room.mirror.taken
    assert first.taken == joined(room).taken


def test_what_is_known_already_changes_nothing() -> None:
    """A picture told twice, or one older than the map that was read."""
    room = opened()
    room.behind = False
    reader = joined(room)
    room.follow(change(99, 100, sold=["A150"]))
    assert (len(reader.frames), room.behind) == (1, False)


def test_a_gap_is_seen_and_repaired_by_the_difference() -> None:
    """A picture that begins after our version is not applied; the map read again makes it whole."""
    room = opened()
    room.behind = False
    reader = joined(room)
    room.follow(change(104, 105, held=["A150"]))
    assert (room.behind, room.version, len(reader.frames)) == (True, 100, 1)
    room.renew(mirror(106, 5), 100)
    assert reader.frames[-1]["fromVersion"] == 100
    assert reader.taken == mirror(106, 5).taken


def test_an_answer_that_is_older_than_what_was_heard_meanwhile_is_ignored() -> None:
    """Redis was read at 100, and 101 was heard before its answer came."""
    room = opened()
    room.follow(change(100, 101, held=["A9"]))
    room.renew(mirror(100, 3), 100)
    assert room.version == 101
    assert "A9" in joined(room).taken


def test_a_redis_that_forgot_replaces_the_picture() -> None:
    """A version below the one that we had when we asked: everybody gets a snapshot, and nobody resumes from before."""
    room = opened()
    reader = joined(room)
    room.follow(change(100, 101, held=["A9"]))
    room.renew(mirror(50, 1), 101)
    assert reader.frames[-1]["type"] == "SNAPSHOT"
    assert reader.taken == {"A0": "held"}
    assert joined(room, since=101).frames[0]["type"] == "SNAPSHOT"


def test_a_new_hall_replaces_the_picture() -> None:
    """Places of one layout mean nothing in another."""
    room = opened()
    reader = joined(room)
    room.renew(mirror(200, 2, layout="another"), 100)
    assert reader.frames[-1]["type"] == "SNAPSHOT"


def test_a_snapshot_does_not_count_against_a_slow_reader() -> None:
    """It is as large as the hall."""
    assert joined(opened(held=200)).spared > 1_000


def test_the_last_counts_are_shown_to_who_comes() -> None:
    """A dashboard is not empty until the next sale."""
    room = opened()
    room.show_stats(LiveStats(event_id="event_1", showtime_id="showtime_1", version=4, capacity=200, held=3))
    assert joined(room).frames[-1] == {
        "type": "STATS", "eventId": "event_1", "showtimeId": "showtime_1", "version": 4,
        "capacity": 200, "available": 0, "held": 3, "sold": 0, "blocked": 0, "canceled": False, "sections": [],
    }  # fmt: skip


def test_nobody_left_is_empty() -> None:
    """Joined, waiting or seat by seat: as long as somebody is there, it is not."""
    room = opened()
    reader = joined(room)
    assert not room.empty
    room.leave(reader)
    assert room.empty


def test_a_showtime_that_is_new_is_told_from_its_beginning() -> None:
    """Put on sale while its event was watched: what was taken before its map was read is told as it was taken."""
    room, reader = Room("showtime_1", 10), Reader()
    room.is_new = True
    room.of_event.join(reader)
    room.renew(Mirror("showtime_1", 7, "hall", {"A1": "held", "A2": "sold"}), -1)
    assert {(frame["seatNumber"], frame["status"]) for frame in reader.frames} == {("A1", "held"), ("A2", "sold")}
