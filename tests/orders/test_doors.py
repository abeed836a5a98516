"""From a payment to a seat, through the whole of orders as it runs."""

from __future__ import annotations

from internal.platform.ids import new_id
from proto.orders import TicketsIssued
from tests.orders.conftest import Office, good
from tests.running import Person


async def test_an_order_that_is_completed_has_its_tickets(office: Office, buyer: Person) -> None:
    """The buyer has them at once, the door lets them in, and it is told."""
    order = await office.completed(buyer, "A1", "A2", days=0.05)
    listed = good(await buyer("GET", f"/api/orders/{order.order_id}/tickets"))
    assert [one["seatId"] for one in listed["items"]] == ["A1", "A2"]
    scan = {"code": listed["items"][0]["code"], "gate": "North", "nonce": new_id("nonce")}
    assert (await buyer("POST", "/api/checkins", scan)).status_code == 403
    ruling = good(await office.organizer("POST", "/api/checkins", scan))
    assert (ruling["status"], ruling["ticket"]["holder"]) == ("ok", "Ada Lovelace")
    book = good(await office.organizer("GET", f"/api/showtimes/{order.showtime_id}/checkins"))
    assert book["counts"] == {"tickets": 2, "entered": 1, "inside": 1, "conflicts": 0, "refused": 0}
    (told,) = await office.system.heard.told(ruling["ticket"]["id"], TicketsIssued)
    assert isinstance(told, TicketsIssued)
    assert (told.order_id, told.user_id, len(told.ticket_ids)) == (order.order_id, buyer.id, 2)


async def test_a_refund_opens_no_door_until_it_fails(office: Office, buyer: Person) -> None:
    """From the request on the code is void; it is good again when the money cannot go back."""
    order = await office.completed(buyer, "A1", days=0.05)
    text = good(await buyer("GET", f"/api/orders/{order.order_id}/tickets"))["items"][0]["code"]

    async def shown() -> str:
        scan = {"code": text, "gate": "North", "nonce": new_id("nonce")}
        ruling = good(await office.organizer("POST", "/api/checkins", scan))
        return str(ruling.get("reason", "ok"))

    refund = good(await office.organizer("POST", f"/api/orders/{order.order_id}/refunds", {"reason": "ill"}))
    assert await shown() == "revoked"
    await office.finish(order.order_id, refund["id"], succeeded=False, reason="the bank says no")
    assert await shown() == "ok"


async def test_the_routes_are_documented(office: Office) -> None:
    """Each with its answer, for whoever builds a scanner."""
    paths = good(await office.system.client.get("/api/openapi.json"))["paths"]
    for path, method in (
        ("/.well-known/tickets.json", "get"),
        ("/api/orders/{order_id}/tickets", "get"),
        ("/api/orders/{order_id}/tickets/{ticket_id}/reissue", "post"),
        ("/api/checkins", "post"),
        ("/api/checkins/batch", "post"),
        ("/api/showtimes/{showtime_id}/checkins", "get"),
    ):
        content = paths[path][method]["responses"]["200"]["content"]
        assert "$ref" in content["application/json"]["schema"], path
