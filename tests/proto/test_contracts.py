"""The contracts: named on the wire as the design says, and forgiving to whoever knows more."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import msgspec
import pytest

import proto
from proto.inventory import Claim, HoldCreated
from proto.live import LiveSeats
from proto.orders import OrderCreated

proto.everything()

# The contracts as they were agreed on first, word for word.
FIXED = """
inventory.hold.created      {holdId, userId, showtimeId, seatIds, expiresAt}
inventory.hold.refreshed    {holdId, showtimeId, expiresAt}
inventory.hold.released     {holdId, showtimeId, seatIds}
inventory.hold.expired      {holdId, showtimeId, seatIds}
inventory.seats.purchased   {showtimeId, seatIds, orderId}
inventory.seats.released    {showtimeId, seatIds, orderId}
orders.created              {orderId, userId, showtimeId, seatIds, total, currency}
orders.completed            {orderId, userId, showtimeId, seatIds, total, currency}
orders.canceled             {orderId, userId, showtimeId, seatIds, reason}
payments.action_required    {orderId, paymentId, actionUrl}
payments.succeeded          {orderId, paymentId, amount, currency}
payments.failed             {orderId, paymentId, code, message}
payments.refunded           {orderId, paymentId, refundId, amount, currency}
"""


@pytest.mark.parametrize("line", FIXED.strip().splitlines())
def test_the_fixed_contracts_have_exactly_their_fields(line: str) -> None:
    """The design's list is what goes over the wire."""
    subject, _, fields = line.partition("{")
    expected = [name.strip() for name in fields.rstrip("}").split(",")]
    assert [field.encode_name for field in msgspec.structs.fields(proto.EVENTS[subject.strip()])] == expected


def test_stats_updated_names_its_event_showtime_and_perhaps_a_section() -> None:
    """The design leaves the counts open, but not these."""
    fields = {field.encode_name: field.required for field in msgspec.structs.fields(proto.EVENTS["stats.updated"])}
    assert (fields["eventId"], fields["showtimeId"], fields["sectionId"]) == (True, True, False)


def test_a_showtime_published_carries_what_the_inventory_opens_it_with() -> None:
    """No question back to the catalog is needed to open a showtime."""
    fields = {f.encode_name: f.required for f in msgspec.structs.fields(proto.EVENTS["catalog.showtime.published"])}
    assert fields == {
        "showtimeId": True,
        "eventId": True,
        "organizationId": True,
        "venueId": True,
        "layoutHash": True,
        "startsAt": True,
        "onSaleFrom": False,
        "onSaleUntil": False,
        "seatsPerBuyer": True,
        "holdSeconds": True,
        "currency": True,
        "timeZone": False,
        "tiers": False,
    }


def test_a_reader_ignores_what_it_does_not_know() -> None:
    """A newer publisher may say more."""
    for struct in [*proto.EVENTS.values(), *proto.REQUESTS.values(), *proto.PICTURES.values()]:
        assert not struct.__struct_config__.forbid_unknown_fields, struct
    known = msgspec.json.decode(
        b'{"orderId":"o","sagaId":"s","more":{"a":1}}', type=proto.REQUESTS["rpc.inventory.release"]
    )
    assert msgspec.to_builtins(known) == {"orderId": "o", "sagaId": "s"}


def test_times_are_utc_with_z_and_must_have_a_zone() -> None:
    """A local time would be an hour wrong twice a year."""
    event = HoldCreated(
        hold_id="h", user_id="u", showtime_id="s", seat_ids=["A-1"], expires_at=datetime(2026, 1, 2, tzinfo=UTC)
    )
    wire = msgspec.json.encode(event)
    assert b'"expiresAt":"2026-01-02T00:00:00Z"' in wire
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(wire.replace(b"00Z", b"00"), type=HoldCreated)


@pytest.mark.parametrize("seat", ["", "a b", "a\n", "a" * 65, "a/b", "é"])
def test_a_seat_id_of_another_form_is_refused(seat: str) -> None:
    """It becomes part of Redis keys and subjects."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(seat, proto.SeatId)
    assert msgspec.convert("Stalls.A:1_2-3", proto.SeatId)


def test_money_is_an_integer() -> None:
    """A float would lose a cent."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(
            {"orderId": "o", "userId": "u", "showtimeId": "s", "seatIds": [], "total": 1.5, "currency": "TRY"},
            OrderCreated,
        )


def test_every_subject_is_of_the_agreed_form() -> None:
    """Facts begin with their owner, requests with rpc, pictures with live."""
    for subject, event in proto.EVENTS.items():
        assert re.fullmatch(r"[a-z]+(\.[a-z_]+){1,2}", subject), subject
        assert not subject.startswith(("rpc.", "live.", "dlq.")), subject
        assert _publisher(event) == subject.split(".")[0]
    for subject, request in proto.REQUESTS.items():
        assert re.fullmatch(r"rpc\.[a-z]+\.[a-z_]+", subject), subject
        assert _publisher(request) == subject.split(".")[1]
        assert issubclass(request.answers, proto.Answer)


def _publisher(contract: type) -> str:
    """The module below proto, or the package."""
    return contract.__module__.split(".")[1]


def test_a_request_knows_its_answer_and_a_picture_its_subject() -> None:
    """The base says it once."""
    assert Claim.subject == "rpc.inventory.claim"
    assert Claim.answers.__name__ == "Claimed"
    assert LiveSeats(showtime_id="showtime_1", version=2, from_version=1).to() == "live.seats.showtime_1"


def test_a_subject_is_declared_once() -> None:
    """Two structs on one subject would be two contracts."""
    with pytest.raises(ValueError, match="is declared by"):
        proto.event("inventory.hold.created")(type("Other", (proto.Event,), {}))
