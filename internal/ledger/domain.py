"""What a row of the trail is, how rows are chained, and whose a thing is. Decides only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from internal.platform.faults import Fault, Kind
from internal.platform.ids import is_id

__all__ = [
    "EMPTY",
    "AuditEvent",
    "Broken",
    "EntityUnknown",
    "Head",
    "Reservation",
    "Row",
    "Said",
    "actor_of",
    "chained",
    "entities_of",
    "first_broken",
    "first_denied",
    "is_of",
    "parent_of",
    "says_whose",
    "seats_to_write",
]

_ID = re.compile(r'"([a-z]{2,12}_[0-9a-f]{32})"')
_BUYER = re.compile(rb'"userId":"([^"]*)"')
_SERVICE_DID_IT = frozenset({"inventory.hold.expired"})


class EntityUnknown(Fault, kind=Kind.NOT_FOUND):
    """The trail knows nothing of this, or not whose it is."""


class Reservation(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Seats that an order bought, and those of them that came back since."""

    id: str
    event_id: str
    organization_id: str
    showtime_id: str
    user_id: str
    seat_ids: list[str]
    order_id: str
    timestamp: datetime
    released_seat_ids: list[str] = []
    released_at: datetime | None = None


class Said(NamedTuple):
    """An event as it was told."""

    event_id: str
    subject: str
    time: str  # of UTC, as `isoformat` writes it: it is hashed and written, and takes a microsecond to make
    actor: str
    request_id: str
    body: bytes


class Row(NamedTuple):
    """The same in its place in the chain."""

    position: int
    said: Said
    hash: bytes


class Head(NamedTuple):
    """The end of the chain."""

    position: int
    hash: bytes


EMPTY = Head(0, b"")


class Broken(NamedTuple):
    """The first row that is not what was written, and how it shows."""

    position: int
    reason: str
    event_id: str = ""


class AuditEvent(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A row of the trail as it is read."""

    position: int
    id: str
    subject: str
    time: datetime
    actor: str
    request_id: str
    body: Any
    hash: str


def actor_of(subject: str, told: str, body: bytes) -> str:
    """Whose doing it was: as its headers say, else what only this event can tell.

    The hot path of holds spends nothing on headers: the buyer stands in the event, and nobody else may have held.
    """
    if told:
        return told
    if subject in _SERVICE_DID_IT:
        return subject.partition(".")[0]
    if subject == "inventory.hold.created":
        found = _BUYER.search(body)
        return found[1].decode() if found else ""
    return ""  # given back or made longer by who held: the hold's first event has the name


def entities_of(said: Said) -> set[str]:
    """Every id that the event names, whatever the field is called, and who caused it."""
    named = set(_ID.findall(said.body.decode("latin-1")))  # whatever the bytes are, ids are found and nothing raises
    if said.actor not in named and is_id(said.actor.partition("_")[0], said.actor):
        named.add(said.actor)  # a person; the name of a service would be named by half of the trail
    return named


def chained(head: Head, said: Iterable[Said]) -> list[Row]:
    """These events behind the head, in order."""
    rows = []
    position, before = head
    for one in said:
        position += 1
        before = _hash(before, position, one)
        rows.append(Row(position, one, before))
    return rows


def first_broken(before: Head, rows: Sequence[Row]) -> Broken | None:
    """The first of these rows that does not follow from the one before it."""
    for row in rows:
        if row.position != before.position + 1:
            return Broken(before.position + 1, "the row is missing")
        if row.hash != _hash(before.hash, row.position, row.said):
            return Broken(row.position, "the row is not what was written", row.said.event_id)
        before = Head(row.position, row.hash)
    return None


def first_denied(anchors: Iterable[tuple[int, str]], hashes: Mapping[int, bytes]) -> Broken | None:
    """The first row that is not what was told of it outside, whatever hashes have been calculated anew."""
    for position, told in sorted(anchors):
        if position not in hashes:
            return Broken(position, "the row was anchored and is missing")
        if hashes[position].hex() != told:
            return Broken(position, "this row, or one before it, is not what was anchored")
    return None


def _hash(before: bytes, position: int, said: Said) -> bytes:
    """Each part with its length before it, so that nothing can be moved from one to its neighbour."""
    place, event_id, subject = b"%d" % position, said.event_id.encode(), said.subject.encode()
    time, actor, request = said.time.encode(), said.actor.encode(), said.request_id.encode()
    return sha256(
        b"%d:%b,%d:%b,%d:%b,%d:%b,%d:%b,%d:%b,%d:%b,%d:%b,"
        % (
            *(len(before), before, len(place), place, len(event_id), event_id, len(subject), subject),
            *(len(time), time, len(actor), actor, len(request), request, len(said.body), said.body),
        )
    ).digest()


# kind of id -> the events that may say whose it is, and the field that names the next larger thing.
# Only a thing's own events are believed: a venue is also named by the showtimes of whoever plays there.
_SAYS_WHOSE: Mapping[str, tuple[str, str]] = {
    "event": ("catalog.", "organizationId"),
    "showtime": ("catalog.showtime.", "organizationId"),
    "venue": ("seatmap.venue.", "organizationId"),
    "hold": ("inventory.hold.created", "showtimeId"),
    "order": ("orders.", "showtimeId"),
    "ticket": ("orders.", "showtimeId"),
    "pay": ("payments.", "orderId"),
    "refund": ("orders.", "showtimeId"),
}


def says_whose(entity: str) -> str | None:
    """The subjects, by how they begin, that may say whose a thing of this kind is."""
    found = _SAYS_WHOSE.get(entity.partition("_")[0])
    return found[0] if found else None


def parent_of(entity: str, event: AuditEvent | None) -> str | None:
    """What this thing belongs to, as its event tells it; an organisation in the end."""
    _, field = _SAYS_WHOSE[entity.partition("_")[0]]
    found = event.body.get(field) if event and isinstance(event.body, dict) else None
    return found if isinstance(found, str) and found else None


def is_of(organization_id: str | None, event: AuditEvent) -> bool:
    """Whether an owner may read it: not what another organisation says of the same thing, a venue for instance."""
    if organization_id is None or not isinstance(event.body, dict):
        return True
    return bool(event.body.get("organizationId", organization_id) == organization_id)


def seats_to_write(told: Sequence[str], written: Iterable[str]) -> list[str]:
    """Those that do not stand in the book yet."""
    already = set(written)
    return [seat for seat in dict.fromkeys(told) if seat not in already]
