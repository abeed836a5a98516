"""What the process tells of itself. Counters are kept always, as plain integers; all else is off until asked for.

settings     `AISLE_TELEMETRY_...`
log          one JSON line for each event, with request, trace and service; secrets masked
requests     counts and times of HTTP requests, by route
lag          how late the event loop is
figures      what a service counts itself and wants shown
collector    all counters as Prometheus' families, read when somebody scrapes
process      memory, processor and files, for the collector
exposition   `/metrics`, for neighbours only
instruments  which lane, bus, database and edge the process is built of: the plain ones, or traced ones
tracing      OpenTelemetry: spans and where they go. Imported only when a collector is named
traced, edge the lane, bus, database and edge that open spans
telling      all of it together, as `run` uses it
"""

from internal.platform.telemetry.collector import Sources
from internal.platform.telemetry.figures import Figure
from internal.platform.telemetry.instruments import Instruments
from internal.platform.telemetry.log import bridge, logger
from internal.platform.telemetry.settings import TelemetrySettings
from internal.platform.telemetry.telling import Telling

__all__ = ["Figure", "Instruments", "Sources", "TelemetrySettings", "Telling", "bridge", "logger"]
