"""How the gateway is built."""

from __future__ import annotations

from internal.gateway.files import read_files
from internal.gateway.http import routes
from internal.platform.service import Parts, Platform, Service

__all__ = ["SERVICE"]


def build(_: Platform) -> Parts:
    """The files are read here, so that a broken one is told at the start."""
    return Parts(routes=routes(read_files()))


SERVICE = Service("gateway", build)
