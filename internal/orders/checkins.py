"""Check-ins: a code is shown at a door, and the answer is written down under the scanner's nonce.

One transaction each: the nonce's turn, then the ticket's row, so that of fifty scanners that read one code at once one
lets its bearer in, and a question that comes twice is answered as it was the first time. What a scanner without network
let in comes as a batch, and is put where it belongs in time (`admission.counted`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from hmac import compare_digest

import msgspec
from msgspec.structs import replace

from internal.orders import codes
from internal.orders.admission import (
    Doors,
    DoorsUnknown,
    Elsewhere,
    Hours,
    NonceReused,
    Pass,
    Reason,
    Ruling,
    Scan,
    Ticket,
    barred,
    counted,
    earlier_of,
    is_inside,
    not_before,
)
from internal.orders.store import checkins as store
from internal.orders.store import tickets as ticket_store
from internal.orders.store.checkins import Checkin, Counts, Standing
from internal.orders.ticket_config import TicketSettings
from internal.orders.ticket_keys import TicketKeys
from internal.orders.tickets import shown
from internal.platform import outbox
from internal.platform.idempotency import fingerprint
from internal.platform.ids import is_id, new_id
from internal.platform.postgres import Database, Tx
from internal.platform.roles import NotAllowedHere, Roles
from internal.platform.tokens import Principal
from proto.orders import CheckedIn

__all__ = ["Checkins"]


class _Found(msgspec.Struct, frozen=True):
    """A ticket, and the serial of the code that was shown of it."""

    ticket: Ticket
    serial: int


class Checkins:
    """What the people at the doors do. Each call is for the staff of the organisation whose showtime it is."""

    def __init__(
        self,
        database: Database,
        roles: Roles,
        keys: TicketKeys,
        settings: TicketSettings,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._roles = roles
        self._keys = keys
        self._clock = clock
        self._hours = Hours(timedelta(minutes=settings.doors_minutes), timedelta(minutes=settings.show_minutes))

    async def check(self, principal: Principal, scan: Scan, *, late: bool = False) -> Ruling:
        """May this one pass? `late`: they have passed already, while the scanner could not ask."""
        now = self._clock()
        # a scanner whose clock is fast cannot have seen what has not happened yet
        at = min(scan.at or now, now)
        found = await self._found(scan.code)
        organization_id = await self._organization(scan, found)
        if organization_id is None:  # a forgery, at nobody's door: the answer depends on nothing that could change
            return _refusal(scan, at, "invalid")
        await self._roles.require(principal, organization_id)
        mark = fingerprint(scan.code, scan.type)

        async def work(tx: Tx) -> Ruling:
            await store.turn(tx, organization_id, scan.nonce)
            before = await store.told(tx, organization_id, scan.nonce)
            if before is not None:
                if before.mark != mark:
                    raise NonceReused
                return before.answer
            ruling, standing = await self._ruled(tx, scan, at, found, organization_id, late=late)
            line = _line(ruling, standing, scan, found, principal.user_id, now)
            await store.add(tx, line, organization_id, scan.nonce, mark, ruling)
            return ruling

        return await self._database.run(work)

    async def check_all(self, principal: Principal, scans: Sequence[Scan]) -> list[Ruling]:
        """What a scanner saw while it was offline, in the order of its moments; the answers in that of the questions.

        Each is a transaction: what was done when the network fails again is answered the same when all are sent anew.
        """
        now = self._clock()
        order = sorted(range(len(scans)), key=lambda which: (scans[which].at or now, which))
        rulings: dict[int, Ruling] = {}
        for which in order:
            scan = scans[which]
            try:
                rulings[which] = await self.check(principal, scan, late=True)
            except NonceReused:
                rulings[which] = _refusal(scan, scan.at or now, "nonce_reused")
            except DoorsUnknown:
                rulings[which] = _refusal(scan, scan.at or now, "wrong_showtime")
            except NotAllowedHere:
                rulings[which] = _refusal(scan, scan.at or now, "not_allowed")
        return [rulings[which] for which in range(len(scans))]

    async def book(
        self, principal: Principal, showtime_id: str, position: str | None, standing: Standing | None, limit: int
    ) -> tuple[Counts, list[Checkin]]:
        """How full the house is, and who came when."""
        async with self._database.read() as tx:
            doors = await self._doors(tx, showtime_id)
        await self._roles.require(principal, doors.organization_id)
        async with self._database.read() as tx:
            return await store.counts(tx, showtime_id), await store.after(tx, showtime_id, position, standing, limit)

    async def _found(self, code: str) -> _Found | None:
        """The ticket that this is a code of, today's or an older one; None for what we never signed."""
        printed = codes.read(code)
        if printed is None:
            return None
        async with self._database.read() as tx:
            ticket = await ticket_store.ticket(tx, printed.stub.ticket_id)
        if ticket is None:
            return None
        if compare_digest(ticket.code, code):  # what we wrote ourselves needs no check that costs 2 ms
            return _Found(ticket, ticket.serial)
        return _Found(ticket, printed.stub.serial) if await self._keys.verified(printed) else None

    async def _organization(self, scan: Scan, found: _Found | None) -> str | None:
        """Whose staff may ask: that of the showtime which the scanner is set to, else that of the ticket."""
        if scan.showtime_id is None:
            return found.ticket.organization_id if found else None
        async with self._database.read() as tx:
            return (await self._doors(tx, scan.showtime_id)).organization_id

    async def _ruled(
        self, tx: Tx, scan: Scan, at: datetime, found: _Found | None, organization_id: str, *, late: bool
    ) -> tuple[Ruling, Standing]:
        if found is None:
            return _refusal(scan, at, "invalid", new_id("checkin")), "refused"
        refused = _refusal(scan, at, "wrong_showtime", new_id("checkin"))
        ticket = await ticket_store.ticket(tx, found.ticket.id, lock=True)
        assert ticket is not None, "tickets are never deleted"
        if ticket.organization_id == organization_id:  # another house's guests are none of ours
            refused = replace(refused, ticket=shown(ticket))
        if scan.showtime_id not in (None, ticket.showtime_id):
            return refused, "refused"
        doors = await self._doors(tx, ticket.showtime_id)
        reason = barred(ticket, doors, found.serial, scan.type, at, self._hours)
        if reason is not None:
            return replace(refused, reason=reason), "refused"
        return await self._passed(tx, ticket, refused, late=late)

    async def _passed(self, tx: Tx, ticket: Ticket, refused: Ruling, *, late: bool) -> tuple[Ruling, Standing]:
        """The pass in its place among the ticket's others, and what that makes of them."""
        before = await store.passes(tx, ticket.id)
        if not late:
            refused = replace(refused, at=not_before(before, refused.at))
        assert refused.checkin_id is not None
        new = Pass(id=refused.checkin_id, type=refused.type, at=refused.at, gate=refused.gate)
        ruled = counted([*before, new])
        (mine,) = [one for one in ruled if one.id == new.id]
        if mine.standing == "conflict":
            reason: Reason = "already_redeemed" if mine.type == "entry" else "not_entered"
            answer = replace(refused, reason=reason, conflict=late, other=_elsewhere(earlier_of(ruled, mine)))
            return answer, "conflict" if late else "refused"
        known = {one.id: one.standing for one in before}
        changed = [one for one in ruled if one.id in known and known[one.id] != one.standing]
        await store.rule(tx, changed)
        entries = [one.at for one in ruled if one.standing == "counted" and one.type == "entry"]
        await ticket_store.move(tx, ticket.id, entries[0], inside=is_inside(ruled))
        for one in ruled:
            if one.standing == "counted" and known.get(one.id) != "counted":
                await outbox.add(tx, _checked_in(ticket, one), key=one.id)
        lost = next((one for one in changed if one.standing == "conflict"), None)
        done = replace(refused, status="ok", reason=None, conflict=lost is not None, other=_elsewhere(lost))
        return done, "counted"

    async def _doors(self, tx: Tx, showtime_id: str) -> Doors:
        doors = await ticket_store.doors(tx, showtime_id) if is_id("showtime", showtime_id) else None
        if doors is None:
            raise DoorsUnknown
        return doors


def _refusal(scan: Scan, at: datetime, reason: Reason, checkin_id: str | None = None) -> Ruling:
    return Ruling(
        status="error",
        nonce=scan.nonce,
        type=scan.type,
        gate=scan.gate,
        at=at,
        reason=reason,
        checkin_id=checkin_id,
    )


def _elsewhere(other: Pass | None) -> Elsewhere | None:
    return None if other is None else Elsewhere(type=other.type, at=other.at, gate=other.gate)


def _line(ruling: Ruling, standing: Standing, scan: Scan, found: _Found | None, user_id: str, now: datetime) -> Checkin:
    assert ruling.checkin_id is not None
    showtime_id = scan.showtime_id or (found.ticket.showtime_id if found else "")
    return Checkin(
        id=ruling.checkin_id,
        showtime_id=showtime_id,
        ticket_id=found.ticket.id if found else None,
        seat_id=found.ticket.seat_id if found else "",
        type=ruling.type,
        gate=ruling.gate,
        at=ruling.at,
        received_at=now,
        user_id=user_id,
        standing=standing,
        reason=ruling.reason or "",
    )


def _checked_in(ticket: Ticket, passed: Pass) -> CheckedIn:
    return CheckedIn(
        ticket_id=ticket.id,
        order_id=ticket.order_id,
        showtime_id=ticket.showtime_id,
        seat_id=ticket.seat_id,
        gate=passed.gate,
        type=passed.type,
        at=passed.at,
    )
