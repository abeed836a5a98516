"""What the catalog asks seatmap."""

from __future__ import annotations

from internal.catalog.faults import ReferenceUnknown
from internal.platform.bus import Bus
from internal.platform.faults import Fault, Kind
from proto.seatmap import GetVenue, VenueFacts

__all__ = ["venue_of"]


async def venue_of(bus: Bus, venue_id: str, organization_id: str) -> VenueFacts:
    """A venue of this organisation, as it is now; another one's is not told from one that does not exist."""
    try:
        venue = await bus.request(GetVenue(venue_id=venue_id))
    except Fault as fault:
        if fault.kind is not Kind.NOT_FOUND:
            raise
        venue = None
    if venue is None or venue.organization_id != organization_id:
        raise ReferenceUnknown("There is no such venue in this organization.", path="$.venueId")
    return venue
