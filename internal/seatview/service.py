"""Builds seatview: the only wiring."""

from __future__ import annotations

from internal.platform.bus import Endpoint
from internal.platform.redis import MAPS, Maps
from internal.platform.service import Parts, Platform, Service
from internal.seatview import http
from internal.seatview.handlers import Views
from proto.seatview import GetSeats

__all__ = ["SERVICE"]


def build(platform: Platform) -> Parts:
    """Everything by explicit arguments."""
    views = Views(Maps(platform.redis), platform.bus)
    return Parts(routes=http.routes(views), fast=http.fast_routes(views), endpoints=[Endpoint(GetSeats, views.states)])


SERVICE = Service("seatview", build, scripts=(MAPS,))
