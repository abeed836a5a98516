"""How much the process tells of itself, and to whom."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Literal, TypeAlias

import msgspec

from internal.platform.config import BadConfig, Settings

__all__ = ["Network", "TelemetrySettings"]

Ratio = Annotated[float, msgspec.Meta(ge=0, le=1)]
Network: TypeAlias = IPv4Network | IPv6Network

# Loopback, the private ranges of RFC 1918 and 4193, link-local, and the shared range of RFC 6598 that clouds give pods.
_NEIGHBOURS = (
    "127.0.0.0/8,::1/128,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10,169.254.0.0/16,fc00::/7,fe80::/10"
)


class TelemetrySettings(Settings, frozen=True, kw_only=True):
    """`AISLE_TELEMETRY_...`."""

    prefix = "AISLE_TELEMETRY_"

    service_name: str = ""  # in logs and traces; by default the service's own name, or `aisle` where there are several
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "console"] = "json"
    access_log: Ratio = 0.0  # the part of requests that get a line: all of them cost 30 us each
    otlp_endpoint: str = ""  # http://collector:4318; empty is off, and nothing of OpenTelemetry is loaded
    sample_ratio: Ratio = 0.01  # of requests that bring no decision; a span costs 40 us, a sampled hold has 4
    follow_callers: bool = True  # whether a caller's `traceparent` may ask for a trace; false where strangers abuse it
    metrics: bool = True
    metrics_port: Annotated[int, msgspec.Meta(ge=0, le=65_000)] = 0  # plus the worker's number: a port for each worker
    metrics_networks: str = _NEIGHBOURS  # who may read /metrics

    def networks(self) -> list[Network]:
        """The networks that may read /metrics."""
        try:
            return [ip_network(text.strip()) for text in self.metrics_networks.split(",") if text.strip()]
        except ValueError as error:
            raise BadConfig(f"{self.prefix}METRICS_NETWORKS: {error}") from None
