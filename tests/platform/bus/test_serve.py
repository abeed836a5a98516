"""Questions and commands: the answer, the fault, and the limits on both sides."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from internal.embedded import Nats
from internal.platform.bus import Bus, Endpoint, MessageTooLarge, NoAnswer, serve
from internal.platform.bus.serve import _WAITING_ROOM
from internal.platform.context import request_id, traceparent
from internal.platform.faults import Fault, Internal, Kind, Malformed, Unavailable
from proto.health import CallRoll, Present
from proto.inventory import Claim, Claimed
from proto.seatmap import CreateSimple, SimpleCreated
from tests.platform.bus.conftest import opened, running
from tests.waiting import until

ASKED = Claim(hold_id="hold_1", order_id="order_1", user_id="user_1", saga_id="saga_1", showtime_id="showtime_1")
ANSWER = Claimed(showtime_id="showtime_1", seat_ids=["A-1"], fence=7)


class SeatGone(Fault, kind=Kind.CONFLICT):
    """The seat is somebody else's."""


async def answer(request: Claim) -> Claimed:
    assert request == ASKED
    return ANSWER


async def served(bus: Bus) -> None:
    """Returns when the endpoint answers."""
    await until(lambda: _answers(bus))


async def _answers(bus: Bus) -> bool:
    try:
        await bus.client().request("rpc.inventory.ping", b"", timeout=0.5)
    except Exception:
        return False
    return True


async def _asked_once(bus: Bus, counts: list[int]) -> bool:
    """Ask until both have answered once, so that both are there."""
    await bus.request(ASKED)
    return all(counts)


async def _refused(bus: Bus) -> bool:
    """Nobody takes requests any more."""
    try:
        await bus.request(ASKED, timeout=0.05)
    except NoAnswer:
        return False
    except Unavailable:
        return True
    return False


async def test_a_request_has_its_typed_answer(bus: Bus) -> None:
    """What the contract says, both ways."""
    async with running(serve(bus, [Endpoint(Claim, answer)])):
        await served(bus)
        assert await bus.request(ASKED) == ANSWER


async def test_a_fault_is_raised_at_the_caller_as_it_was_at_the_peer(bus: Bus) -> None:
    """Its class, its words, and what it says to programs."""

    async def refuse(request: Claim) -> Claimed:
        raise SeatGone("A-1 is taken", seatIds=["A-1"], left=2)

    async with running(serve(bus, [Endpoint(Claim, refuse)])):
        await served(bus)
        with pytest.raises(SeatGone) as caught:
            await bus.request(ASKED)
    fault = caught.value
    assert (fault.detail, fault.extra, fault.kind) == ("A-1 is taken", {"seatIds": ["A-1"], "left": 2}, Kind.CONFLICT)


async def test_a_fault_this_process_does_not_know_keeps_its_code_and_kind(bus: Bus) -> None:
    """Services do not import each other."""

    async def refuse(message: Any) -> None:
        body = b'{"code":"seat_cursed","kind":"GONE","detail":"Nobody sits there.","extra":{"a":1}}'
        await message._client.publish(message.reply, body, headers={"Aisle-Fault": "seat_cursed"})

    await bus.listen("rpc.inventory.claim", refuse)
    with pytest.raises(Fault) as caught:
        await bus.request(ASKED)
    assert (caught.value.code, caught.value.kind, caught.value.extra) == ("seat_cursed", Kind.GONE, {"a": 1})


async def test_the_text_of_a_bug_never_reaches_the_caller(bus: Bus) -> None:
    """It may hold a password."""

    async def break_down(request: Claim) -> Claimed:
        raise RuntimeError("postgres://user:secret@host")

    async with running(serve(bus, [Endpoint(Claim, break_down)])):
        await served(bus)
        raw = await bus.client().request("rpc.inventory.claim", msgspec.json.encode(ASKED), timeout=2)
        assert b"secret" not in raw.data
        assert "secret" not in str(raw.headers)
        with pytest.raises(Internal):
            await bus.request(ASKED)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"holdId":1}', b"\xff"])
async def test_a_request_of_the_wrong_form_is_malformed(bus: Bus, body: bytes) -> None:
    """And says where."""
    async with running(serve(bus, [Endpoint(Claim, answer)])):
        await served(bus)
        raw = await bus.client().request("rpc.inventory.claim", body, timeout=30)
    assert raw.headers == {"Aisle-Fault": "malformed"}
    assert msgspec.json.decode(raw.data)["kind"] == Malformed.kind.name


async def test_nobody_there_is_told_at_once(bus: Bus) -> None:
    """Not after a timeout."""
    with pytest.raises(Unavailable, match="Nobody answers"):
        async with asyncio.timeout(20):
            await bus.request(ASKED, timeout=60)


async def test_requests_run_beside_each_other_up_to_the_bound(bus: Bus) -> None:
    """nats-py alone would serve them one after another."""
    now, most = 0, 0

    async def slow(request: Claim) -> Claimed:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.02)
        now -= 1
        return ANSWER

    async with running(serve(bus, [Endpoint(Claim, slow, concurrency=5)])):
        await served(bus)
        answers = await asyncio.gather(*(bus.request(ASKED, timeout=60) for _ in range(40)))
    assert answers == [ANSWER] * 40
    assert most == 5


async def test_beyond_the_waiting_room_callers_are_refused_at_once(bus: Bus) -> None:
    """Overload is told, not waited out."""
    release = asyncio.Event()

    async def blocked(request: Claim) -> Claimed:
        await release.wait()
        return ANSWER

    endpoint = Endpoint(Claim, blocked, concurrency=1)
    async with running(serve(bus, [endpoint])):
        await served(bus)
        asked = [asyncio.create_task(bus.request(ASKED, timeout=60)) for _ in range(_WAITING_ROOM + 3)]
        await until(lambda: endpoint.dropped == 3)
        release.set()
        results = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(result, Unavailable) for result in results) == 3
    assert results.count(ANSWER) == _WAITING_ROOM


async def test_a_server_does_not_work_for_a_caller_who_has_left(bus: Bus) -> None:
    """Begun work is cancelled when the budget ends, and what waited longer is never begun."""
    begun, ended = 0, 0

    async def slow(request: Claim) -> Claimed:
        nonlocal begun, ended
        begun += 1
        try:
            await asyncio.Event().wait()
        finally:
            ended += 1
        return ANSWER

    endpoint = Endpoint(Claim, slow, concurrency=1)
    async with running(serve(bus, [endpoint])):
        await served(bus)
        results = await asyncio.gather(*(bus.request(ASKED, timeout=0.2) for _ in range(3)), return_exceptions=True)
        await until(lambda: endpoint.dropped == 3)
    assert all(isinstance(result, NoAnswer) for result in results)
    assert (begun, ended) == (1, 1)


async def test_an_answer_too_large_is_a_fault_and_not_a_broken_connection(bus: Bus) -> None:
    """NATS would close the connection."""

    async def flood(request: CreateSimple) -> SimpleCreated:
        return SimpleCreated(venue_id="v" * (bus.client().max_payload + 1), layout_hash="h")

    async with running(serve(bus, [Endpoint(CreateSimple, flood), Endpoint(Claim, answer)])):
        await served(bus)
        with pytest.raises(MessageTooLarge):
            await bus.request(CreateSimple(organization_id="o", name="n", total_seats=10), timeout=5)
        assert await bus.request(ASKED) == ANSWER


async def test_the_request_id_and_the_trace_travel(bus: Bus) -> None:
    """To the peer, and from there to whoever the peer asks."""
    seen: list[tuple[str, str]] = []

    async def note(request: Claim) -> Claimed:
        seen.append((request_id.get(), traceparent.get()))
        return ANSWER

    async with running(serve(bus, [Endpoint(Claim, note)])):
        await served(bus)
        request_id.set("r-7")
        traceparent.set("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        await bus.request(ASKED)
        request_id.set("")
        traceparent.set("")
    assert seen == [("r-7", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]


async def test_replicas_share_the_requests(own_nats: Nats, bus: Bus) -> None:
    """Each request is served once."""
    counts = [0, 0]

    def counting(replica: int) -> Any:
        async def count(request: Claim) -> Claimed:
            counts[replica] += 1
            return ANSWER

        return count

    async with opened(own_nats.url) as other:
        here, there = serve(bus, [Endpoint(Claim, counting(0))]), serve(other, [Endpoint(Claim, counting(1))])
        async with running(here), running(there):
            await served(bus)
            await until(lambda: _asked_once(bus, counts))
            counts[:] = [0, 0]
            for _ in range(60):
                await bus.request(ASKED)
    assert sum(counts) == 60
    assert all(counts)


async def test_a_stop_finishes_what_was_begun(bus: Bus) -> None:
    """And takes no more."""
    begun, release = asyncio.Event(), asyncio.Event()

    async def slow(request: Claim) -> Claimed:
        begun.set()
        await release.wait()
        return ANSWER

    task = asyncio.create_task(serve(bus, [Endpoint(Claim, slow)]))
    await served(bus)
    asked = asyncio.create_task(bus.request(ASKED, timeout=60))
    await begun.wait()
    task.cancel()
    await until(lambda: _refused(bus))
    release.set()
    assert await asked == ANSWER
    await asyncio.gather(task, return_exceptions=True)


async def test_a_ping_says_who_is_there_and_what_they_did(bus: Bus) -> None:
    """For whoever looks from outside."""
    async with running(serve(bus, [Endpoint(Claim, answer)])):
        await served(bus)
        await bus.request(ASKED)
        pong = msgspec.json.decode((await bus.client().request("rpc.inventory.ping", b"", timeout=1)).data)
    assert pong == {
        "service": "inventory",
        "endpoints": [{"subject": "rpc.inventory.claim", "answered": 1, "faults": 0, "dropped": 0}],
    }


async def test_endpoints_answer_again_after_the_server_was_killed(own_nats: Nats, bus: Bus) -> None:
    """The client listens again by itself."""
    async with running(serve(bus, [Endpoint(Claim, answer)])):
        await served(bus)
        await own_nats.kill()
        await own_nats.start()
        await until(lambda: bus.ready)
        await served(bus)
        assert await bus.request(ASKED) == ANSWER


async def test_everybody_answers_where_each_is_asked(own_nats: Nats) -> None:
    """A roll call is answered by each process once, also by those of one queue group; who is silent is left out."""

    def present(name: str) -> Endpoint[CallRoll]:
        async def here(_: CallRoll) -> Present:
            return Present(replica=name, services=["x"], parts={}, started_at=datetime(2030, 1, 1, tzinfo=UTC))

        return Endpoint(CallRoll, here, each=True)

    async with opened(own_nats.url) as one, opened(own_nats.url) as other:
        assert await one.request_each(CallRoll(), within=0.05) == []
        async with running(serve(one, [present("one")])), running(serve(other, [present("other")])):

            async def all_there() -> bool:
                found = await other.request_each(CallRoll(), within=0.1)
                return sorted(answer.replica for answer in found) == ["one", "other"]

            await until(all_there)
