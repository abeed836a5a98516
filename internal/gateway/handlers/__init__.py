"""What the gateway puts together out of the other services' answers."""

from internal.gateway.handlers.documents import Documents
from internal.gateway.handlers.events import Events
from internal.gateway.handlers.programme import Programmes
from internal.gateway.handlers.showtimes import Showtimes
from internal.gateway.handlers.venues import Venues

__all__ = ["Documents", "Events", "Programmes", "Showtimes", "Venues"]
